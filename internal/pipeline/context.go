package pipeline

import (
	"context"
	"fmt"

	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean"
)

// ownFiles are patterns of files that speak to Gantline and to git, not to
// the code in an image. Patterns of the project come after them, so that a
// project can bring one back.
var ownFiles = [...]string{
	"/" + config.FileName, "/" + LockFile, "/.gantline/",
	".gitattributes", ".gitignore", ".gitmodules", "/.circleci/", "/.github/",
}

// excludePatterns are what stays out of images: Gantline's and git's own
// files, the flows, and what the project excludes.
func (p *Project) excludePatterns() []string {
	patterns := append([]string{}, ownFiles[:]...)
	for _, flow := range p.Config.Flows {
		patterns = append(patterns, "/"+flow.Glob)
	}
	return append(patterns, p.Config.Context.Exclude...)
}

func (p *Project) policy() (repoclean.Policy, error) {
	exclude, err := gitrepo.NewPatterns(p.excludePatterns())
	if err != nil {
		return repoclean.Policy{}, fmt.Errorf("reading context.exclude: %w", err)
	}
	return repoclean.Policy{Exclude: exclude, MaxFile: p.Config.Context.MaxFile}, nil
}

// Context decides about every file of the commit: what goes into the image,
// and why each other file does not. It is decided once: the stages that ask
// again get the same.
func (p *Project) Context(ctx context.Context) (repoclean.Context, error) {
	if p.context != nil {
		return *p.context, nil
	}
	decided, err := p.decide(ctx)
	if err == nil {
		p.context = &decided
	}
	return decided, err
}

func (p *Project) decide(ctx context.Context) (repoclean.Context, error) {
	policy, err := p.policy()
	if err != nil {
		return repoclean.Context{}, err
	}
	tree, err := repoclean.ReadTree(ctx, p.Repo, p.Commit.Tree, policy)
	if err != nil {
		return repoclean.Context{}, err
	}
	return repoclean.Select(tree, policy), nil
}

// CheckContext refuses a context that holds what no image may hold, or more
// than the budget.
func (p *Project) CheckContext(files repoclean.Context) error {
	refused := &RefusedError{}
	for _, refusal := range files.Refusals {
		refused.add(refusal.Message, refusal.Hint)
	}
	if len(refused.Reasons) > 0 {
		return refused
	}
	return RefuseBreaches(repoclean.JudgeContext(files, Budgets(p.Config)))
}

// excludeProblems are patterns of context.exclude that can't be read.
func (p *Project) excludeProblems() []diag.Problem {
	if _, err := p.policy(); err != nil {
		return []diag.Problem{diag.Errorf(diag.Position{File: config.FileName, Line: 1, Column: 1}, "pattern", "%s", err)}
	}
	return nil
}
