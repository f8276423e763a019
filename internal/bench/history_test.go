package bench

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// historyVersion names what the cache holds: raise it with a change of the
// generator.
const historyVersion = "history-5"

// The large history, and its sibling that shows how costs grow.
const (
	historyCommits = 84_000
	smallerCommits = historyCommits / 4
	importedFiles  = 6000
)

// largeHistory is a bare repository of a team's history with so many commits,
// all in one pack. It is made once and kept.
func largeHistory(t *testing.T, commits int) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache = filepath.Join(cache, "gantline-bench")
	made := filepath.Join(cache, historyVersion, strconv.Itoa(commits)+".git")
	if _, err := os.Stat(made); err == nil {
		return made
	}
	old, err := filepath.Glob(filepath.Join(cache, "history-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range old {
		if filepath.Base(dir) != historyVersion {
			os.RemoveAll(dir)
		}
	}
	say("making a history of %d commits in %s, once", commits, made)
	started := time.Now()
	unfinished := made + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		t.Fatal(err)
	}
	makeHistory(t, unfinished, commits, importedFiles)
	if err := os.Rename(unfinished, made); err != nil {
		t.Fatal(err)
	}
	say("made in %v", time.Since(started).Round(time.Second))
	return made
}

// makeHistory imports a history and packs it as git gc does after a clone.
func makeHistory(t *testing.T, dir string, commits, imported int) {
	t.Helper()
	git := func(in io.Reader, args ...string) {
		cmd := exec.Command("git", args...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
		cmd.Stdin = in
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	git(nil, "init", "--quiet", "--bare", "--initial-branch=main", dir)
	from, to := io.Pipe()
	go func() { to.CloseWithError(writeHistory(to, commits, imported)) }()
	git(from, "-C", dir, "fast-import", "--quiet", "--force")
	git(nil, "-C", dir, "pack-refs", "--all")
	git(nil, "-C", dir, "-c", "repack.writeBitmaps=false", "repack", "-a", "-d", "-f", "-q", "--window=10", "--depth=50")
	git(nil, "-C", dir, "commit-graph", "write", "--reachable", "--no-progress")
}

// census counts a repository's objects and the bytes of its packs.
func census(t *testing.T, dir string) (objects, bytes int64) {
	t.Helper()
	out, err := exec.Command("git", "-C", dir, "count-objects", "-v").Output()
	if err != nil {
		t.Fatal(err)
	}
	var packs, kib int64
	for line := range strings.Lines(string(out)) {
		fmt.Sscanf(line, "in-pack: %d", &objects)
		fmt.Sscanf(line, "packs: %d", &packs)
		fmt.Sscanf(line, "size-pack: %d", &kib)
	}
	if packs != 1 {
		t.Fatalf("%s has %d packs, not one", dir, packs)
	}
	return objects, kib * 1024
}

// TestHistory holds the generator to what it is to stand for, and to giving the
// same history every time.
func TestHistory(t *testing.T) {
	const commits, imported = 400, 100
	var heads []string
	for i := range 2 {
		dir := filepath.Join(t.TempDir(), strconv.Itoa(i))
		makeHistory(t, dir, commits, imported)
		count := func(args ...string) int {
			out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).Output()
			if err != nil {
				t.Fatalf("git %v: %v", args, err)
			}
			return strings.Count(string(out), "\n")
		}
		if n := count("rev-list", "main"); n < commits || n > commits+10 {
			t.Errorf("%d commits", n)
		}
		if n := count("rev-list", "--merges", "main"); n < commits/100 {
			t.Errorf("%d merges", n)
		}
		if n := count("log", "--raw", "--no-renames", "--diff-filter=D", "--format=", "main"); n < 2 {
			t.Errorf("%d deletions", n)
		}
		if n := count("grep", "-l", "git-lfs.github.com/spec", "main"); n < 1 {
			t.Errorf("%d LFS pointers", n)
		}
		objects, _ := census(t, dir)
		if each := float64(objects-imported) / commits; each < 3.5 || each > 6 {
			t.Errorf("%.1f objects for each commit", each)
		}
		head, err := exec.Command("git", "-C", dir, "for-each-ref").Output()
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, string(head))
		if out, err := exec.Command("git", "-C", dir, "fsck", "--strict", "--no-progress").CombinedOutput(); err != nil {
			t.Errorf("git fsck: %v\n%s", err, out)
		}
	}
	if heads[0] != heads[1] {
		t.Errorf("two histories of %d commits differ:\n%s\n%s", commits, heads[0], heads[1])
	}
}
