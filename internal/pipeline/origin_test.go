package pipeline_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
)

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:%\nsize 12345\n"

func pointerTo(digit string) string {
	return strings.Replace(pointer, "%", strings.Repeat(digit, 64), 1)
}

// fetching is the project with context.lfs.fetch.
func fetching(patterns ...string) string {
	return strings.Replace(projectFile, "context:\n", "context:\n  lfs: {fetch: [\""+strings.Join(patterns, `", "`)+"\"]}\n", 1)
}

// withData is the project with data of its image.
func withData(data string) string {
	return strings.Replace(projectFile, "{base: scratch}", "{base: scratch, data: "+data+"}", 1)
}

// unreachable is the project with context.unreachable_python.
func unreachable(mode string) string {
	return strings.Replace(projectFile, "context:\n", "context:\n  unreachable_python: "+mode+"\n", 1)
}

// TestOrigins holds the rule of which changes make an image another one. Each
// case changes the example after its first commit, in one commit a step; the
// origin is told by the number of that commit, 0 being the first.
func TestOrigins(t *testing.T) {
	python := strings.Replace(projectFile, "{base: scratch}",
		"{base: docker.io/library/python:3.12, python: {requirements: [requirements.txt]}}", 1)
	for name, test := range map[string]struct {
		first map[string]string
		then  []map[string]string
		want  int
	}{
		"the first commit":         {want: 0},
		"documentation":            {then: []map[string]string{{"docs/data.md": "more"}}, want: 0},
		"an excluded pattern":      {then: []map[string]string{{"a/b.ipynb": "{}"}, {"a/b.ipynb": "{ }"}, {"a/b.ipynb": ""}}, want: 0},
		"an empty commit":          {then: []map[string]string{{}}, want: 0},
		"a flow":                   {then: []map[string]string{{"workflows/nightly.yaml": nightlyFlow + "# later\n"}}, want: 0},
		"code":                     {then: []map[string]string{{"train": "longer"}}, want: 1},
		"code, then documentation": {then: []map[string]string{{"train": "longer"}, {"docs/x.md": "x"}, {"docs/y.md": "y"}}, want: 1},
		"documentation, then code": {then: []map[string]string{{"docs/x.md": "x"}, {"train": "longer"}}, want: 2},
		"a new file":               {then: []map[string]string{{"new": "new"}}, want: 1},
		"a removed file":           {first: map[string]string{"old": "old"}, then: []map[string]string{{"old": ""}}, want: 1},
		"there and back":           {then: []map[string]string{{"train": "longer"}, {"train": "train\n"}}, want: 2},
		"the lock":                 {then: []map[string]string{{"gantline.lock": "# by hand\n" + example(nil)["gantline.lock"]}}, want: 1},
		".gitattributes":           {then: []map[string]string{{"docs/.gitattributes": "*.md text\n"}}, want: 1},
		"the deploy section": {then: []map[string]string{
			{"gantline.yaml": projectFile + "    other: {git: other}\n"}}, want: 0},
		"a comment above the images": {then: []map[string]string{
			{"gantline.yaml": "# Ann looks after this.\n" + projectFile}}, want: 0},
		"budgets": {then: []map[string]string{
			{"gantline.yaml": projectFile + "budgets: {file: 1MB}\n"}}, want: 0},
		"the images section": {then: []map[string]string{
			{"gantline.yaml": strings.Replace(projectFile, "{base: scratch}", "{base: scratch, env: {A: b}}", 1)}}, want: 1},
		"the context section": {then: []map[string]string{
			{"gantline.yaml": strings.Replace(projectFile, "docs/,", "docs/, data/,", 1)}}, want: 1},
		"the patterns of flows": {then: []map[string]string{
			{"gantline.yaml": strings.Replace(projectFile, "[workflows/*.yaml]", "[workflows/*.yaml, more/*.yaml]", 1)}}, want: 1},
		"a gantline.yaml with errors": {then: []map[string]string{
			{"gantline.yaml": projectFile + "nonsense: 1\n"}, {"gantline.yaml": projectFile}}, want: 2},
		"gantline.yaml that was not there": {
			first: map[string]string{"gantline.yaml": ""}, then: []map[string]string{{"gantline.yaml": projectFile}}, want: 1},
		"another LFS pointer": {
			first: map[string]string{"model.bin": pointerTo("1")}, then: []map[string]string{{"model.bin": pointerTo("2")}}, want: 0},
		"a new LFS pointer": {then: []map[string]string{{"model.bin": pointerTo("1")}}, want: 0},
		"a file that becomes an LFS pointer": {
			first: map[string]string{"model.bin": "raw"}, then: []map[string]string{{"model.bin": pointerTo("1")}}, want: 1},
		"an LFS pointer that becomes a file": {
			first: map[string]string{"model.bin": pointerTo("1")}, then: []map[string]string{{"model.bin": "raw"}}, want: 1},
		"another fetched LFS pointer": {
			first: map[string]string{"gantline.yaml": fetching("*.bin"), "model.bin": pointerTo("1")},
			then:  []map[string]string{{"model.bin": pointerTo("2")}, {"docs/x.md": "x"}}, want: 1},
		"a new fetched LFS pointer": {
			first: map[string]string{"gantline.yaml": fetching("*.bin"), "model.bin": pointerTo("1")},
			then:  []map[string]string{{"other.bin": pointerTo("1")}}, want: 1},
		"a fetched LFS pointer that leaves": {
			first: map[string]string{"gantline.yaml": fetching("*.bin"), "model.bin": pointerTo("1")},
			then:  []map[string]string{{"model.bin": ""}}, want: 1},
		"another LFS pointer that no pattern fetches": {
			first: map[string]string{"gantline.yaml": fetching("*.bin", "!other.bin"), "model.bin": pointerTo("1"), "other.bin": pointerTo("3")},
			then:  []map[string]string{{"other.bin": pointerTo("2")}}, want: 0},
		"a pattern that fetches": {
			first: map[string]string{"model.bin": pointerTo("1"), "other.bin": pointerTo("1")},
			then:  []map[string]string{{"gantline.yaml": fetching("model.bin")}, {"other.bin": pointerTo("2")}, {"docs/x.md": "x"}}, want: 1},
		"a pattern that fetches no more": {
			first: map[string]string{"gantline.yaml": fetching("*.bin"), "model.bin": pointerTo("1")},
			then:  []map[string]string{{"gantline.yaml": projectFile}, {"model.bin": pointerTo("2")}}, want: 1},
		"a name for unreachable Python that changes no image": {
			then: []map[string]string{{"gantline.yaml": unreachable("off")}, {"gantline.yaml": unreachable("report")}}, want: 0},
		"unreachable Python that is dropped": {
			then: []map[string]string{{"docs/x.md": "x"}, {"gantline.yaml": unreachable("drop")}}, want: 2},
		"a flow, where it decides which Python is dropped": {
			first: map[string]string{"gantline.yaml": unreachable("drop")},
			then:  []map[string]string{{"workflows/nightly.yaml": nightlyFlow + "# later\n"}, {"docs/x.md": "x"}}, want: 1},
		"a new flow, where it decides which Python is dropped": {
			first: map[string]string{"gantline.yaml": unreachable("drop")},
			then:  []map[string]string{{"workflows/other.yaml": strings.Replace(nightlyFlow, "nightly", "other", 1)}}, want: 1},
		"the deploy section, where gantline.yaml decides which Python is dropped": {
			first: map[string]string{"gantline.yaml": unreachable("drop")},
			then:  []map[string]string{{"gantline.yaml": unreachable("drop") + "# python other.py\n"}}, want: 1},
		"documentation, where Python is dropped": {
			first: map[string]string{"gantline.yaml": unreachable("drop"), "model.bin": pointerTo("1")},
			then:  []map[string]string{{"docs/x.md": "x"}, {"model.bin": pointerTo("2")}}, want: 0},
		"a new LFS pointer, where Python is dropped": {
			first: map[string]string{"gantline.yaml": unreachable("drop")},
			then:  []map[string]string{{"model.bin": pointerTo("1")}}, want: 1},
		"excluded data": {
			first: map[string]string{"gantline.yaml": withData("{table: docs/table, notes: notes}"), "docs/table": "1", "notes": "1"},
			then:  []map[string]string{{"docs/x.md": "x"}, {"docs/table": "2"}, {"docs/x.md": "y"}}, want: 2},
		"a new file of excluded data": {
			first: map[string]string{"gantline.yaml": withData("{d: docs/tables}"), "docs/tables/a": "1"},
			then:  []map[string]string{{"docs/tables/b": "2"}, {"docs/x.md": "y"}}, want: 1},
		"a pointer that is data": {
			first: map[string]string{"gantline.yaml": withData("{m: model.bin}"), "model.bin": pointerTo("1")},
			then:  []map[string]string{{"model.bin": pointerTo("2")}}, want: 1},
		"data's name": {
			first: map[string]string{"gantline.yaml": withData("{m: model.bin}"), "model.bin": pointerTo("1")},
			then:  []map[string]string{{"gantline.yaml": withData("{other: model.bin}")}}, want: 1},
		"data that stands elsewhere in gantline.yaml": {
			first: map[string]string{"gantline.yaml": withData("{m: model.bin}"), "model.bin": pointerTo("1")},
			then:  []map[string]string{{"gantline.yaml": "# more\n" + withData("{m:   model.bin}")}}, want: 0},
		"an excluded requirements file": {
			first: map[string]string{"gantline.yaml": python, "requirements.txt": "-r docs/more.txt\n", "docs/more.txt": "a==1\n"},
			then:  []map[string]string{{"docs/other.md": "x"}, {"docs/more.txt": "a==2\n"}, {"docs/other.md": "y"}}, want: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := example(nil)
			for path, content := range test.first {
				if files[path] = content; content == "" {
					delete(files, path)
				}
			}
			r := newRepository(t, files)
			commits := []string{r.git("rev-parse", "HEAD")}
			for _, change := range test.then {
				commits = append(commits, r.commit("Change", change))
			}
			got := originOf(t, r.valid("HEAD"))
			if got.Origin.Commit != commits[test.want] {
				t.Errorf("the origin is %s of %v, not number %d", got.Origin.Commit, commits, test.want)
			}
			date := r.git("show", "-s", "--format=%cI", got.Origin.Commit)
			if at := got.Origin.Time.Format("2006-01-02T15:04:05Z07:00"); at != date && at != strings.Replace(date, "+00:00", "Z", 1) {
				t.Errorf("its time is %s, not %s", at, date)
			}
		})
	}
}

