package pipeline

import (
	"context"
	"path"
	"strings"

	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
)

// requirements are the files that pip installs from.
type requirements struct {
	// named are those of gantline.yaml, included those that they name, and so
	// on down.
	named, included []envimage.File
	// missing are those that the commit has not, as problems of gantline.yaml.
	missing []diag.Problem
}

// requirementFiles reads the requirements files of an image and those that
// they include, each once. An image without Python has none.
func (p *Project) requirementFiles(ctx context.Context, python *config.Python) (requirements, error) {
	type wanted struct {
		name, by string
		from     config.Pattern
	}
	var queue []wanted
	if python != nil {
		for _, pattern := range python.Requirements {
			queue = append(queue, wanted{name: p.lockOf(pattern.Glob), from: pattern})
		}
	}
	var out requirements
	seen := map[string]bool{}
	for ; len(queue) > 0; queue = queue[1:] {
		want := queue[0]
		if seen[want.name] {
			continue
		}
		seen[want.name] = true
		if path.Base(want.name) == projectFile && want.by == "" {
			out.missing = append(out.missing, diag.Errorf(want.from.Pos, "requirements", "%q has no lock beside it", want.name).
				WithHint("write one, uv lock, and commit %s", uvLockFile))
			continue
		}
		content, ok, err := p.read(ctx, want.name)
		if err != nil {
			return requirements{}, err
		}
		if !ok {
			out.missing = append(out.missing, p.missingRequirement(want.from, want.name, want.by))
			continue
		}
		file := envimage.File{Path: want.name, Data: content}
		if want.by == "" {
			out.named = append(out.named, file)
		} else {
			out.included = append(out.included, file)
		}
		for _, include := range includes(file) {
			queue = append(queue, wanted{include, want.name, want.from})
		}
	}
	return out, nil
}

// projectFile is what declares a Python project; its lock stands beside it.
const (
	projectFile = "pyproject.toml"
	uvLockFile  = "uv.lock"
)

// lockOf is the file that locks what a named file declares: uv.lock for the
// project beside it, every other file itself.
func (p *Project) lockOf(name string) string {
	lock := path.Join(path.Dir(name), uvLockFile)
	if _, ok := p.entry(lock); ok && path.Base(name) == projectFile {
		return lock
	}
	return name
}

// includes are the files that a lock or a requirements file is read with.
func includes(file envimage.File) []string {
	switch base := path.Base(file.Path); {
	case base == uvLockFile:
		return []string{path.Join(path.Dir(file.Path), projectFile)}
	case strings.HasSuffix(base, ".toml"):
		return nil
	}
	return envimage.Includes(file)
}

// missingRequirement is the problem of a requirements file that the commit
// lacks, named by gantline.yaml or included by another file.
func (p *Project) missingRequirement(from config.Pattern, name, by string) diag.Problem {
	if by != "" {
		return diag.Errorf(from.Pos, "requirements", "%q includes %q, and the commit has no such file", by, name).
			WithHint("commit it, or take the line out")
	}
	for _, e := range p.Entries {
		switch {
		case e.Path == name:
			return diag.Errorf(from.Pos, "requirements", "%q is a symbolic link or a submodule, and only files are read", name).
				WithHint("put the file itself there, or name it")
		case strings.HasPrefix(e.Path, name+"/"):
			return diag.Errorf(from.Pos, "requirements", "%q is a directory", name).WithHint("name the file in it")
		}
	}
	return diag.Errorf(from.Pos, "requirements", "the commit has no file %q", name).
		WithHint("commit it, or name another")
}

// requirementProblems names requirement files that the commit lacks.
func (p *Project) requirementProblems(ctx context.Context) ([]diag.Problem, error) {
	var problems []diag.Problem
	for _, image := range p.Config.Images {
		files, err := p.requirementFiles(ctx, image.Python)
		if err != nil {
			return nil, err
		}
		problems = append(problems, files.missing...)
	}
	return problems, nil
}
