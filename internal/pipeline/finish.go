package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
)

// finishes are an image's commands that need the code, each with the files
// that it sees.
func finishes(image config.Image, files []build.File) ([]build.Finish, error) {
	var out []build.Finish
	for _, command := range image.Finish {
		inputs, err := gitrepo.NewPatterns(globs(command.Inputs))
		if err != nil {
			return nil, fmt.Errorf("reading the inputs of %q: %w", command.Run, err)
		}
		finish := build.Finish{Run: command.Run}
		for _, f := range files {
			if len(command.Inputs) == 0 || inputs.Excludes(f.Path) {
				finish.Paths = append(finish.Paths, f.Path)
			}
		}
		out = append(out, finish)
	}
	return out, nil
}

// runFinish has BuildKit run a command on an image of the environment and the
// files that the command sees.
func (b *imageBuild) runFinish(ctx context.Context, run build.FinishRun) (string, error) {
	result, err := b.Means.Finish(ctx, envimage.Finish{
		Image: run.Image, Platform: run.Platform, Command: run.Run, Compression: b.image.Compression,
		Name: fmt.Sprintf("finish %d of %d: %s", run.Index, run.Count, firstLine(run.Run)),
	}, run.Repository)
	return result.Digest, err
}

// firstLine is a command as one line tells of it.
func firstLine(text string) string {
	first, _, more := strings.Cut(strings.TrimSpace(text), "\n")
	if more {
		return first + " …"
	}
	return first
}

// finishProblems are the inputs of commands that can't be read, and those that
// match nothing.
func (p *Project) finishProblems() []diag.Problem {
	var problems []diag.Problem
	exclude, err := gitrepo.NewPatterns(globs(p.excludePatterns()))
	if err != nil {
		return nil // a problem of its own
	}
	for _, image := range p.Config.Images {
		left := func(path string) bool { return exclude.Excludes(path) && !isData(image, path) }
		for _, command := range image.Finish {
			for _, pattern := range command.Inputs {
				if problem, ok := p.inputProblem(pattern, left); ok {
					problems = append(problems, problem)
				}
			}
		}
	}
	return problems
}

// isData says whether an image has a path as data, whatever is excluded.
func isData(image config.Image, path string) bool {
	return slices.ContainsFunc(image.Data, func(data config.Data) bool {
		files, err := dataFiles(data)
		return err == nil && files.Excludes(path)
	})
}

// inputProblem is what is wrong with a pattern of inputs. Left says of a path
// whether it stays out of the image.
func (p *Project) inputProblem(pattern config.Pattern, left func(path string) bool) (diag.Problem, bool) {
	own, err := gitrepo.NewPatterns([]string{pattern.Glob})
	if err != nil {
		return diag.Errorf(pattern.Pos, "pattern", "%s", err), true
	}
	if strings.HasPrefix(pattern.Glob, "!") {
		return diag.Problem{}, false
	}
	matched := false
	for _, entry := range p.Entries {
		if !own.Excludes(entry.Path) {
			continue
		}
		if matched = true; !left(entry.Path) {
			return diag.Problem{}, false
		}
	}
	if matched {
		return diag.Warnf(pattern.Pos, "inputs", "%q matches only files that stay out of the image", pattern.Glob), true
	}
	return diag.Warnf(pattern.Pos, "inputs", "no file of the commit matches %q", pattern.Glob), true
}

// PlannedFinish is a command that needs the code.
type PlannedFinish struct {
	Run string `json:"run"`
	// Files is how many files of the code it sees.
	Files int `json:"files"`
	// Exists says that its layer is there: nothing that it depends on changed.
	Exists bool `json:"exists"`
}

// planFinish says which commands have to run on an environment, where there is
// one.
func (b *imageBuild) planFinish(ctx context.Context, environment string) ([]PlannedFinish, error) {
	if len(b.image.Finish) == 0 {
		return nil, nil
	}
	spec, err := b.spec(ctx)
	if err != nil {
		return nil, err
	}
	there := make([]bool, len(spec.Finish))
	if environment != "" {
		spec.Base.Environment = b.repository + "@" + environment
		if there, err = build.Finished(ctx, b.Means.Remote, spec); err != nil {
			return nil, err
		}
	}
	var planned []PlannedFinish
	for i, command := range spec.Finish {
		planned = append(planned, PlannedFinish{Run: command.Run, Files: len(command.Paths), Exists: there[i]})
	}
	return planned, nil
}

func (f PlannedFinish) text() string {
	name, files := "finish: "+firstLine(f.Run), fmt.Sprintf("%d files", f.Files)
	if f.Files == 1 {
		files = "1 file"
	}
	if f.Exists {
		return name + ": its layer exists, for nothing changed that it sees"
	}
	return fmt.Sprintf("%s: run by BuildKit on %s, which pulls the environment", name, files)
}
