package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

// lender is the remote that a clone came from, as another repository reaches
// it: its address and what the clone's own configuration says of the way there.
type lender struct {
	// address is the remote's, which may hold a password; shown is without.
	address, shown string
	// settings are of the clone itself and of the environment. Those of the user
	// and of the machine hold in any repository.
	settings []configEntry
}

// lenderName is what the remote is called in the private repository.
const lenderName = "origin"

// lender finds the remote: the one of the branch that is checked out, else
// origin, else the only one.
func (r *Repo) lender(ctx context.Context) (lender, error) {
	inv := r.invocation("config", "-z", "--show-scope", "--list")
	inv.asSet = true
	out, err := output(ctx, inv)
	if err != nil {
		return lender{}, fmt.Errorf("reading git's settings: %w", err)
	}
	scoped := parseScoped(out)
	all := lfsSettings{}
	for _, e := range scoped {
		all.git = append(all.git, e.configEntry)
	}
	branch, err := r.CurrentBranch(ctx)
	if err != nil {
		return lender{}, err
	}
	name := lendingRemote(all, branch)
	l := lender{}
	// A remote may have several addresses; git fetches from the first.
	for _, e := range all.git {
		if e.key == "remote."+name+".url" {
			l.address = r.absoluteAddress(e.value)
			break
		}
	}
	if name == "" || l.address == "" {
		return lender{}, errors.New("it has no remote")
	}
	l.shown = publicURL(l.address)
	for _, e := range scoped {
		if key, ok := carried(e.key, name); ok && e.scope != "system" && e.scope != "global" {
			l.settings = append(l.settings, configEntry{key, e.value})
		}
	}
	return l, nil
}

func lendingRemote(s lfsSettings, branch string) string {
	if name, ok := s.ofGit("branch." + branch + ".remote"); ok && branch != "" && name != "." {
		return name
	}
	if _, ok := s.ofGit("remote.origin.url"); ok {
		return "origin"
	}
	if names := s.remotes(); len(names) == 1 {
		return names[0]
	}
	return ""
}

// absoluteAddress is the address from wherever git runs: a path may be relative
// to the repository.
func (r *Repo) absoluteAddress(address string) string {
	_, _, scp := splitSCP(address)
	if strings.Contains(address, ":") && (scp || strings.Contains(address, "://") || strings.Contains(address, "::")) || filepath.IsAbs(address) {
		return address
	}
	if r.root == "" {
		return filepath.Join(r.gitDir, address)
	}
	return filepath.Join(r.root, address)
}

// carried says whether a setting decides how a remote is reached, and gives
// the name that it has for the private repository's remote.
func carried(key, remote string) (string, bool) {
	if setting, ok := strings.CutPrefix(key, "remote."+remote+"."); ok {
		switch setting {
		case "proxy", "proxyauthmethod", "uploadpack", "vcs":
			return "remote." + lenderName + "." + setting, true
		}
		return "", false
	}
	switch key {
	case "core.sshcommand", "core.gitproxy", "core.askpass":
		return key, true
	}
	for _, section := range []string{"http.", "credential.", "url.", "ssh.", "protocol."} {
		if strings.HasPrefix(key, section) {
			return key, true
		}
	}
	return "", false
}

// scopedEntry is a setting and where it stands: system, global, local, worktree
// or command.
type scopedEntry struct {
	scope string
	configEntry
}

// parseScoped reads what git config -z --show-scope prints: scope, NUL, key,
// newline and value where there is one, NUL. A key without a value is true.
func parseScoped(out []byte) []scopedEntry {
	fields := strings.Split(string(out), "\x00")
	var entries []scopedEntry
	for i := 0; i+1 < len(fields); i += 2 {
		key, value, ok := strings.Cut(fields[i+1], "\n")
		if !ok {
			value = "true"
		}
		if key != "" {
			entries = append(entries, scopedEntry{fields[i], configEntry{key, value}})
		}
	}
	return entries
}

// configEnv hands settings to git by its environment, which other users of the
// machine can't read and no file keeps.
func configEnv(entries []configEntry) []string {
	// What the environment had is among the entries.
	env := []string{"GIT_CONFIG_PARAMETERS=", "GIT_CONFIG_COUNT=" + strconv.Itoa(len(entries))}
	for i, e := range entries {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, e.key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, e.value))
	}
	return env
}
