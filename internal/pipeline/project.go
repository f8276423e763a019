package pipeline

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/reach"
	"gantline.dev/gantline/workflows"
)

// Project is one commit of a repository and what it declares: gantline.yaml,
// the lock, the flows. Everything is read from git's objects, never from the
// work tree, so a commit says the same on every machine.
type Project struct {
	Repo    *gitrepo.Repo
	Commit  gitrepo.Commit
	Entries []gitrepo.Entry
	// Config is nil where gantline.yaml is missing or can't be read at all.
	Config *config.Config
	// Lock is empty where the commit has none.
	Lock  build.Lock
	Flows []*workflows.Flow
	// Problems is everything that is wrong, by file and position.
	Problems []diag.Problem

	context *repoclean.Context // nil until it is decided
	history *gitrepo.Repo      // a shallow clone with its history; nil before it is read
	noPast  error              // why it could not be read
	runs    []reach.Text       // what says what runs
}

// NoConfigError says that the commit has no gantline.yaml.
type NoConfigError struct {
	Commit gitrepo.Commit
	// Uncommitted says that the work tree has one.
	Uncommitted bool
}

// Error says what to do.
func (e *NoConfigError) Error() string {
	switch {
	case e.Uncommitted:
		return fmt.Sprintf("commit %s has no %s, but the work tree has one; commit it: git add -A && git commit -m 'Add Gantline'", e.Commit.Short(), config.FileName)
	case e.Commit.Snapshot:
		return fmt.Sprintf("there is no %s; write one with: gantline init", config.FileName)
	}
	return fmt.Sprintf("commit %s has no %s; write one with gantline init, and commit it", e.Commit.Short(), config.FileName)
}

// LockFile is the name of the lock.
const LockFile = "gantline.lock"

// Load reads what the commit declares. Problems of the files are collected in
// the Project; the error is for what keeps them from being read.
func Load(ctx context.Context, repo *gitrepo.Repo, commit gitrepo.Commit) (*Project, error) {
	entries, err := repo.Tree(ctx, commit.Tree)
	if err != nil {
		return nil, err
	}
	p := &Project{Repo: repo, Commit: commit, Entries: entries}
	src, ok, err := p.read(ctx, config.FileName)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(entries, func(e gitrepo.Entry) bool { return e.Path == config.FileName }); !ok && i >= 0 {
		p.Problems = []diag.Problem{notAFile(entries[i], "yaml")}
		return p, nil
	}
	if !ok {
		return nil, &NoConfigError{Commit: commit}
	}
	p.Config, p.Problems = config.Parse(config.FileName, src)
	if err := p.loadLock(ctx); err != nil {
		return nil, err
	}
	if p.Config == nil {
		return p, nil
	}
	p.runs = []reach.Text{{Path: config.FileName, Text: withoutContext(src)}}
	if err := p.loadFlows(ctx); err != nil {
		return nil, err
	}
	missing, err := p.requirementProblems(ctx)
	if err != nil {
		return nil, err
	}
	locks, err := p.lockedProblems(ctx)
	if err != nil {
		return nil, err
	}
	fetch, err := p.fetchProblems(ctx)
	if err != nil {
		return nil, err
	}
	data, err := p.dataProblems(ctx)
	if err != nil {
		return nil, err
	}
	p.Problems = diag.Sorted(slices.Concat(p.Problems, missing, locks, p.excludeProblems(), fetch, data, p.finishProblems()))
	return p, nil
}

// Valid is nil, or an *InvalidError with every problem.
func (p *Project) Valid() error {
	if diag.HasErrors(p.Problems) {
		return &InvalidError{Problems: p.Problems}
	}
	return nil
}

// ConfigProblems are those of gantline.yaml alone.
func (p *Project) ConfigProblems() []diag.Problem {
	var own []diag.Problem
	for _, problem := range p.Problems {
		if problem.File == config.FileName {
			own = append(own, problem)
		}
	}
	return own
}

func isFile(mode gitrepo.Mode) bool { return mode == gitrepo.File || mode == gitrepo.Executable }

