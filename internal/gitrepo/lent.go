package gitrepo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gantline.dev/gantline/internal/filelock"
)

// lentStore is the private repository that holds what a shallow clone lacks. It
// is a bare one without refs, so that a fetch into it takes no lock of git's
// that a killed process could leave: objects appear, and nothing else changes.
// Several clones of one remote share it, at the same time too.
type lentStore struct {
	dir    string
	sha256 bool
	from   lender
	// cwd is where git runs, for what the address or a helper means by it.
	cwd     string
	observe func(remote, what string) (note func(string), done func(error))
}

// LenderError says that the rest of a shallow clone's history can't be had from
// the remote that the clone came from.
type LenderError struct {
	// Remote is its address without credentials; empty where there is none.
	Remote string
	Err    error
}

// Error implements error.
func (e *LenderError) Error() string {
	if e.Remote == "" {
		return fmt.Sprintf("reading the history of a shallow clone: %v", e.Err)
	}
	return fmt.Sprintf("reading history of %s: %v", e.Remote, e.Err)
}

// Unwrap gives the cause.
func (e *LenderError) Unwrap() error { return e.Err }

// Reason is why, in one line.
func (e *LenderError) Reason() string {
	var failed *GitError
	if !errors.As(e.Err, &failed) || failed.Stderr == "" {
		return strings.ReplaceAll(e.Err.Error(), "\n", "; ")
	}
	return strings.ReplaceAll(failed.Stderr, "\n", "; ")
}

// newLentStore is the store for a remote below a directory.
func newLentStore(parent string, from lender, sha256Objects bool) *lentStore {
	sum := sha256.Sum256(fmt.Appendf(nil, "%v %s", sha256Objects, from.shown))
	const enough = 16 // bytes of a hash that tell remotes apart
	return &lentStore{dir: filepath.Join(parent, hex.EncodeToString(sum[:enough])), from: from, sha256: sha256Objects}
}

// exists says whether the store was made.
func (s *lentStore) exists() bool {
	_, err := os.Stat(filepath.Join(s.dir, "HEAD"))
	return err == nil
}

// lock takes the store for this process, which then need not fetch what another
// one is fetching. The lock ends with unlock or with the process.
func (s *lentStore) lock(ctx context.Context, waiting func()) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(s.dir), 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(s.dir+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := filelock.Wait(ctx, file, waiting); err != nil {
		file.Close()
		return nil, err
	}
	return func() { file.Close() }, nil
}

// prepare makes the store where it isn't there, whole or not at all, and takes
// away what killed processes left. The caller holds the lock.
func (s *lentStore) prepare(ctx context.Context) error {
	if s.exists() {
		s.sweep(time.Now())
		return nil
	}
	fresh := s.dir + ".new"
	if err := errors.Join(os.RemoveAll(fresh), os.RemoveAll(s.dir)); err != nil {
		return err
	}
	format := "sha1"
	if s.sha256 {
		format = "sha256"
	}
	inv := invocation{dir: filepath.Dir(s.dir), args: []string{"init", "--quiet", "--bare", "--template=", "--object-format=" + format, fresh}}
	if _, err := output(ctx, inv); err != nil {
		return err
	}
	return os.Rename(fresh, s.dir)
}

// renew makes the store anew: what is in it can't be read. The caller holds the
// lock.
func (s *lentStore) renew(ctx context.Context) error {
	if err := os.RemoveAll(s.dir); err != nil {
		return err
	}
	return s.prepare(ctx)
}

// sweep removes unfinished packs. A git whose gantline was killed may still be
// writing one, but not for that long.
func (s *lentStore) sweep(now time.Time) {
	left, err := filepath.Glob(filepath.Join(s.dir, "objects", "pack", "tmp_*"))
	if err != nil {
		return
	}
	for _, path := range left {
		if info, err := os.Lstat(path); err == nil && now.Sub(info.ModTime()) > 24*time.Hour {
			os.Remove(path)
		}
	}
}

// maxPacks is how many packs a store keeps apart: every fetch adds one, and git
// looks into each.
const maxPacks = 64

// tidy makes one pack of many. It is no loss where that fails.
func (s *lentStore) tidy(ctx context.Context) {
	packs, err := filepath.Glob(filepath.Join(s.dir, "objects", "pack", "pack-*.pack"))
	if err != nil || len(packs) <= maxPacks {
		return
	}
	inv := s.invocation("repack", "-a", "-d", "-q", "--no-write-bitmap-index")
	_, _ = output(ctx, inv)
}