func originOf(t *testing.T, p *pipeline.Project) pipeline.Origins {
	t.Helper()
	origins, err := p.Origins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return origins
}

// TestOriginsFollowFirstParents: a merge is one step. What a branch changed
// counts at the merge; a branch of documentation leaves the image alone.
func TestOriginsFollowFirstParents(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(nil))
	first := r.git("rev-parse", "HEAD")
	r.git("checkout", "-q", "-b", "docs-branch")
	r.commit("Docs", map[string]string{"docs/more.md": "more"})
	r.git("checkout", "-q", "main")
	r.git("merge", "-q", "--no-ff", "-m", "Merge docs", "docs-branch")
	if got := originOf(t, r.valid("HEAD")); got.Origin.Commit != first {
		t.Errorf("after a merge of documentation: %s, not %s", got.Origin.Commit, first)
	}
	r.git("checkout", "-q", "-b", "code-branch")
	inner := r.commit("Code", map[string]string{"train": "longer"})
	r.git("checkout", "-q", "main")
	r.git("merge", "-q", "--no-ff", "-m", "Merge code", "code-branch")
	merge := r.git("rev-parse", "HEAD")
	r.commit("Docs again", map[string]string{"docs/again.md": "x"})
	got := originOf(t, r.valid("HEAD"))
	if got.Origin.Commit != merge || got.Origin.Commit == inner {
		t.Errorf("after a merge of code: %s, not the merge %s", got.Origin.Commit, merge)
	}
	if len(got.Earlier) != 1 || got.Earlier[0] != first {
		t.Errorf("the origins before it: %v, not %s", got.Earlier, first)
	}
}

