package build

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/fakes/faultproxy"
)

func TestBranchTag(t *testing.T) {
	valid := regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
	long := strings.Repeat("x", 122)
	seen := map[string]string{}
	for branch, want := range map[string]string{
		"main":        "branch-main",
		"v1.2_x-Y":    "branch-v1.2_x-Y",
		"feature-a":   "branch-feature-a",
		"feature/a":   "branch-feature-a-951d42dc",
		"añb":         "branch-a-b-11bb968a",
		"..":          "branch-..",
		long[:121]:    "branch-" + long[:121],
		long:          "",
		long + "y":    "",
		"\xff":        "",
		"日本語/日本語":     "",
		"latest\nx: ": "",
	} {
		got := BranchTag(branch)
		if !valid.MatchString(got) {
			t.Errorf("%q: %q is no tag", branch, got)
		}
		if want != "" && got != want {
			t.Errorf("%q: %q, not %q", branch, got, want)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%q and %q have one tag", branch, other)
		}
		seen[got] = branch
	}
}

func FuzzBranchTag(f *testing.F) {
	f.Add("main")
	f.Add("a/b\xff")
	valid := regexp.MustCompile(`^branch-[A-Za-z0-9_.-]{0,121}$`)
	f.Fuzz(func(t *testing.T, branch string) {
		if tag := BranchTag(branch); !valid.MatchString(tag) {
			t.Errorf("%q", tag)
		}
	})
}

// TestMoveTags goes through what the tags may name, and what that costs.
func TestMoveTags(t *testing.T) {
	repo := newGitRepo(t)
	proxy := faultproxy.New(t, "http://"+newRegistry(t))
	repo.write("train.py", "1\n")
	first := repo.commit("first")
	one := mustBuild(t, standard(quick(t, nil, nil), repo), repo.spec(proxy.Host(), first))
	repo.write("train.py", "2\n")
	second := repo.commit("second")
	two := mustBuild(t, standard(quick(t, nil, nil), repo), repo.spec(proxy.Host(), second))
	tags := []string{LatestTag, BranchTag("main")}
	asked := ""
	judge := func(why string, err error) Judge {
		return func(_ context.Context, from string) (string, error) {
			asked = from
			return why, err
		}
	}
	broken := errors.New("broken")
	for _, step := range []struct {
		name     string
		image    Image
		judge    Judge
		asked    string // the origin that the judge was asked about
		moved    bool
		left     string
		err      error
		requests int    // without the login
		at       string // where the tags are then
	}{
		{"there are none", one, judge("no", nil), "", true, "", nil, 4, one.Digest},
		{"there already", one, judge("no", nil), "", false, "", nil, 1, one.Digest},
		{"not allowed", two, judge("a later commit", nil), first, false, "a later commit", nil, 1, one.Digest},
		{"not known", two, judge("", broken), first, false, "", broken, 1, one.Digest},
		{"forward", two, judge("", nil), first, true, "", nil, 4, two.Digest},
	} {
		remote := quick(t, nil, nil)
		asked = ""
		proxy.Reset()
		move, err := MoveTags(t.Context(), remote, step.image, tags, step.judge)
		if !errors.Is(err, step.err) || move.Moved != step.moved || move.Left != step.left || asked != step.asked {
			t.Errorf("%s: %+v, %v; asked about %q", step.name, move, err, asked)
		}
		if n := proxy.Counts().Total().Requests - proxy.Counts().Of("", "ping").Requests; n != step.requests {
			t.Errorf("%s: %d requests\n%s", step.name, n, proxy.Counts())
		}
		for _, tag := range tags {
			if at, err := Find(t.Context(), remote, one.Repository, tag); at != step.at || err != nil {
				t.Errorf("%s: %s is at %s, %v", step.name, tag, at, err)
			}
		}
	}

	// Killed between the two tags: the next one puts both.
	proxy.Add(faultproxy.Fault{Match: faultproxy.Is("PUT", "manifest"), Nth: 2, Action: faultproxy.Answer(http.StatusBadRequest, nil, "")})
	for _, fails := range []bool{true, false} {
		move, err := MoveTags(t.Context(), quick(t, nil, nil), one, tags, judge("", nil))
		if (err != nil) != fails || move.Moved == fails {
			t.Errorf("fails %v: %+v, %v", fails, move, err)
		}
	}
	for _, tag := range tags {
		if at, err := Find(t.Context(), quick(t, nil, nil), one.Repository, tag); at != one.Digest || err != nil {
			t.Errorf("%s is at %s, %v", tag, at, err)
		}
	}
}

// TestForeignTagsStay: what gantline didn't make stays under its tag.
func TestForeignTagsStay(t *testing.T) {
	repo := newGitRepo(t)
	repo.write("train.py", "1\n")
	commit := repo.commit("first")
	spec := repo.spec(newRegistry(t), commit)
	remote := quick(t, nil, nil)
	image := mustBuild(t, standard(remote, repo), spec)
	env := pushEnvironment(t, spec.Repository, 2) // without gantline's labels
	conn, err := remote.open(t.Context(), spec.Repository)
	if err != nil {
		t.Fatal(err)
	}
	_, digest, _ := strings.Cut(env, "@")
	found, err := conn.manifest(t.Context(), conn.Digest(digest))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.put(t.Context(), "branch-main", found); err != nil {
		t.Fatal(err)
	}
	yes := func(context.Context, string) (string, error) { return "", nil }
	move, err := MoveTags(t.Context(), remote, image, []string{"branch-main"}, yes)
	if err != nil || move.Moved || move.Left == "" {
		t.Errorf("%+v, %v", move, err)
	}
	if at, err := Find(t.Context(), remote, spec.Repository, "branch-main"); at != digest || err != nil {
		t.Errorf("it moved to %s, %v", at, err)
	}
}

// TestBranchIsANeighbour: where no commit before has an image, layers are taken
// from the branch's.
func TestBranchIsANeighbour(t *testing.T) {
	repo := newGitRepo(t)
	repo.write("train.py", "1\n")
	first := repo.commit("first")
	spec := repo.spec(newRegistry(t), first)
	remote := quick(t, nil, nil)
	image := mustBuild(t, standard(remote, repo), spec)
	yes := func(context.Context, string) (string, error) { return "", nil }
	if _, err := MoveTags(t.Context(), remote, image, []string{BranchTag("main")}, yes); err != nil {
		t.Fatal(err)
	}
	second := repo.commit("unbuilt")
	repo.write("other.py", "2\n")
	third := repo.commit("third")
	spec = repo.spec(spec.Repository[:strings.Index(spec.Repository, "/")], third)
	for tag, reused := range map[string]bool{BranchTag("other"): false, BranchTag("main"): true} {
		spec.Neighbours = []string{second, tag}
		rebuilt := mustBuild(t, NewPublisher(quick(t, nil, nil), Options{Source: WholeTree(repo, nil)}), spec)
		if got := rebuilt.Manifests[0].Layers[0].Reused; got != reused {
			t.Errorf("%s: reused %v", tag, got)
		}
	}
}
