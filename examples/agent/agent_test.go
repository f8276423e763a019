package agent_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	agent "gantline.dev/gantline/examples/agent"
)

const base = "registry.example/base@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

func made(t *testing.T) (dir, head string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "agent")
	head, err := agent.Make(t.Context(), dir, agent.Options{Base: base})
	if err != nil {
		t.Fatal(err)
	}
	return dir, head
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestSameHashes(t *testing.T) {
	_, first := made(t)
	// Whatever the user's settings are.
	home := t.TempDir()
	settings := "[user]\n\tname = Somebody\n[core]\n\tautocrlf = true\n[init]\n\tdefaultObjectFormat = sha256\n"
	if err := os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	t.Setenv("TZ", "Asia/Tokyo")
	t.Setenv("GIT_DIR", filepath.Join(home, "elsewhere"))
	_, second := made(t)
	if first != second {
		t.Errorf("the last commit is %s and then %s", first, second)
	}
}

func TestBaseImage(t *testing.T) {
	dir, head := made(t)
	config, err := os.ReadFile(filepath.Join(dir, "gantline.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(config), "    base: "+base+"\n") {
		t.Errorf("gantline.yaml lacks the base image:\n%s", config)
	}
	other := filepath.Join(t.TempDir(), "deep", "agent")
	otherHead, err := agent.Make(t.Context(), other, agent.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if otherHead == head {
		t.Error("another base image made the same commit")
	}
	if a, b := git(t, dir, "rev-parse", "HEAD~1"), git(t, other, "rev-parse", "HEAD~1"); a != b {
		t.Errorf("the commit before the last is %s and %s", a, b)
	}
}

func TestRepository(t *testing.T) {
	dir, head := made(t)
	git(t, dir, "fsck", "--strict")
	if got := git(t, dir, "rev-parse", "HEAD", "main"); got != head+"\n"+head {
		t.Errorf("HEAD and main are %s", got)
	}
	if status := git(t, dir, "status", "--porcelain", "--ignored"); status != "" {
		t.Errorf("the work tree is not clean:\n%s", status)
	}
	if commits := strings.Fields(git(t, dir, "rev-list", "HEAD")); len(commits) < 30 {
		t.Errorf("only %d commits", len(commits))
	}
	authors := strings.Split(git(t, dir, "log", "--format=%an"), "\n")
	slices.Sort(authors)
	if authors = slices.Compact(authors); len(authors) < 3 {
		t.Errorf("authors are %v", authors)
	}
	if merges := git(t, dir, "rev-list", "--merges", "HEAD"); len(strings.Fields(merges)) != 1 {
		t.Errorf("merges are %q", merges)
	}
	dates := strings.Split(git(t, dir, "log", "--reverse", "--format=%ct"), "\n")
	if !slices.IsSorted(dates) {
		t.Errorf("commits are not in the order of their dates: %v", dates)
	}
}

// TestDeadWeight checks what audits and image contexts have to deal with.
func TestDeadWeight(t *testing.T) {
	dir, _ := made(t)
	removed := git(t, dir, "log", "--diff-filter=D", "--format=", "--name-only")
	if removed != "checkpoints/step-1000.pt" {
		t.Errorf("removed files are %q", removed)
	}
	if size := git(t, dir, "cat-file", "-s", git(t, dir, "log", "--diff-filter=A", "--format=%h", "--", removed)+":"+removed); size != "3145728" {
		t.Errorf("the checkpoint has %s bytes", size)
	}
	for _, path := range []string{"assets/tokenizer.model", "assets/reward.model"} {
		if attr := git(t, dir, "check-attr", "filter", path); !strings.HasSuffix(attr, ": lfs") {
			t.Error(attr)
		}
		if pointer := git(t, dir, "cat-file", "blob", "HEAD:"+path); !strings.HasPrefix(pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:") {
			t.Errorf("%s is no pointer:\n%s", path, pointer)
		}
	}
	if notebook := git(t, dir, "cat-file", "blob", "HEAD:notebooks/rewards.ipynb"); !strings.Contains(notebook, `"image/png"`) {
		t.Error("the notebook has no output")
	}
}

func TestRefusals(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := agent.Make(t.Context(), full, agent.Options{})
	if err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a full directory: %v", err)
	}
	_, err = agent.Make(t.Context(), filepath.Join(t.TempDir(), "x"), agent.Options{Base: "a\nb: c"})
	if err == nil || !strings.Contains(err.Error(), "no reference of an image") {
		t.Errorf("a base image that is none: %v", err)
	}
}

func TestInterruptionLeavesNothing(t *testing.T) {
	parent := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := agent.Make(ctx, filepath.Join(parent, "agent"), agent.Options{}); err == nil {
		t.Error("no error")
	}
	left, err := os.ReadDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
