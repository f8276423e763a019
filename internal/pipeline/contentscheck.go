package pipeline

import (
	"context"
	"fmt"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
)

// fetchProblems are what is wrong with context.lfs.fetch: patterns that can't
// be read, and those that take nothing into an image.
func (p *Project) fetchProblems(ctx context.Context) ([]diag.Problem, error) {
	var problems []diag.Problem
	exclude, err := gitrepo.NewPatterns(globs(p.excludePatterns()))
	if err != nil {
		return nil, nil // a problem of its own
	}
	for _, pattern := range p.Config.Context.Fetch {
		own, err := gitrepo.NewPatterns([]string{pattern.Glob})
		switch {
		case err != nil:
			problems = append(problems, diag.Errorf(pattern.Pos, "pattern", "%s", err))
			continue
		case strings.HasPrefix(pattern.Glob, "!"):
			continue
		}
		pointers, left, err := p.pointersOf(ctx, own, exclude)
		switch {
		case err != nil:
			return nil, err
		case pointers == 0:
			problems = append(problems, diag.Warnf(pattern.Pos, "lfs", "no LFS pointer of the commit matches %q", pattern.Glob))
		case pointers == left:
			problems = append(problems, diag.Warnf(pattern.Pos, "lfs", "%q matches only LFS pointers that context.exclude leaves out", pattern.Glob))
		}
	}
	return problems, nil
}

// pointersOf counts the LFS pointers that a pattern matches, and those of them
// that are excluded.
func (p *Project) pointersOf(ctx context.Context, pattern, exclude gitrepo.Patterns) (pointers, left int, err error) {
	var paths, hashes []string
	for _, e := range p.Entries {
		if isFile(e.Mode) && e.Size < gitrepo.MaxPointerBytes && pattern.Excludes(e.Path) {
			paths, hashes = append(paths, e.Path), append(hashes, e.Hash)
		}
	}
	if len(hashes) == 0 {
		return 0, 0, nil
	}
	texts, err := p.Repo.ReadBlobs(ctx, hashes)
	if err != nil {
		return 0, 0, fmt.Errorf("looking for LFS pointers in %s: %w", p.Commit.Short(), err)
	}
	for i, text := range texts {
		if _, ok := gitrepo.ParsePointer(text); ok {
			pointers++
			if exclude.Excludes(paths[i]) {
				left++
			}
		}
	}
	return pointers, left, nil
}
