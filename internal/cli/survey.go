package cli

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/gitrepo"
)

// survey is what init found in the repository.
type survey struct {
	Project, Base, Branch, Requirements string
	Exclude                             []string
	hasFlows                            bool
}

// defaultBase is what images are built from where nothing says otherwise.
const defaultBase = "docker.io/library/python:3.12-slim-bookworm"

// survey looks at the repository and says what it makes of what it found.
func (o *initOptions) survey(ctx context.Context, repo *gitrepo.Repo) (*survey, error) {
	root := repo.Root()
	branch, err := surveyBranch(ctx, repo)
	if err != nil {
		return nil, err
	}
	existing, err := filepath.Glob(filepath.Join(root, "workflows", "*.yaml"))
	if err != nil {
		return nil, err
	}
	found := &survey{
		Project: projectName(filepath.Base(root)), Base: o.surveyBase(root), Branch: branch,
		Exclude: o.surveyExclude(root), hasFlows: len(existing) > 0,
	}
	if found.Base != config.Scratch {
		found.Requirements = o.surveyRequirements(root)
	}
	return found, nil
}

// surveyBranch is the branch that commits are deployed from: the remote's
// default branch, else the current one.
func surveyBranch(ctx context.Context, repo *gitrepo.Repo) (string, error) {
	branch, err := repo.DefaultBranch(ctx, "origin")
	if err == nil && branch == "" {
		branch, err = repo.CurrentBranch(ctx)
	}
	if branch == "" {
		branch = "main"
	}
	return branch, err
}

func (o *initOptions) surveyBase(root string) string {
	if o.base != "" {
		return o.base
	}
	content, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if base := dockerfileBase(string(content)); err == nil && base != "" {
		o.app.printer().Say("Dockerfile: builds from %s, so the image does too", base)
		return base
	}
	o.app.printer().Say("no base image found in a Dockerfile: the image is built from %s; name another with --base", defaultBase)
	return defaultBase
}

// surveyRequirements is what names the project's Python packages: a lock rather
// than a list that pip completes.
func (o *initOptions) surveyRequirements(root string) string {
	for _, name := range []string{"uv.lock", "pylock.toml"} {
		if hasFile(root, name) {
			o.app.printer().Say("%s: its Python packages go into the image", name)
			return name
		}
	}
	for _, name := range []string{"requirements.lock", "requirements.txt"} {
		if hasFile(root, name) {
			o.app.printer().Say("%s: pip installs from it", name)
			return name
		}
	}
	return ""
}

func (o *initOptions) surveyExclude(root string) []string {
	var exclude []string
	for _, dir := range []string{"notebooks", "docs", "tests", "checkpoints"} {
		if info, err := os.Stat(filepath.Join(root, dir)); err == nil && info.IsDir() {
			exclude = append(exclude, dir+"/")
			o.app.printer().Say("%s/: stays out of the image; take the rule out where a step needs it", dir)
		}
	}
	return append(exclude, "*.ipynb")
}

// projectName makes a DNS label of a directory's name.
func projectName(name string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			out.WriteRune(r)
		case out.Len() > 0:
			out.WriteByte('-')
		}
	}
	label := strings.Trim(out.String()[:min(out.Len(), 40)], "-")
	if label == "" {
		return "project"
	}
	return label
}

// dockerfileBase is what the last stage of a Dockerfile is built from, where
// that is an image by name: not an earlier stage, and no variable in it.
func dockerfileBase(dockerfile string) string {
	base := ""
	var stages []string
	for line := range strings.Lines(dockerfile) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !strings.EqualFold(fields[0], "FROM") {
			continue
		}
		fields = slices.DeleteFunc(fields[1:], func(field string) bool { return strings.HasPrefix(field, "--") })
		if len(fields) == 0 {
			continue
		}
		if !slices.Contains(stages, fields[0]) && !strings.Contains(fields[0], "$") {
			base = fields[0]
		}
		if len(fields) == 3 && strings.EqualFold(fields[1], "AS") {
			stages = append(stages, fields[2])
		}
	}
	return base
}