// entry is the tree's entry of a path.
func (p *Project) entry(name string) (gitrepo.Entry, bool) {
	i := slices.IndexFunc(p.Entries, func(e gitrepo.Entry) bool { return e.Path == name })
	if i < 0 || !isFile(p.Entries[i].Mode) {
		return gitrepo.Entry{}, false
	}
	return p.Entries[i], true
}

func (p *Project) read(ctx context.Context, name string) ([]byte, bool, error) {
	entry, ok := p.entry(name)
	if !ok {
		return nil, false, nil
	}
	contents, err := p.Repo.ReadBlobs(ctx, []string{entry.Hash})
	if err != nil {
		return nil, false, fmt.Errorf("reading %q of %s: %w", name, p.Commit.Short(), err)
	}
	return contents[0], true, nil
}

func (p *Project) loadLock(ctx context.Context) error {
	src, ok, err := p.read(ctx, LockFile)
	if err != nil || !ok {
		return err
	}
	lock, problems := build.ParseLock(LockFile, src)
	p.Lock = lock
	p.Problems = append(p.Problems, problems...)
	return nil
}

func (p *Project) loadFlows(ctx context.Context) error {
	var files, hashes []string
	for _, pattern := range p.Config.Flows {
		matched := p.match(pattern.Glob)
		if len(matched) == 0 {
			p.Problems = append(p.Problems, diag.Warnf(pattern.Pos, "flows", "no file of the commit matches %q", pattern.Glob))
		}
		for _, entry := range matched {
			switch {
			case !isFile(entry.Mode):
				// Left out in silence, its flow would be taken off the cluster.
				p.Problems = append(p.Problems, notAFile(entry, "flows"))
			case !slices.Contains(files, entry.Path):
				files, hashes = append(files, entry.Path), append(hashes, entry.Hash)
			}
		}
	}
	contents, err := p.Repo.ReadBlobs(ctx, hashes)
	if err != nil {
		return fmt.Errorf("reading the flows of %s: %w", p.Commit.Short(), err)
	}
	for i, src := range contents {
		p.runs = append(p.runs, reach.Text{Path: files[i], Text: src})
		flow, problems := workflows.Parse(files[i], src)
		p.Problems = append(p.Problems, problems...)
		if flow != nil {
			p.Flows = append(p.Flows, flow)
		}
	}
	p.Problems = append(p.Problems, workflows.CheckAll(p.Flows, workflows.Env{
		Project:      p.Config.Project,
		Images:       p.Config.ImageNames(),
		DefaultImage: p.defaultImage(),
	})...)
	return nil
}

func (p *Project) defaultImage() string {
	image, _ := p.Config.DefaultImage()
	return image.Name
}

// notAFile says that a link or a submodule stands where a file is read.
func notAFile(entry gitrepo.Entry, rule string) diag.Problem {
	kind := "a submodule"
	if entry.Mode == gitrepo.Symlink {
		kind = "a symbolic link"
	}
	return diag.Errorf(diag.Position{File: entry.Path, Line: 1, Column: 1}, rule, "this is %s, and only files are read", kind).
		WithHint("put the file itself there")
}

// match is the entries that a pattern of gantline.yaml means, links and
// submodules among them; ** is any number of directories.
func (p *Project) match(glob string) []gitrepo.Entry {
	var out []gitrepo.Entry
	for _, entry := range p.Entries {
		if matchPath(strings.Split(glob, "/"), strings.Split(entry.Path, "/")) {
			out = append(out, entry)
		}
	}
	return out
}

// matchPath goes back to the last ** only, which is enough: what an earlier one
// could take besides, the last can take too. So no pattern takes exponential
// time.
func matchPath(glob, name []string) bool {
	var afterStars, rest []string // of glob and name, where to go on
	stars := false
	for len(name) > 0 {
		if len(glob) > 0 && glob[0] == "**" {
			stars, glob = true, glob[1:]
			afterStars, rest = glob, name
			continue
		}
		if len(glob) > 0 {
			if ok, err := path.Match(glob[0], name[0]); err == nil && ok {
				glob, name = glob[1:], name[1:]
				continue
			}
		}
		if !stars {
			return false
		}
		rest = rest[1:]
		glob, name = afterStars, rest
	}
	return !slices.ContainsFunc(glob, func(part string) bool { return part != "**" })
}