// TestOriginsNameNeighbours: the nearest earlier images, nearest first, and no
// more than help.
func TestOriginsNameNeighbours(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(nil))
	commits := []string{r.git("rev-parse", "HEAD")}
	for _, content := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"} {
		commits = append(commits, r.commit("Code", map[string]string{"train": content}))
		r.commit("Docs", map[string]string{"docs/data.md": content})
	}
	got := originOf(t, r.valid("HEAD"))
	want := slices.Clone(commits[2:10])
	slices.Reverse(want)
	if got.Origin.Commit != commits[10] || strings.Join(got.Earlier, " ") != strings.Join(want, " ") {
		t.Errorf("origin %s, earlier %v of %v", got.Origin.Commit, got.Earlier, commits)
	}
}

// TestOriginsOfAShallowClone: where history is cut the search ends, with the
// commit there; nobody can know more.
func TestOriginsOfAShallowClone(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(nil))
	r.commit("Docs", map[string]string{"docs/a.md": "a"})
	cut := r.commit("Docs", map[string]string{"docs/b.md": "b"})
	r.commit("Docs", map[string]string{"docs/c.md": "c"})
	shallow := &repository{t: t, dir: filepath.Join(t.TempDir(), "clone")}
	if err := os.Mkdir(shallow.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	shallow.git("clone", "-q", "--depth", "2", "file://"+r.dir, ".")
	p := shallow.valid("HEAD")
	if !p.Repo.Shallow() {
		t.Fatal("the clone is not shallow")
	}
	if got := originOf(t, p); got.Origin.Commit != cut || len(got.Earlier) != 0 {
		t.Errorf("origin %s, earlier %v, not %s", got.Origin.Commit, got.Earlier, cut)
	}
}

// TestOriginsOfASnapshot: uncommitted work belongs to itself where it changes
// an image, and to the commit before it where it does not.
func TestOriginsOfASnapshot(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(nil))
	head := r.git("rev-parse", "HEAD")
	for content, own := range map[string]bool{"docs/data.md": false, "train": true} {
		r.git("reset", "-q", "--hard")
		r.write(map[string]string{content: "changed"})
		repo, err := gitrepo.Open(t.Context(), r.dir)
		if err != nil {
			t.Fatal(err)
		}
		snapshot, commit, err := repo.Snapshot(t.Context(), gitrepo.SnapshotOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer snapshot.Close()
		p, err := pipeline.Load(t.Context(), snapshot, commit)
		if err != nil {
			t.Fatal(err)
		}
		if got := originOf(t, p).Origin.Commit; (got == commit.Hash) != own || (got == head) == own {
			t.Errorf("a change of %s: origin %s; snapshot %s, HEAD %s", content, got, commit.Hash, head)
		}
	}
}
