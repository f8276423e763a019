package workflows

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
)

// parsed is a flow that must be right, from the lines below its name.
func parsed(t *testing.T, body string) *Flow {
	t.Helper()
	src := "apiVersion: gantline.dev/v1\nkind: Flow\nname: f\n" + body
	flow, problems := Parse("f.yaml", []byte(src))
	if len(problems) > 0 {
		t.Fatalf("problems:\n%s", printed(problems))
	}
	return flow
}

func TestEffective(t *testing.T) {
	t.Parallel()
	flow := parsed(t, `
defaults:
  image: train
  env: {A: default, B: default}
  shell: [sh, -e]
  retry: {limit: 5}
  resources: {cpus: 4, memory: 8Gi}
steps:
  plain: {run: x}
  own: {run: x, image: eval, env: {B: own, C: own}, shell: bash, resources: {gpus: 1}}
  careful: {run: x, once: true}
on_exit:
  last: {run: x}
`)
	plain, own := flow.Effective("plain"), flow.Effective("own")
	if plain.Image.V != "train" || plain.Retry.Limit.V != 5 || plain.Resources.CPUs.V != "4" || len(plain.Shell) != 2 {
		t.Errorf("defaults are missing: %+v", plain)
	}
	if own.Image.V != "eval" || own.Resources.CPUs != nil || own.Resources.GPUs.V != 1 || own.Shell[0].V != "bash" {
		t.Errorf("a step's own fields are overridden: %+v", own)
	}
	var env []string
	for _, entry := range own.Env {
		env = append(env, entry.Key.V+"="+entry.V.V)
	}
	if diff := cmp.Diff([]string{"A=default", "B=own", "C=own"}, env); diff != "" {
		t.Errorf("env (-want +got):\n%s", diff)
	}
	if flow.Effective("careful").Retry != nil {
		t.Error("a step that is once: true has got a retry")
	}
	if flow.Effective("last").Image.V != "train" || flow.Effective("nothing") != nil {
		t.Error("steps of on_exit, or unknown ones, are wrong")
	}
	if step, _ := flow.Steps.Get("plain"); step.Image != nil {
		t.Error("the flow was changed")
	}
}

func TestTypeOf(t *testing.T) {
	t.Parallel()
	flow := parsed(t, `
params: {s: {default: x}, num: {type: int, default: 1}, j: {type: json, default: [1]}}
steps:
  one: {run: x, outputs: {text: {}, score: {type: float}}, artifacts: {out: {a: /a}}}
  each: {run: x, foreach: [a, b], outputs: {score: {type: float}}}
  mixed: {run: x, foreach: [1, b]}
  numbers: {run: x, foreach: [1, 2.5]}
  product: {run: x, foreach: {action: [a], seed: [1, 2], flag: [true], any: [{x: 1}]}}
  dynamic: {run: x, foreach: "${{ params.j }}"}
on_exit:
  last: {run: x, outputs: [o]}
`)
	for _, test := range []struct {
		step, ref string
		want      Type
	}{
		{"one", "params.s", StringType},
		{"one", "params.num", IntType},
		{"one", "params.j", JSONType},
		{"one", "params.nope", ""},
		{"each", "steps.one.outputs.text", StringType},
		{"each", "steps.one.outputs.score", FloatType},
		{"each", "steps.one.outputs.nope", ""},
		{"each", "steps.nope.outputs.score", ""},
		{"each", "steps.one.result", StringType},
		{"each", "steps.one.artifacts.a", StringType},
		{"each", "steps.each.artifacts.a", ""},
		{"one", "steps.each.outputs.score", ListType},
		{"one", "steps.last.outputs.o", StringType},
		{"one", "item", ""},
		{"each", "item", StringType},
		{"each", "item.action", ""},
		{"mixed", "item", JSONType},
		{"numbers", "item", FloatType},
		{"product", "item", JSONType},
		{"product", "item.action", StringType},
		{"product", "item.seed", IntType},
		{"product", "item.flag", BoolType},
		{"product", "item.any", JSONType},
		{"product", "item.nope", ""},
		{"dynamic", "item", JSONType},
		{"one", "run.name", StringType},
		{"one", "commit", StringType},
		{"one", "failure.exit_code", IntType},
		{"one", "failure.reason", StringType},
	} {
		step, _ := flow.Steps.Get(test.step)
		names := strings.Split(test.ref, ".")
		got, ok := flow.TypeOf(step, Ref{Root: names[0], Path: names[1:]})
		if got != test.want || ok != (test.want != "") {
			t.Errorf("%s seen from %s is %q, %v; want %q", test.ref, test.step, got, ok, test.want)
		}
	}
}

func TestRefs(t *testing.T) {
	t.Parallel()
	flow := parsed(t, `
params: {a: {default: x}, b: {type: json, default: []}, c: {default: x}, d: {default: x}, e: {default: x}, f: {default: x}, g: {default: x}}
steps:
  s:
    run: "echo ${{ params.a }} ${{ params.a }}"
    foreach: ${{ params.b }}
    if: params.c == "x"
    env: {E: "${{ params.d }}"}
    files: {/f: "${{ params.e }}"}
    links: {l: "https://example.com/${{ params.f }}"}
    on_failure: {run: [echo, "${{ params.g }}", "${{ failure.reason }}"]}
`)
	step, _ := flow.Steps.Get("s")
	var got []string
	for _, ref := range Refs(flow, step) {
		got = append(got, ref.String())
	}
	want := []string{"params.a", "params.a", "params.c", "params.b", "params.d", "params.e", "params.g", "failure.reason", "params.f"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refs (-want +got):\n%s", diff)
	}
}

// TestDocHasTheGrammar: the package comment shows the grammar that there is.
func TestDocHasTheGrammar(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(Grammar) {
		if !strings.Contains(string(doc), "//\t"+line) {
			t.Errorf("doc.go lacks %q", line)
		}
	}
}

func TestCheckTakesAnything(t *testing.T) {
	t.Parallel()
	if problems := Check(nil, Env{}); problems != nil {
		t.Errorf("problems of no flow: %v", problems)
	}
	if problems := CheckAll([]*Flow{nil, {}}, Env{}); diag.HasErrors(problems) {
		t.Errorf("problems of empty flows: %v", problems)
	}
}

// FuzzFlow: no file crashes the parser or a rule, positions stay in the file,
// and the same file gives the same problems.
func FuzzFlow(f *testing.F) {
	src, err := os.ReadFile("testdata/check/ok_everything.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(src)
	for _, body := range []string{"steps: {a: {run: x}}", "steps:\n  a:\n  b: 3\n", "steps: {a: {secrets: [1], volumes: [x]}}", "defaults:\nparams: {a}\nschedule: 1\non_exit: []\n", "steps: {a: {foreach: {x: }, retry: , after: {}}}"} {
		f.Add([]byte("apiVersion: gantline.dev/v1\nkind: Flow\nname: f\n" + body))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		problems := problemsOf("f.yaml", src)
		lines := len(regexp.MustCompile("[\n\r\u0085\u2028\u2029]").Split(string(src), -1)) + 1
		for _, problem := range problems {
			if problem.Line < 1 || problem.Column < 1 || problem.Line > lines {
				t.Errorf("position of %v in %q", problem, src)
			}
		}
		if diff := cmp.Diff(problems, problemsOf("f.yaml", src)); diff != "" {
			t.Errorf("problems differ:\n%s", diff)
		}
	})
}
