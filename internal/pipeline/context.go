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
func (p *Project) excludePatterns() []config.Pattern {
	var patterns []config.Pattern
	for _, own := range ownFiles {
		patterns = append(patterns, config.Pattern{Glob: own})
	}
	for _, flow := range p.Config.Flows {
		patterns = append(patterns, config.Pattern{Glob: "/" + flow.Glob, Pos: flow.Pos})
	}
	return append(patterns, p.Config.Context.Exclude...)
}

func (p *Project) policy() (repoclean.Policy, error) {
	exclude, err := gitrepo.NewPatterns(globs(p.excludePatterns()))
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

// globs are the patterns without where they stand.
func globs(patterns []config.Pattern) []string {
	out := make([]string, 0, len(patterns))
	for _, pattern := range patterns {
		out = append(out, pattern.Glob)
	}
	return out
}

// excludeProblems are the patterns of context.exclude that can't be read, each
// at its position.
func (p *Project) excludeProblems() []diag.Problem {
	var problems []diag.Problem
	for _, pattern := range p.excludePatterns() {
		if _, err := gitrepo.NewPatterns([]string{pattern.Glob}); err != nil {
			problems = append(problems, diag.Errorf(pattern.Pos, "pattern", "%s", err))
		}
	}
	return problems
}
