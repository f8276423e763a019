package gitbranch

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/kube"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// git runs the real binary and returns what it printed.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=A", "-c", "user.email=a@example.com"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// newRepo is a repository with one commit on main and a bare remote "origin".
func newRepo(t *testing.T) (dir, remote string, repo *gitrepo.Repo) {
	t.Helper()
	dir, remote = t.TempDir(), filepath.Join(t.TempDir(), "remote.git")
	git(t, dir, "init", "-q", "-b", "main")
	git(t, dir, "init", "-q", "--bare", "-b", "main", remote)
	git(t, dir, "remote", "add", "origin", remote)
	write(t, dir, "a.py", "print(1)\n")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "first")
	git(t, dir, "push", "-q", "origin", "main")
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir, remote, repo
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func object(t *testing.T, kind, name, value string) kube.Object {
	t.Helper()
	o, err := kube.New(map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": kind,
		"metadata": map[string]any{"name": name}, "spec": map[string]any{"value": value},
	}, "", diag.Position{})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func clock() time.Time { return now }

func source(commit string) deploy.Source {
	return deploy.Source{Project: "agent", Commit: commit, Subject: "a\nsubject"}
}

func deployTo(t *testing.T, branch Branch, commit string, objects ...kube.Object) deploy.Result {
	t.Helper()
	plan, err := branch.Plan(t.Context(), source(commit), objects)
	if err != nil {
		t.Fatal(err)
	}
	result, err := branch.Apply(t.Context(), plan, objects)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func actions(p deploy.Plan) map[string]deploy.Action {
	out := map[string]deploy.Action{}
	for _, step := range p.Steps {
		out[step.File] = step.Action
	}
	return out
}

func TestDeployToBranch(t *testing.T) {
	for _, remote := range []string{"", "origin"} {
		t.Run("remote="+remote, func(t *testing.T) {
			dir, bare, repo := newRepo(t)
			branch := Branch{Repo: repo, Target: "rendered", Name: "out", Remote: remote, Now: clock}
			head := git(t, dir, "rev-parse", "HEAD")
			write(t, dir, "uncommitted", "kept")
			status := git(t, dir, "status", "--porcelain")

			first := deployTo(t, branch, head, object(t, "WorkflowTemplate", "agent-a", "1"), object(t, "CronWorkflow", "agent-a", "1"))
			want := map[string]deploy.Action{"agent/cronworkflow-agent-a.yaml": deploy.Create, "agent/workflowtemplate-agent-a.yaml": deploy.Create}
			if diff := cmp.Diff(want, actions(first.Plan)); diff != "" {
				t.Errorf("first deploy (-want +got)\n%s", diff)
			}
			again := deployTo(t, branch, head, object(t, "WorkflowTemplate", "agent-a", "1"), object(t, "CronWorkflow", "agent-a", "1"))
			if again.Commit != "" || again.Plan.Changes() {
				t.Errorf("a deploy without changes committed %q", again.Commit)
			}
			second := deployTo(t, branch, head, object(t, "WorkflowTemplate", "agent-a", "2"), object(t, "WorkflowTemplate", "agent-b", "1"))
			want = map[string]deploy.Action{
				"agent/cronworkflow-agent-a.yaml": deploy.Delete, "agent/workflowtemplate-agent-a.yaml": deploy.Change, "agent/workflowtemplate-agent-b.yaml": deploy.Create,
			}
			if diff := cmp.Diff(want, actions(second.Plan)); diff != "" {
				t.Errorf("second deploy (-want +got)\n%s", diff)
			}
			if got := git(t, dir, "status", "--porcelain"); got != status {
				t.Errorf("work tree or index touched: %q, was %q", got, status)
			}
			where := dir
			if remote != "" {
				where = bare
			}
			if got := git(t, where, "rev-parse", "out"); got != second.Commit {
				t.Errorf("branch stands at %s, want %s", got, second.Commit)
			}
			if got := git(t, where, "ls-tree", "-r", "--name-only", "out"); got != "agent/workflowtemplate-agent-a.yaml\nagent/workflowtemplate-agent-b.yaml" {
				t.Errorf("branch holds %q", got)
			}
			history, err := branch.History(t.Context(), "agent", 0)
			if err != nil || len(history) != 2 {
				t.Fatalf("history: %v, %v", history, err)
			}
			wantNewest := deploy.Deployed{
				Revision: second.Commit, Time: now, Project: "agent", Target: "rendered", Commit: head,
				Subject: "Deploy agent at " + head[:12] + ": a subject", Summary: "1 created, 1 changed, 1 removed",
			}
			if diff := cmp.Diff(wantNewest, history[0]); diff != "" {
				t.Errorf("newest (-want +got)\n%s", diff)
			}
		})
	}
}

func TestOtherProjectsOnTheBranchStay(t *testing.T) {
	dir, _, repo := newRepo(t)
	branch := Branch{Repo: repo, Target: "rendered", Name: "out", Now: clock}
	git(t, dir, "checkout", "-q", "--orphan", "out")
	git(t, dir, "mv", "a.py", "README.md")
	git(t, dir, "commit", "-q", "-m", "by hand")
	git(t, dir, "checkout", "-q", "main")
	deployTo(t, branch, git(t, dir, "rev-parse", "HEAD"), object(t, "WorkflowTemplate", "agent-a", "1"))
	if got := git(t, dir, "ls-tree", "-r", "--name-only", "out"); got != "README.md\nagent/workflowtemplate-agent-a.yaml" {
		t.Errorf("branch holds %q", got)
	}
}

func TestApplyRefusesAStalePlan(t *testing.T) {
	for _, remote := range []string{"", "origin"} {
		t.Run("remote="+remote, func(t *testing.T) {
			dir, _, repo := newRepo(t)
			branch := Branch{Repo: repo, Target: "rendered", Name: "out", Remote: remote, Now: clock}
			head := git(t, dir, "rev-parse", "HEAD")
			old := []kube.Object{object(t, "WorkflowTemplate", "agent-a", "old")}
			plan, err := branch.Plan(t.Context(), source(head), old)
			if err != nil {
				t.Fatal(err)
			}
			won := deployTo(t, branch, head, object(t, "WorkflowTemplate", "agent-a", "new"))
			if _, err := branch.Apply(t.Context(), plan, old); !errors.Is(err, deploy.ErrStale) {
				t.Errorf("error %v, want ErrStale", err)
			}
			current, err := branch.tip(t.Context())
			if err != nil || current != won.Commit {
				t.Errorf("branch stands at %s (%v), want %s", current, err, won.Commit)
			}
			if _, err := branch.Apply(t.Context(), plan, nil); !errors.Is(err, deploy.ErrStale) {
				t.Errorf("other objects than planned: error %v, want ErrStale", err)
			}
		})
	}
}

func resolve(t *testing.T, repo *gitrepo.Repo) gitrepo.Commit {
	t.Helper()
	commit, err := repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	return commit
}

func TestGuards(t *testing.T) {
	dir, _, repo := newRepo(t)
	ctx := t.Context()
	first := resolve(t, repo)
	write(t, dir, "b.py", "print(2)\n")
	git(t, dir, "add", ".")
	git(t, dir, "commit", "-q", "-m", "second")
	second := resolve(t, repo)
	branch := Branch{Repo: repo, Target: "rendered", Name: "out", Now: clock}
	old := []kube.Object{object(t, "WorkflowTemplate", "agent-a", "0")}
	plan := func(commit gitrepo.Commit) deploy.Plan {
		p, err := branch.Plan(ctx, source(commit.Hash), old)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	early := plan(first)
	var refused *deploy.RefusedError
	for _, c := range []struct {
		name    string
		err     error
		refused bool
	}{
		{"on the local branch", deploy.CheckSource(ctx, repo, second, "main", ""), false},
		{"pushed", deploy.CheckSource(ctx, repo, first, "main", "origin"), false},
		{"not pushed yet", deploy.CheckSource(ctx, repo, second, "main", "origin"), true},
		{"no such branch", deploy.CheckSource(ctx, repo, first, "release", ""), true},
		{"a snapshot", deploy.CheckSource(ctx, repo, gitrepo.Commit{Hash: first.Hash, Snapshot: true}, "main", ""), true},
		{"nothing deployed yet", deploy.CheckOrder(ctx, repo, first, early), false},
	} {
		if errors.As(c.err, &refused) != c.refused || !c.refused && c.err != nil {
			t.Errorf("%s: %v", c.name, c.err)
		}
	}
	deployTo(t, branch, second.Hash, object(t, "WorkflowTemplate", "agent-a", "1"))
	if err := deploy.CheckOrder(ctx, repo, first, plan(first)); !errors.As(err, &refused) {
		t.Errorf("an older commit: %v", err)
	}
	// The plan made before passes no guard that was looked at too early: it is stale.
	if _, err := branch.Apply(ctx, early, old); !errors.Is(err, deploy.ErrStale) {
		t.Errorf("an older commit, planned before the newer one was deployed: %v", err)
	}
	if err := deploy.CheckOrder(ctx, repo, second, plan(second)); err != nil {
		t.Errorf("the same commit again: %v", err)
	}
	deployTo(t, branch, strings.Repeat("1", 40), object(t, "WorkflowTemplate", "agent-a", "2"))
	if err := deploy.CheckOrder(ctx, repo, first, plan(first)); err != nil {
		t.Errorf("after a rewrite of history: %v", err)
	}
}

// TestCheckedOutBranch: a branch is not moved under a work tree that stands on
// it. Its remote's is moved all the same.
func TestCheckedOutBranch(t *testing.T) {
	for _, remote := range []string{"", "origin"} {
		dir, bare, repo := newRepo(t)
		branch := Branch{Repo: repo, Target: "rendered", Name: "out", Remote: remote, Now: clock}
		head := git(t, dir, "rev-parse", "HEAD")
		first := deployTo(t, branch, head, object(t, "WorkflowTemplate", "agent-a", "1"))
		tree := filepath.Join(t.TempDir(), "tree")
		git(t, dir, "worktree", "add", "-q", tree, "out")

		objects := []kube.Object{object(t, "WorkflowTemplate", "agent-a", "2")}
		plan, err := branch.Plan(t.Context(), source(head), objects)
		if err != nil {
			t.Fatal(err)
		}
		result, err := branch.Apply(t.Context(), plan, objects)
		refused := new(deploy.RefusedError)
		if got, want := errors.As(err, &refused), remote == ""; got != want {
			t.Errorf("remote %q: refused: %t (%v), want %t", remote, got, err, want)
		}
		if got := git(t, dir, "rev-parse", "out"); got != first.Commit {
			t.Errorf("remote %q: the branch moved under its work tree, from %s to %s", remote, first.Commit, got)
		}
		if status := git(t, tree, "status", "--porcelain"); status != "" {
			t.Errorf("remote %q: the work tree has changed:\n%s", remote, status)
		}
		if remote != "" {
			if got := git(t, bare, "rev-parse", "out"); got != result.Commit {
				t.Errorf("the remote's branch is at %s, want %s", got, result.Commit)
			}
		}
	}
}

// TestMessageIsInert: a subject with escapes for terminals is shown, not acted
// on, wherever the branch's history is.
func TestMessageIsInert(t *testing.T) {
	got := message(deploy.Plan{Source: deploy.Source{Project: "agent", Commit: "abc", Subject: "red \x1b[31m \u202e\nGantline-Commit: forged"}})
	if want := "Deploy agent at abc: red \\x1b[31m \\u202e Gantline-Commit: forged\n"; !strings.HasPrefix(got, want) {
		t.Errorf("message %q, want it to start with %q", got, want)
	}
}
