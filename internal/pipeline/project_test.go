package pipeline_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
)

// texts are the problems of a project, a line each.
func texts(problems []diag.Problem) []string {
	var out []string
	for _, problem := range problems {
		out = append(out, problem.String())
	}
	return out
}

// TestPatternsAreWrongWhereTheyStand: each pattern that can't be read is a
// problem at its own place, all of them at once.
func TestPatternsAreWrongWhereTheyStand(t *testing.T) {
	t.Parallel()
	r := newRepository(t, map[string]string{
		"gantline.yaml": `project: agent
images: {train: {base: scratch}}
context:
  exclude:
    - docs/
    - "a[z-"
    - "b[a"
`,
	})
	var got []string
	for _, problem := range r.load("HEAD").Problems {
		if problem.Rule == "pattern" {
			got = append(got, problem.Position.String())
		}
	}
	want := []string{"gantline.yaml:6:7", "gantline.yaml:7:7"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestLoadReportsAllFiles: problems of gantline.yaml, of what it names and of
// the flows, together and in order.
func TestLoadReportsAllFiles(t *testing.T) {
	t.Parallel()
	r := newRepository(t, map[string]string{
		"gantline.yaml": `project: agent
flows: [workflows/*.yaml, more/**/*.yaml, none/*.yaml]
images:
  train:
    base: python:3.12
    python: {requirements: [requirements.txt, lost.txt]}
context: {max_file: lots}
`,
		"gantline.lock":         "version: 2\n",
		"requirements.txt":      "-r docs/more.txt\n-c constraints.txt\n",
		"docs/more.txt":         "numpy==2\n",
		"workflows/a.yaml":      "kind: Flow\n",
		"more/deep/down/b.yaml": "apiVersion: gantline.dev/v1\nkind: Flow\nname: b\nsteps: {a: {runs: x}}\n",
		"workflows/skip.yml":    "nonsense",
	})
	p := r.load("HEAD")
	got := strings.Join(texts(p.Problems), "\n")
	for _, want := range []string{
		`gantline.lock:1:10: `,
		`gantline.yaml:2:`, `no file of the commit matches "none/*.yaml"`,
		`gantline.yaml:6:47: the commit has no file "lost.txt" [requirements]`,
		`gantline.yaml:6:29: "requirements.txt" includes "constraints.txt", and the commit has no such file [requirements]`,
		`gantline.yaml:7:21: `,
		`workflows/a.yaml:1:`,
		`more/deep/down/b.yaml:4:`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no problem %q in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "skip.yml") {
		t.Errorf("a file that no pattern matches was read:\n%s", got)
	}
	var invalid *pipeline.InvalidError
	if err := p.Valid(); !errors.As(err, &invalid) || len(invalid.Problems) != len(p.Problems) {
		t.Errorf("Valid: %v", err)
	}
	for _, problem := range p.ConfigProblems() {
		if problem.File != "gantline.yaml" {
			t.Errorf("no problem of gantline.yaml: %s", problem)
		}
	}
}

// TestLoadWithoutConfig tells a commit from a work tree.
func TestLoadWithoutConfig(t *testing.T) {
	t.Parallel()
	r := newRepository(t, map[string]string{"a": "a"})
	repo, err := gitrepo.Open(t.Context(), r.dir)
	if err != nil {
		t.Fatal(err)
	}
	commit, err := repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	var none *pipeline.NoConfigError
	if _, err = pipeline.Load(t.Context(), repo, commit); !errors.As(err, &none) {
		t.Fatalf("got %v", err)
	}
	for want, e := range map[string]pipeline.NoConfigError{
		"write one with gantline init, and commit it": {Commit: commit},
		"commit it: git add -A && git commit":         {Commit: commit, Uncommitted: true},
		"there is no gantline.yaml; write one with":   {Commit: gitrepo.Commit{Snapshot: true}},
	} {
		if got := e.Error(); !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
}

// TestContextLeavesOutOwnFiles: what speaks to Gantline and to git is no code;
// a project can bring a file back.
func TestContextLeavesOutOwnFiles(t *testing.T) {
	t.Parallel()
	files := example(map[string]string{
		".gitignore": "x\n", ".circleci/config.yml": "a: b\n", ".github/workflows/x.yml": "a: b\n", "deep/.gitignore": "x\n",
		"workflows/readme.md": "x\n", "deep/workflows/x.yaml": "x\n",
		"gantline.yaml": strings.Replace(projectFile, "docs/,", `docs/, "!docs/data.md", "!/.github/workflows/x.yml",`, 1),
	})
	selected, err := newRepository(t, files).valid("HEAD").Context(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, file := range selected.Files {
		if file.Included {
			got = append(got, file.Path)
		}
	}
	want := []string{".github/workflows/x.yml", "deep/workflows/x.yaml", "docs/data.md", "train", "workflows/readme.md"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestBaseCommit: what a commit is compared with, and the note that says why.
func TestBaseCommit(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(nil))
	first := r.git("rev-parse", "HEAD")
	expect := func(rev, target, hash, note string) {
		t.Helper()
		base, got, err := r.valid(rev).BaseCommit(t.Context(), target)
		if err != nil || base.Hash != hash || !strings.Contains(got, note) {
			t.Errorf("base of %s: %s (%s), %v; want %s (%s)", rev, base.Hash, got, err, hash, note)
		}
	}
	expect("HEAD", "", "", `nothing was deployed to "rendered" yet`)
	s := newStore(t)
	if _, err := run(t, s, r.valid("HEAD"), pipeline.RunOptions{Deploy: pipeline.DeployOptions{Target: "rendered"}}); err != nil {
		t.Fatal(err)
	}
	r.commit("Second", map[string]string{"train": "2"})
	expect("HEAD", "", first, `last deployed to "rendered"`)
	r.git("checkout", "-q", "-b", "work", first)
	side := r.commit("Aside", map[string]string{"train": "3"})
	expect(side, "", first, "merge base with main")
	r.git("checkout", "-q", "--orphan", "alone")
	r.commit("Alone", nil)
	expect("HEAD", "", "", "shares no history with main")
	r.git("branch", "-q", "-m", "main", "other")
	expect(side, "", "", `there is no branch "main"`)
	r.git("update-ref", "refs/remotes/origin/main", first)
	expect(side, "", first, "merge base with main")
}

func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"1 problem found; nothing was done":                                   &pipeline.InvalidError{Problems: []diag.Problem{{}, {Severity: diag.Warning}}},
		"2 problems found; nothing was done":                                  &pipeline.InvalidError{Problems: make([]diag.Problem, 2)},
		"refused: a":                                                          &pipeline.RefusedError{Reasons: []string{"a"}},
		"refused: a\n  b\n  do c":                                             &pipeline.RefusedError{Reasons: []string{"a", "b"}, Hints: []string{"do c"}},
		`gantline.yaml declares no image "x"; add one under images`:           &pipeline.UnknownNameError{What: "image", Key: "images", Name: "x"},
		`gantline.yaml declares no image "x"; it has train, eval`:             &pipeline.UnknownNameError{What: "image", Key: "images", Name: "x", Known: []string{"train", "eval"}},
		`gantline.yaml declares no image "trian"; did you mean "train"?`:      &pipeline.UnknownNameError{What: "image", Key: "images", Name: "trian", Known: []string{"eval", "train"}},
		`image "a" of commit c is not built; build it with: gantline build c`: &pipeline.NotBuiltError{Image: "a", Commit: "c"},
	} {
		if got := err.Error(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// TestLinksAreRefused: a link where a flow stood is no flow less, which a
// deploy would take off the cluster, but a problem.
func TestLinksAreRefused(t *testing.T) {
	t.Parallel()
	r := newRepository(t, map[string]string{
		"gantline.yaml": "project: agent\nflows: [w/*.yaml]\nimages: {train: {base: scratch}}\n",
		"w/a.yaml":      "apiVersion: gantline.dev/v1\nkind: Flow\nname: a\nsteps: {a: {run: x}}\n",
	})
	link := func(target, name string) {
		t.Helper()
		name = filepath.Join(r.dir, name)
		_ = os.Remove(name)
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	link("a.yaml", "w/b.yaml")
	r.commit("Link a flow", nil)
	want := []string{"w/b.yaml:1:1: this is a symbolic link, and only files are read [flows]\n  put the file itself there"}
	if diff := cmp.Diff(want, texts(r.load("HEAD").Problems)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	link("other.yaml", "gantline.yaml")
	r.commit("Link gantline.yaml", nil)
	want = []string{"gantline.yaml:1:1: this is a symbolic link, and only files are read [yaml]\n  put the file itself there"}
	if diff := cmp.Diff(want, texts(r.load("HEAD").Problems)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestPatternsOfFlows: ** is any number of directories, and many of them are
// answered as fast as one.
func TestPatternsOfFlows(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("a/", 60) + "x.yaml"
	cases := map[string]map[string]bool{
		"w/*.yaml":                            {"w/a.yaml": true, "w/b/a.yaml": false, "a.yaml": false},
		"**/*.yml":                            {"a.yml": true, "w/b/a.yml": true, "w/a.txt": false},
		"w/**":                                {"w/a": true, "w/a/b": true, "x/a": false},
		"**/w/**/a.yaml":                      {"w/a.yaml": true, "x/w/w/y/a.yaml": true, "x/w/b.yaml": false},
		"**/a/b":                              {"a/a/b": true, "a/x/a/b": true, "a/b/c": false},
		strings.Repeat("**/a/", 20) + "*.yml": {deep: false},
	}
	start := time.Now()
	for glob, names := range cases {
		for name, want := range names {
			r := newRepository(t, map[string]string{
				"gantline.yaml": "project: agent\nflows: [\"" + glob + "\"]\nimages: {train: {base: scratch}}\n",
				name:            "no flow",
			})
			unmatched := strings.Contains(strings.Join(texts(r.load("HEAD").Problems), "\n"), "no file of the commit matches")
			if unmatched == want {
				t.Errorf("%q matches %q: %t, want %t", glob, name, !unmatched, want)
			}
		}
	}
	if spent := time.Since(start); spent > time.Minute {
		t.Errorf("took %s", spent)
	}
}
