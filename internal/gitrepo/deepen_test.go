package gitrepo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// server is the repository of a lab over http, by git's own program. It wants a
// header where one is given, and counts requests.
func (l lab) server(header string) *httptest.Server {
	l.Helper()
	backend, err := exec.Command("git", "--exec-path").Output()
	l.must(err)
	handler := &cgi.Handler{
		Path:   filepath.Join(strings.TrimSpace(string(backend)), "git-http-backend"),
		Stderr: io.Discard,
		Env:    []string{"GIT_PROJECT_ROOT=" + l.dir, "GIT_HTTP_EXPORT_ALL=1", "GIT_CONFIG_NOSYSTEM=1", "HOME=" + os.Getenv("HOME")},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if header != "" && r.Header.Get("Authorization") != header {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	l.Cleanup(s.Close)
	return s
}

// longLab has 59 commits along first parents, the last a merge.
func longLab(t *testing.T) lab {
	l := newLab(t)
	var in strings.Builder
	commit := func(branch string, i int, more string) {
		fmt.Fprintf(&in, "commit refs/heads/%s\nmark :%d\ncommitter Grace <grace@example.com> %d +0000\ndata 1\nx\n%s", branch, i+1, 1700000000+i, more)
	}
	put := func(path, text string) string {
		return fmt.Sprintf("M 100644 inline %s\ndata %d\n%s\n", path, len(text), text)
	}
	for i := range 58 {
		commit("main", i, put(fmt.Sprintf("dir%d/file", i%7), fmt.Sprint("text ", i))+put("a", fmt.Sprint(i)))
	}
	commit("side", 58, "from :55\n"+put("side", "side"))
	commit("main", 59, "merge :59\n"+put("side", "side"))
	l.gitWith([]byte(in.String()), nil, "fast-import", "--quiet")
	l.git("reset", "-q", "--hard")
	return l
}

// shallow is a clone of one commit.
func (l lab) shallow(url string, args ...string) lab {
	l.Helper()
	dir := filepath.Join(l.TempDir(), "clone")
	l.git(slices.Concat([]string{"clone", "-q", "--depth=1"}, args, []string{url, dir})...)
	return l.elsewhere(dir)
}

// walked is what matters of a history: commits with their changes, the depth,
// and the differences between some trees.
type walked struct {
	Steps   []FirstParentStep
	Depth   int
	Changes [][]PathChange
	Texts   []string
}

func walk(t *testing.T, r *Repo, commit string) walked {
	t.Helper()
	var w walked
	for step, err := range r.FirstParents(t.Context(), commit) {
		if err != nil {
			t.Fatal(err)
		}
		w.Steps = append(w.Steps, step)
	}
	depth, ok, err := r.Depth(t.Context(), commit)
	if err != nil || !ok {
		t.Fatalf("depth: %v, %v", ok, err)
	}
	w.Depth = depth
	trees, err := r.FirstParentTrees(t.Context(), commit, 50)
	if err != nil {
		t.Fatal(err)
	}
	if w.Changes, err = r.DiffChain(t.Context(), []string{trees[0], trees[7], trees[49]}); err != nil {
		t.Fatal(err)
	}
	var hashes []string
	for _, c := range w.Changes[1] {
		if c.NewHash != "" {
			hashes = append(hashes, c.NewHash)
		}
	}
	texts, err := r.ReadBlobs(t.Context(), hashes)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		w.Texts = append(w.Texts, string(text))
	}
	return w
}

// filesOf is every file of a directory with its content's hash, mode and time.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text := []byte(nil)
		if entry.Type().IsRegular() {
			text, err = os.ReadFile(path)
		}
		files[path] = fmt.Sprintf("%v %v %x", info.Mode(), info.ModTime().Format(time.RFC3339Nano), sha256.Sum256(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestHistoryOfAShallowClone: whatever the remote can do, a clone of one commit
// reads the same history as a whole clone, and stays as it is.
func TestHistoryOfAShallowClone(t *testing.T) {
	l := longLab(t)
	head := l.git("rev-parse", "HEAD")
	want := walk(t, l.open(), head)
	web := l.server("")
	for name, c := range map[string]struct {
		url    string
		config [][2]string // of the remote
	}{
		"file, no filters":    {url: "file://" + l.dir},
		"file, filters":       {url: "file://" + l.dir, config: [][2]string{{"uploadpack.allowFilter", "true"}}},
		"http":                {url: web.URL + "/.git", config: [][2]string{{"uploadpack.allowFilter", "true"}}},
		"http, no filters":    {url: web.URL + "/.git"},
		"http, no tree:0":     {url: web.URL + "/.git", config: [][2]string{{"uploadpack.allowFilter", "true"}, {"uploadpackfilter.tree.allow", "false"}}},
		"http, no such names": {url: web.URL + "/.git", config: [][2]string{{"uploadpack.allowFilter", "true"}, {"uploadpackfilter.allow", "false"}}},
	} {
		t.Run(name, func(t *testing.T) {
			l := lab{t, l.dir}
			for _, entry := range c.config {
				l.git("config", entry[0], entry[1])
				defer l.git("config", "--unset", entry[0])
			}
			clone := l.shallow(c.url)
			before := filesOf(t, clone.dir)
			var told []string
			observe := func(_, what string) (func(string), func(error)) {
				told = append(told, what)
				return func(string) {}, func(err error) {
					if err != nil {
						t.Errorf("%s: %v", what, err)
					}
				}
			}
			cache := t.TempDir()
			for range 2 {
				deep, err := clone.open().WithHistory(t.Context(), head, HistoryOptions{Dir: cache, Observe: observe})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, walk(t, deep, head)); diff != "" {
					t.Errorf("-whole +shallow:\n%s", diff)
				}
			}
			if slices.Sort(told); !slices.Contains(told, "commits") || len(slices.Compact(slices.Clone(told))) != len(told) {
				t.Errorf("fetched: %q", told)
			}
			if diff := cmp.Diff(before, filesOf(t, clone.dir)); diff != "" {
				t.Errorf("the clone changed:\n%s", diff)
			}
		})
	}
}

// TestHistoryBeforeLocalWork: commits and a snapshot that no remote has stand
// on what a shallow clone has.
func TestHistoryBeforeLocalWork(t *testing.T) {
	l := longLab(t)
	clone := l.shallow("file://" + l.dir)
	local := clone.commit("Local", "a", "local")
	clone.write("a", "uncommitted")
	snapshot, commit, err := clone.open().Snapshot(t.Context(), SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	deep, err := snapshot.WithHistory(t.Context(), commit.Hash, HistoryOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	got := walk(t, deep, commit.Hash)
	if got.Depth != 60 || got.Steps[1].Commit.Hash != local || len(got.Steps[0].Changes) != 1 {
		t.Errorf("depth %d, second step %s, %d changes", got.Depth, got.Steps[1].Commit.Hash, len(got.Steps[0].Changes))
	}
}

// TestHistoryByTheClonesLogin: what the clone's own configuration says of the
// way to the remote holds, and no file of the store has the secret in it.
func TestHistoryByTheClonesLogin(t *testing.T) {
	l := longLab(t)
	const header = "Basic c2VjcmV0OnNlY3JldA=="
	web := l.server(header)
	clone := l.shallow("file://" + l.dir)
	clone.git("remote", "set-url", "origin", "forge:.git")
	clone.git("config", "url."+web.URL+"/.insteadOf", "forge:")
	cache := t.TempDir()
	head := l.git("rev-parse", "HEAD")
	var refused *LenderError
	if _, err := clone.open().WithHistory(t.Context(), head, HistoryOptions{Dir: cache}); !errors.As(err, &refused) || strings.Contains(refused.Reason(), "\n") {
		t.Fatalf("without a login: %v", err)
	}
	clone.git("config", "http."+web.URL+"/.extraheader", "Authorization: "+header)
	if _, err := clone.open().WithHistory(t.Context(), head, HistoryOptions{Dir: cache}); err != nil {
		t.Fatal(err)
	}
	for path := range filesOf(t, cache) {
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), "c2VjcmV0") {
			t.Errorf("the login stands in %s", path)
		}
	}
}

// TestHistoryThatCannotBeHad: each is a LenderError that says why.
func TestHistoryThatCannotBeHad(t *testing.T) {
	l := longLab(t)
	head := l.git("rev-parse", "HEAD")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no remote":      {[]string{"remote", "remove", "origin"}, "no remote"},
		"gone":           {[]string{"remote", "set-url", "origin", l.dir + "-gone"}, "does not"},
		"nobody there":   {[]string{"remote", "set-url", "origin", "http://127.0.0.1:1/x.git"}, "127.0.0.1"},
		"not its remote": {[]string{"remote", "set-url", "origin", newLab(t).dir}, head},
	} {
		clone := l.shallow("file://" + l.dir)
		clone.git(c.args...)
		_, err := clone.open().WithHistory(t.Context(), head, HistoryOptions{Dir: t.TempDir()})
		var lender *LenderError
		if !errors.As(err, &lender) || !strings.Contains(lender.Reason(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole := l.open()
	if same, err := whole.WithHistory(t.Context(), head, HistoryOptions{Dir: "/nowhere"}); same != whole || err != nil {
		t.Errorf("a whole clone: %v", err)
	}
}

// TestHistoryAfterAKill: whatever a killed process left of the store, the next
// one has the history.
func TestHistoryAfterAKill(t *testing.T) {
	l := longLab(t)
	head := l.git("rev-parse", "HEAD")
	want := walk(t, l.open(), head)
	clone := l.shallow("file://" + l.dir)
	damage := map[string]func(store string) error{
		"half made": func(store string) error { return os.Rename(store, store+".new") },
		"no HEAD":   func(store string) error { return os.Remove(filepath.Join(store, "HEAD")) },
		"half a pack": func(store string) error {
			packs, err := filepath.Glob(filepath.Join(store, "objects/pack/*.pack"))
			for _, pack := range packs {
				err = errors.Join(err, os.Chmod(pack, 0o600), os.Truncate(pack, 100))
			}
			return err
		},
		"no index": func(store string) error {
			indexes, err := filepath.Glob(filepath.Join(store, "objects/pack/*.idx"))
			for _, index := range indexes {
				err = errors.Join(err, os.Remove(index))
			}
			return err
		},
		"tips of nothing": func(store string) error {
			return errors.Join(os.RemoveAll(filepath.Join(store, "objects/pack")),
				os.WriteFile(filepath.Join(store, "gantline-tips"), []byte(head+"\n"), 0o600))
		},
		"a fetch under way": func(store string) error {
			return os.WriteFile(filepath.Join(store, "objects/pack/tmp_pack_x"), []byte("PACK"), 0o600)
		},
	}
	for name, harm := range damage {
		cache := t.TempDir()
		opts := HistoryOptions{Dir: cache}
		if _, err := clone.open().WithHistory(t.Context(), head, opts); err != nil {
			t.Fatal(err)
		}
		stores, err := filepath.Glob(filepath.Join(cache, "*", "HEAD"))
		if err != nil || len(stores) != 1 {
			t.Fatal(stores, err)
		}
		l.must(harm(filepath.Dir(stores[0])))
		deep, err := clone.open().WithHistory(t.Context(), head, opts)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, walk(t, deep, head)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestHistoryForManyAtOnce: clones of one remote that begin at once fetch its
// commits one time.
func TestHistoryForManyAtOnce(t *testing.T) {
	l := longLab(t)
	head := l.git("rev-parse", "HEAD")
	want := walk(t, l.open(), head)
	opts := HistoryOptions{Dir: t.TempDir()}
	var all sync.WaitGroup
	got := make([]walked, 4)
	for i := range got {
		repo := l.shallow("file://" + l.dir).open()
		all.Go(func() {
			deep, err := repo.WithHistory(context.WithoutCancel(t.Context()), head, opts)
			if err != nil {
				t.Error(err)
				return
			}
			got[i] = walk(t, deep, head)
		})
	}
	all.Wait()
	for _, one := range got {
		if diff := cmp.Diff(want, one); diff != "" {
			t.Error(diff)
		}
	}
	packs, err := filepath.Glob(filepath.Join(opts.Dir, "*/objects/pack/*.pack"))
	if err != nil || len(packs) != 1 {
		t.Errorf("fetched %d times, %v", len(packs), err)
	}
}

// TestHistoryGrows: of later commits only what is new is fetched.
func TestHistoryGrows(t *testing.T) {
	l := longLab(t)
	l.git("config", "uploadpack.allowFilter", "true")
	opts := HistoryOptions{Dir: t.TempDir()}
	var objects []int
	for i := range 3 {
		if i > 0 {
			l.commit(fmt.Sprint("Odd ", i), "a", fmt.Sprint("odd ", i))
			l.commit(fmt.Sprint("Even ", i), "a", fmt.Sprint("even ", i))
		}
		head := l.git("rev-parse", "HEAD")
		deep, err := l.shallow("file://"+l.dir).open().WithHistory(t.Context(), head, opts)
		if err != nil {
			t.Fatal(err)
		}
		if depth, ok, err := deep.Depth(t.Context(), head); depth != 58+2*i || !ok || err != nil {
			t.Fatalf("depth %d, %v, %v", depth, ok, err)
		}
		facts, err := deep.StoreFacts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, facts.Objects)
	}
	if diff := cmp.Diff([]int{60, 62, 64}, objects); diff != "" {
		t.Errorf("objects in the store, one a commit:\n%s", diff)
	}
}

// TestStoreOfManyPacks: many packs become one, in which everything is.
func TestStoreOfManyPacks(t *testing.T) {
	l := longLab(t)
	l.git("config", "uploadpack.allowFilter", "true")
	opts := HistoryOptions{Dir: t.TempDir()}
	head := l.git("rev-parse", "HEAD")
	deep, err := l.shallow("file://"+l.dir).open().WithHistory(t.Context(), head, opts)
	if err != nil {
		t.Fatal(err)
	}
	packs := filepath.Join(deep.objects, "pack")
	for i, object := range strings.Split(l.git("rev-list", "--objects", "--all"), "\n") {
		if hash, _, _ := strings.Cut(object, " "); i <= maxPacks {
			name := l.gitWith([]byte(hash+"\n"), nil, "pack-objects", "-q", filepath.Join(packs, "pack"))
			l.must(os.WriteFile(filepath.Join(packs, "pack-"+name+".promisor"), nil, 0o600))
		}
	}
	want := walk(t, l.open(), head)
	if diff := cmp.Diff(want, walk(t, deep, head)); diff != "" {
		t.Error(diff)
	}
	left, err := filepath.Glob(filepath.Join(packs, "*.pack"))
	if err != nil || len(left) > 5 {
		t.Errorf("%d packs, %v", len(left), err)
	}
}

func TestProgressIsToldAndErrorsAreKept(t *testing.T) {
	var told []string
	p := &progress{tell: func(text string) { told = append(told, text) }}
	for _, part := range []string{"remote: Counting objects:  50% (1/2)\rremote: Counting objects: 100% (2/2), done.\n",
		"Receiving ob", "jects:  10%\r", "\nfatal: not ", "our ref\nerror: more"} {
		if n, err := p.Write([]byte(part)); n != len(part) || err != nil {
			t.Fatal(n, err)
		}
	}
	want := []string{"Counting objects:  50% (1/2)", "Counting objects: 100% (2/2), done.", "Receiving objects:  10%"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	if got := p.text().String(); got != "not our ref\nmore" {
		t.Errorf("kept %q", got)
	}
}
