package workflows

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
)

var update = flag.Bool("update", false, "write goldens instead of comparing")

// project is what the flows in testdata are checked against.
var project = Env{
	Project: "agent",
	Images:  []string{"train", "eval"}, DefaultImage: "train",
	Queues: []string{"gpu", "research"}, SlurmProfiles: []string{"default", "big"},
	Flows: []string{"imported", "release-candidate"},
}

// TestGoldens checks each testdata/check/x.yaml and compares the problems with
// x.out. A bug report becomes a test by adding a file. A file without problems
// has an empty x.out.
func TestGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/check/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, strings.TrimSuffix(file, ".yaml")+".out", printed(problemsOf(filepath.Base(file), src)))
		})
	}
}

// TestRepositories checks the flows of each folder of testdata/repository
// together.
func TestRepositories(t *testing.T) {
	folders, err := filepath.Glob("testdata/repository/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			var flows []*Flow
			var problems []diag.Problem
			for _, file := range files {
				src, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				flow, found := Parse(filepath.Base(file), src)
				flows, problems = append(flows, flow), append(problems, found...)
			}
			problems = append(problems, CheckAll(flows, project)...)
			compare(t, filepath.Join(folder, "problems.out"), printed(diag.Sorted(problems)))
		})
	}
}

// TestBigExample: the example of the design has no errors.
func TestBigExample(t *testing.T) {
	src, err := os.ReadFile("testdata/check/ok_everything.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if problems := problemsOf("flow.yaml", src); diag.HasErrors(problems) {
		t.Errorf("problems:\n%s", printed(problems))
	}
}

// problemsOf is every problem of one file, as `gantline check` has them.
func problemsOf(file string, src []byte) []diag.Problem {
	flow, problems := Parse(file, src)
	return diag.Sorted(append(problems, CheckAll([]*Flow{flow}, project)...))
}

func printed(problems []diag.Problem) string {
	var out strings.Builder
	for _, problem := range problems {
		out.WriteString(problem.String() + "\n")
	}
	return out.String()
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; write it with -update):\n%s", golden, diff)
	}
}

// TestEveryRuleHasACase keeps the goldens complete: a rule that none of them
// shows is not tested.
func TestEveryRuleHasACase(t *testing.T) {
	goldens, err := filepath.Glob("testdata/*/*.out")
	more, moreErr := filepath.Glob("testdata/*/*/*.out")
	if err := errors.Join(err, moreErr); err != nil {
		t.Fatal(err)
	}
	goldens = append(goldens, more...)
	var all strings.Builder
	for _, golden := range goldens {
		text, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	for _, rule := range Rules() {
		ours := !slices.ContainsFunc(renderRules(), func(r Rule) bool { return r.Name == rule.Name })
		if ours && !strings.Contains(all.String(), "["+rule.Name+"]") {
			t.Errorf("no golden shows rule %q", rule.Name)
		}
		if rule.Doc == "" {
			t.Errorf("rule %q has no explanation", rule.Name)
		}
	}
}

// TestLargeFlows: checks of what a cluster would never take end soon, and of
// thousands of steps they say only that.
func TestLargeFlows(t *testing.T) {
	t.Parallel()
	const head = "apiVersion: gantline.dev/v1\nkind: Flow\nname: f\n"
	var chain, dense strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&chain, "  s%d: {run: x, after: [nothing]}\n", i)
	}
	for i := range 195 {
		var after []string
		for j := range i {
			after = append(after, fmt.Sprintf("{step: s%d, allow: [failed, skipped]}", j))
		}
		fmt.Fprintf(&dense, "  s%d: {run: x, after: [%s]}\n", i, strings.Join(after, ", "))
	}
	var terms []string
	for i := range 2500 {
		terms = append(terms, fmt.Sprintf("(params.a == 'x' && params.p == '%d')", i))
	}
	cases := map[string]struct {
		src  string
		want int
	}{
		"steps":     {head + "steps:\n" + chain.String(), 1},
		"edges":     {head + "steps:\n" + dense.String(), 0},
		"condition": {head + "params: {p: {default: x}, a: {enum: [x, z], default: x}}\nsteps:\n  a: {run: x, if: \"" + strings.Join(terms, " || ") + "\"}\n", 0},
	}
	for name, test := range cases {
		start := time.Now()
		f, problems := Parse("f.yaml", []byte(test.src))
		problems = append(problems, Check(f, Env{})...)
		if len(problems) != test.want {
			t.Errorf("%s: %d problems, want %d: %.300v", name, len(problems), test.want, problems)
		}
		// Not how fast it is: what grows with the square of this never ends.
		if spent := time.Since(start); spent > 5*time.Minute {
			t.Errorf("%s: took %s", name, spent)
		}
	}
}
