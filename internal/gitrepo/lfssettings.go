package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
)

// configEntry is one setting as git prints it: section and variable in lower
// case, what stands between as it was written.
type configEntry struct{ key, value string }

// lfsSettings are the settings that decide where LFS contents come from. In
// each list a later entry wins.
type lfsSettings struct {
	git    []configEntry
	commit []configEntry // of .lfsconfig
	branch string        // that is checked out; "" where none is
	root   string        // what relative paths start from
}

// lfsConfigBytes is what a .lfsconfig may have at most.
const lfsConfigBytes = 1 << 20

// lfsSettings reads git's settings and those of the treeish.
func (r *Repo) lfsSettings(ctx context.Context, treeish string) (lfsSettings, error) {
	s := lfsSettings{root: r.root}
	if r.root == "" {
		s.root = r.gitDir
	}
	out, err := r.git(ctx, "config", "-z", "--get-regexp", `^(lfs|remote|branch|url|http|core|ssh)\.`)
	if err != nil && exitCode(err) != 1 {
		return s, fmt.Errorf("reading git's settings: %w", err)
	}
	s.git = parseConfig(out)
	if s.commit, err = r.lfsConfig(ctx, treeish); err != nil {
		return s, err
	}
	s.branch, err = r.line(ctx, "symbolic-ref", "--quiet", "--short", "HEAD")
	if err != nil && exitCode(err) != 1 {
		return s, err
	}
	return s, nil
}

// lfsConfig reads .lfsconfig at the root of a tree.
func (r *Repo) lfsConfig(ctx context.Context, treeish string) ([]configEntry, error) {
	if treeish == "" {
		return nil, nil
	}
	files, err := r.Tree(ctx, treeish)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(files, func(e Entry) bool { return e.Path == ".lfsconfig" })
	if at < 0 || files[at].Mode != File && files[at].Mode != Executable {
		return nil, nil
	}
	if files[at].Size > lfsConfigBytes {
		return nil, fmt.Errorf("reading .lfsconfig: it has %d bytes; a file of settings has a few hundred", files[at].Size)
	}
	text, err := r.ReadBlobs(ctx, []string{files[at].Hash})
	if err != nil {
		return nil, fmt.Errorf("reading .lfsconfig: %w", err)
	}
	// Without being told so git would read what the text includes: any file of
	// this machine.
	inv := r.invocation("config", "-z", "--no-includes", "--file", "-", "--list")
	inv.in = bytes.NewReader(text[0])
	out, err := output(ctx, inv)
	if err != nil {
		return nil, fmt.Errorf("reading .lfsconfig of %s: %w", treeish, err)
	}
	return slices.DeleteFunc(parseConfig(out), func(e configEntry) bool { return !safeInCommit(e.key) }), nil
}

// safeInCommit says whether git-lfs takes a setting from .lfsconfig: whoever
// may push a commit may write there. Those that matter here.
func safeInCommit(key string) bool {
	switch key {
	case "lfs.url", "lfs.gitprotocol", "remote.lfsdefault":
		return true
	}
	return strings.HasPrefix(key, "remote.") && strings.HasSuffix(key, ".lfsurl")
}

// parseConfig reads what git config -z prints: the key, a newline and the value
// where there is one, a NUL.
func parseConfig(out []byte) []configEntry {
	var entries []configEntry
	for text := range strings.SplitSeq(string(out), "\x00") {
		if key, value, _ := strings.Cut(text, "\n"); key != "" {
			entries = append(entries, configEntry{key, value})
		}
	}
	return entries
}

func last(entries []configEntry, key string) (string, bool) {
	for _, e := range slices.Backward(entries) {
		if e.key == key {
			return e.value, true
		}
	}
	return "", false
}

// ofGit is a setting that only git's own configuration may have.
func (s lfsSettings) ofGit(key string) (string, bool) { return last(s.git, key) }

// get is a setting and where it stands.
func (s lfsSettings) get(key string) (value, from string, ok bool) {
	if value, ok := last(s.git, key); ok {
		return value, key, true
	}
	value, ok = last(s.commit, key)
	return value, key + " in .lfsconfig", ok
}

// remote is the name of the remote that contents come from.
func (s lfsSettings) remote() string {
	if name, ok := s.ofGit("branch." + s.branch + ".remote"); ok && s.branch != "" {
		return name
	}
	if name, _, ok := s.get("remote.lfsdefault"); ok {
		return name
	}
	if names := s.remotes(); len(names) == 1 {
		return names[0]
	}
	return "origin"
}

// remotes are the names of the remotes that have a URL.
func (s lfsSettings) remotes() []string {
	var names []string
	for _, e := range s.git {
		name, ok := strings.CutPrefix(e.key, "remote.")
		name, isURL := strings.CutSuffix(name, ".url")
		if ok && isURL && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// replaced is a URL after url.<base>.insteadOf: the longest beginning counts.
func (s lfsSettings) replaced(raw string) string {
	var from, to string
	for _, e := range s.git {
		base, ok := strings.CutPrefix(e.key, "url.")
		base, isAlias := strings.CutSuffix(base, ".insteadof")
		if ok && isAlias && strings.HasPrefix(raw, e.value) && len(e.value) > len(from) {
			from, to = e.value, base
		}
	}
	return to + raw[len(from):]
}
