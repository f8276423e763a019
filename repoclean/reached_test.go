package repoclean

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/gitrepo/repotest"
	"gantline.dev/gantline/repoclean/reach"
)

const nightly = "kind: Flow\nsteps:\n  train:\n    run: [python, train.py]\n"

// program is a repository whose flow runs one program.
func program(t *testing.T) *repotest.History {
	return repotest.New(t).Commit("main", "Ada", "program",
		repotest.Put("workflows/nightly.yaml", nightly),
		repotest.Put("train.py", "import agent.model\nopen('assets/a.model')\n"),
		repotest.Put("agent/__init__.py", ""), repotest.Put("agent/model.py", "x = 1\n"),
		repotest.Put("agent/dead.py", "import agent.deader\n"), repotest.Put("agent/deader.py", "y = 1\n"),
		repotest.Put("agent/old.py", "z = 1\n"), repotest.Put("tests/test_old.py", "import agent.old\n"),
		repotest.Put("tools/record.py", "if __name__ == '__main__':\n    pass\n"),
		repotest.Put("docs/conf.py", "w = 1\n"), repotest.Put("assets/a.model", repotest.Pointer('a', 500)),
		repotest.PutMode("120000", "alias.py", "agent/dead.py"),
	)
}

func programPolicy(t *testing.T, python Python, exclude ...string) Policy {
	return Policy{
		Exclude: patterns(t, append([]string{"/workflows/*.yaml", "docs/"}, exclude...)...),
		MaxFile: 1000, Python: python, Runs: []reach.Text{{Path: "workflows/nightly.yaml", Text: []byte(nightly)}},
	}
}

// pythonOf is what became of the Python files.
func pythonOf(c Context) map[string]string {
	got := map[string]string{}
	for _, v := range c.Files {
		if strings.HasSuffix(v.Path, ".py") {
			got[v.Path] = fmt.Sprintf("%s %s", v.Reason, v.Reach)
		}
	}
	return got
}

func TestSelectDropsWhatNothingReaches(t *testing.T) {
	kept := map[string]string{
		"train.py": "included run", "agent/__init__.py": "included run", "agent/model.py": "included run",
		"agent/old.py": "included test", "tests/test_old.py": "included test", "tools/record.py": "included script", "docs/conf.py": "pattern ",
	}
	dead := []string{"agent/dead.py", "agent/deader.py", "alias.py"}
	for name, tt := range map[string]struct {
		policy Policy
		dead   string
	}{
		"report":             {programPolicy(t, Report), "included unreached"},
		"drop":               {programPolicy(t, Drop), "unreachable-python unreached"},
		"drop, named":        {programPolicy(t, Drop, "!/agent/dead.py", "!alias.*"), "included run"},
		"drop, by directory": {programPolicy(t, Drop, "!agent/", "!*.x"), "unreachable-python unreached"},
	} {
		t.Run(name, func(t *testing.T) {
			c := selected(t, program(t), tt.policy)
			want := map[string]string{}
			for path, verdict := range kept {
				want[path] = verdict
			}
			for _, path := range dead {
				want[path] = tt.dead
			}
			if diff := cmp.Diff(want, pythonOf(c)); diff != "" {
				t.Error(diff)
			}
			for _, v := range c.Files {
				if v.Reach != "" && v.Reach != reach.Unreached && len(v.Because) == 0 {
					t.Errorf("%s is reached, but nothing says why", v.Path)
				}
				if v.Reason == UnreachablePython && (v.Included || v.Rule != "context.unreachable_python") {
					t.Errorf("%+v", v)
				}
			}
			if c.Reach[reach.Test].Files != 2 || c.Reach[reach.Script].Files != 1 {
				t.Errorf("sums %+v", c.Reach)
			}
		})
	}
}

// TestSelectNamesWantedPointers: an LFS file that stays out says who names it.
func TestSelectNamesWantedPointers(t *testing.T) {
	c := selected(t, program(t), programPolicy(t, Report))
	v, _ := c.Why("assets/a.model")
	if len(v.Because) == 0 || v.Because[len(v.Because)-1].Path != "train.py" || v.Reason != LFSPointer {
		t.Errorf("%+v", v)
	}
}

// TestNobodyLooks: without the question there is no answer, and nothing is
// read for it.
func TestNobodyLooks(t *testing.T) {
	policy := programPolicy(t, Unasked)
	tree, err := ReadTree(t.Context(), program(t).Open(), "main", policy)
	if err != nil {
		t.Fatal(err)
	}
	c := Select(tree, policy)
	if tree.Texts != nil || c.Reach != nil {
		t.Errorf("texts %d, reach %v", len(tree.Texts), c.Reach)
	}
	for _, v := range c.Files {
		if v.Reach != "" || v.Because != nil {
			t.Errorf("%+v", v)
		}
	}
}
