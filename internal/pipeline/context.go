package pipeline

import (
	"context"
	"fmt"
	"strings"

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
	fetch, err := gitrepo.NewPatterns(globs(p.Config.Context.Fetch))
	if err != nil {
		return repoclean.Policy{}, fmt.Errorf("reading context.lfs.fetch: %w", err)
	}
	data, err := p.dataRules()
	if err != nil {
		return repoclean.Policy{}, err
	}
	policy := repoclean.Policy{Exclude: exclude, Fetch: fetch, Data: data, MaxFile: p.Config.Context.MaxFile, Runs: p.runs}
	switch p.Config.Context.Unreachable {
	case config.DropUnreachable:
		policy.Python = repoclean.Drop
	case config.ReportUnreachable:
		policy.Python = repoclean.Report
	}
	return policy, nil
}

// withoutContext is a gantline.yaml with the lines of its context: blank. What
// these patterns name is no program that runs.
func withoutContext(src []byte) []byte {
	var out strings.Builder
	inside := false
	for line := range strings.Lines(string(src)) {
		if strings.Trim(line[:1], " #\t\r\n") != "" {
			inside = strings.HasPrefix(line, "context:")
		}
		if inside {
			line = "\n"
		}
		out.WriteString(line)
	}
	return []byte(out.String())
}

// Context decides about every file of the commit: what goes into the image,
// and why each other file does not. It is decided once: the stages that ask
// again get the same. Python that nothing reaches is looked for only where it
// is left out for that.
func (p *Project) Context(ctx context.Context) (repoclean.Context, error) {
	return p.decideOnce(ctx, false)
}

// Reached is Context, with who reaches each file, unless the project has that
// switched off. What goes into the image is the same.
func (p *Project) Reached(ctx context.Context) (repoclean.Context, error) {
	return p.decideOnce(ctx, true)
}

func (p *Project) decideOnce(ctx context.Context, reached bool) (repoclean.Context, error) {
	policy, err := p.policy()
	if err != nil {
		return repoclean.Context{}, err
	}
	asked := policy.Python != repoclean.Unasked && reached
	if p.context != nil && (p.context.Reach != nil || !asked) {
		return *p.context, nil
	}
	if policy.Python == repoclean.Report && !reached {
		policy.Python = repoclean.Unasked
	}
	tree, err := repoclean.ReadTree(ctx, p.Repo, p.Commit.Tree, policy)
	if err != nil {
		return repoclean.Context{}, err
	}
	decided := repoclean.Select(tree, policy)
	p.place(decided.Files)
	p.context = &decided
	return decided, nil
}

// place writes into the verdicts where their rules stand. Of two rules with one
// text the later decides, so the text tells which it was.
func (p *Project) place(files []repoclean.Verdict) {
	exclude, fetch := map[string]rulePlace{}, map[string]rulePlace{}
	for _, flow := range p.Config.Flows {
		exclude["/"+flow.Glob] = placeOf("flows", flow)
	}
	for _, pattern := range p.Config.Context.Exclude {
		exclude[pattern.Glob] = placeOf("context.exclude", pattern)
	}
	for _, pattern := range p.Config.Context.Fetch {
		fetch[pattern.Glob] = placeOf("context.lfs.fetch", pattern)
	}
	data := map[[2]string]rulePlace{} // by image and path
	for _, image := range p.Config.Images {
		for _, d := range image.Data {
			data[[2]string{image.Name, d.Path}] = rulePlace{"images." + image.Name + ".data", d.Pos.String()}
		}
	}
	for i := range files {
		v := &files[i]
		at := exclude[v.Rule]
		if v.Reason == repoclean.LFSFetched || v.Reason == repoclean.LFSExtended {
			at = fetch[v.Rule]
		}
		if len(v.Data) > 0 {
			at = data[[2]string{v.Data[0].Image, v.Data[0].Path}]
		}
		if v.Rule != "" {
			v.Key, v.At = at.key, at.at
		}
	}
}

// rulePlace is the key that a rule stands under, and where.
type rulePlace struct{ key, at string }

func placeOf(key string, pattern config.Pattern) rulePlace {
	return rulePlace{key, pattern.Pos.String()}
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