// invocation is a git process in the store, which sees the store's objects
// alone: what the clone has must not be taken for whole history.
func (s *lentStore) invocation(args ...string) invocation {
	settings := slices.Concat([]configEntry{
		{"http.lowspeedlimit", "1"}, {"http.lowspeedtime", "60"}, // a server that falls silent
	}, s.from.settings, []configEntry{
		{"remote." + lenderName + ".url", s.from.address},
		{"remote." + lenderName + ".promisor", "true"},
		{"remote." + lenderName + ".partialclonefilter", "tree:0"},
	})
	return invocation{dir: s.cwd, args: args, env: append([]string{"GIT_DIR=" + s.dir}, configEnv(settings)...)}
}

// transfer brings objects, unless another process did while this one waited:
// lacking says so.
func (s *lentStore) transfer(ctx context.Context, what string, lacking func() (bool, error), fetch func(note func(string)) error) error {
	note, done := func(string) {}, func(error) {}
	if s.observe != nil {
		note, done = s.observe(s.from.shown, what)
	}
	err := s.locked(ctx, note, func() error {
		if still, err := lacking(); err != nil || !still {
			return err
		}
		if err := fetch(note); err != nil {
			return err
		}
		s.tidy(ctx)
		return nil
	})
	done(err)
	if err != nil && ctx.Err() == nil {
		err = &LenderError{Remote: s.from.shown, Err: err}
	}
	return err
}

func (s *lentStore) locked(ctx context.Context, note func(string), work func() error) error {
	unlock, err := s.lock(ctx, func() { note("waiting for another gantline that does the same") })
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.prepare(ctx); err != nil {
		return err
	}
	return work()
}

// fetch runs one git fetch; in is what it reads of its standard input.
func (s *lentStore) fetch(ctx context.Context, note func(string), in string, args ...string) error {
	args = append([]string{"fetch", lenderName, "--no-tags", "--no-write-fetch-head", "--refmap=", "--recurse-submodules=no",
		"--no-auto-maintenance", "--progress"}, args...)
	// Nothing of the store is a ref, so nothing else is told to the server.
	inv := s.invocation(args...)
	inv.network, inv.in = true, strings.NewReader(in)
	cmd := command(ctx, inv)
	show := &progress{tell: note}
	cmd.Stderr = show
	if err := cmd.Run(); err != nil {
		return failure(ctx, inv.name(), show.text(), err)
	}
	return nil
}

// filters are what a fetch of commits leaves out, the best first. A server that
// knows no filters sends everything; one that forbids some says so.
var filters = [...]string{"--filter=tree:0", "--filter=blob:none", "--no-filter"}

// fetchCommits brings a commit and all history before it. What was brought so
// before need not come again.
func (s *lentStore) fetchCommits(ctx context.Context, note func(string), commit string) error {
	tips := s.tips()
	var err error
	for _, filter := range filters {
		args := []string{filter, "--stdin"}
		for _, tip := range tips {
			args = append(args, "--negotiation-tip="+tip)
		}
		if err = s.fetch(ctx, note, commit+"\n", args...); !refusesFilter(err) {
			break
		}
	}
	if err != nil {
		return err
	}
	return s.keepTips(append([]string{commit}, tips...))
}

// refusesFilter says whether a server forbids what was to be left out.
func refusesFilter(err error) bool {
	var failed *GitError
	return errors.As(err, &failed) && strings.Contains(failed.Stderr, "filter")
}

// fetchObjects brings objects by name, trees with all below them but files.
func (s *lentStore) fetchObjects(ctx context.Context, note func(string), hashes []string) error {
	return s.fetch(ctx, note, strings.Join(hashes, "\n")+"\n", "--filter=blob:none", "--stdin")
}

// maxTips is how many commits are told to a server as what is here.
const maxTips = 8

// tipsFile names the commits of which the store has all history, the latest
// first. They are no refs, for which git would take locks.
func (s *lentStore) tipsFile() string { return filepath.Join(s.dir, "gantline-tips") }

func (s *lentStore) tips() []string {
	text, err := os.ReadFile(s.tipsFile())
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(strings.Fields(string(text)), func(tip string) bool {
		_, ok := ParseObjectID(tip)
		return !ok
	})
}

func (s *lentStore) keepTips(tips []string) error {
	var kept []string
	for _, tip := range tips {
		if !slices.Contains(kept, tip) && len(kept) < maxTips {
			kept = append(kept, tip)
		}
	}
	fresh := s.tipsFile() + ".new"
	if err := os.WriteFile(fresh, []byte(strings.Join(kept, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, s.tipsFile())
}

// damaged says whether a fetch failed over the store itself.
func damaged(err error) bool {
	var failed *GitError
	if !errors.As(err, &failed) {
		return false
	}
	return slices.ContainsFunc([]string{"corrupt", "bad object", "does not exist", "inflate", "packfile", "unable to read", "unresolved delta"},
		func(words string) bool { return strings.Contains(failed.Stderr, words) })
}
