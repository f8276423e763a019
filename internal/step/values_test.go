package step_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/wire"
)

// nasty holds what shells, YAML, Argo, Kubernetes and JSON each misread.
func nasty() []string {
	return []string{
		"", " ", "plain", "two  words", `"`, "'", "`id`", `\`, `\\`, `\n`, "\n", "line\nline\n", "\r\n\t",
		"{{workflow.name}}", "{{=1+1}}", "{{{{", "}}}}", "$HOME", "$(TOKEN)", "$$", "$", "${X}", "%s%n", "*", "~", "-n", "--",
		`{"a":[1,{"b":"}}"}]}`, "true", "null", "1e-5", "é漢字🙂\u2028\u0085", "\x01\x1b[31m\x7f", "a=b", "<>&|;#!", strings.Repeat("long ", 10000),
	}
}

func self(t *testing.T) string {
	t.Helper()
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func encode(t *testing.T, value any) string {
	t.Helper()
	encoded, err := wire.Encode(value)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func printed(t *testing.T, e ended) []string {
	t.Helper()
	e.want(t, 0, "")
	var got []string
	if err := json.Unmarshal([]byte(e.stdout), &got); err != nil {
		t.Fatalf("reading what the program printed: %v\n%s", err, e.stdout)
	}
	return got
}

func TestArgumentsArriveExactly(t *testing.T) {
	spec := wire.Spec{Args: []wire.Text{{{Lit: self(t)}}, {{Lit: printArgs}}}}
	var env, want []string
	for i, value := range nasty() {
		key := "p" + string(rune('A'+i))
		env = append(env, wire.InputPrefix+key+"="+encode(t, value))
		spec.Args = append(spec.Args, wire.Text{{Lit: value}}, wire.Text{{In: key}}, wire.Text{{Lit: "--x="}, {In: key}, {Lit: value}})
		want = append(want, value, value, "--x="+value+value)
	}
	s := newShim(t, spec)
	s.env = append(s.env, env...)
	if diff := cmp.Diff(want, printed(t, s.run())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestVariablesArriveExactly(t *testing.T) {
	for _, value := range nasty() {
		s := newShim(t, wire.Spec{
			Args: []wire.Text{{{Lit: self(t)}}, {{Lit: printVar}}, {{Lit: "V"}}},
			Env:  []wire.Var{{Name: "V", Value: wire.Text{{Lit: "old"}}}, {Name: "V", Value: wire.Text{{In: "v"}}}},
		})
		s.env = append(s.env, "V=container's", wire.InputPrefix+"v="+encode(t, value))
		if diff := cmp.Diff([]string{value}, printed(t, s.run())); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestScriptArrivesExactly(t *testing.T) {
	spec := script(`cat <<'END'`, "{{workflow.name}} $(x) $$ \"'\\ é🙂", "", "END", `printf '%s|' "$V" "$#" "$0"`)
	spec.Env = []wire.Var{{Name: "V", Value: wire.Text{{In: "v"}}}}
	s := newShim(t, spec)
	s.env = append(s.env, wire.InputPrefix+`v="$(touch injected)\n"`)
	e := s.run()
	e.want(t, 0, "")
	want := "{{workflow.name}} $(x) $$ \"'\\ é🙂\n\n$(touch injected)\n|0|bash|"
	if diff := cmp.Diff(want, e.stdout); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, err := os.Stat(s.file("injected")); err == nil {
		t.Error("a value ran as a command")
	}
}

func TestItemsAndJoins(t *testing.T) {
	part := func(p wire.Part) wire.Text { return wire.Text{p} }
	s := newShim(t, wire.Spec{Args: []wire.Text{
		{{Lit: self(t)}}, {{Lit: printArgs}},
		part(wire.Part{In: "items", At: "i"}),
		part(wire.Part{In: "products", At: "i", Path: []string{"action"}}),
		part(wire.Part{In: "scores", Join: true}),
	}})
	s.env = append(s.env,
		wire.InputPrefix+"items="+encode(t, []string{"click", "{{type}}\n"}),
		wire.InputPrefix+"products="+encode(t, []any{nil, map[string]any{"action": "$(go)", "seed": 1}}),
		wire.InputPrefix+"i=1",
		wire.InputPrefix+"scores="+encode(t, []string{encode(t, 0.5), "null", encode(t, "{{x}}")}),
	)
	want := []string{"{{type}}\n", "$(go)", `[0.5,null,"{{x}}"]`}
	if diff := cmp.Diff(want, printed(t, s.run())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestEnvironment(t *testing.T) {
	spec := script("env | sort")
	spec.Env = []wire.Var{{Name: "ADDED", Value: wire.Text{{Lit: "1"}}}, {Name: wire.OutputsVar, Value: wire.Text{{Lit: "/elsewhere"}}}}
	s := newShim(t, spec)
	s.env = append(s.env, "KEPT=1", wire.InputPrefix+"secret=1", wire.RetriesVar+"=2")
	e := s.run()
	e.want(t, 0, "")
	for _, want := range []string{"ADDED=1\n", "KEPT=1\n", wire.RetriesVar + "=2\n", wire.OutputsVar + "=" + s.file("outputs") + "\n"} {
		if !strings.Contains(e.stdout, want) {
			t.Errorf("the environment has no %q:\n%s", want, e.stdout)
		}
	}
	if strings.Contains(e.stdout, wire.InputPrefix) {
		t.Errorf("the environment holds inputs:\n%s", e.stdout)
	}
}

func TestStandardInputIsTheProcesses(t *testing.T) {
	s := newShim(t, script("cat"))
	cmd := s.command()
	cmd.Stdin = strings.NewReader("from outside\n")
	out, err := cmd.Output()
	if err != nil || string(out) != "from outside\n" {
		t.Errorf("got %q and error %v", out, err)
	}
}

func TestLargestValues(t *testing.T) {
	args := []wire.Text{{{Lit: self(t)}}, {{Lit: printArgs}}, {{In: "v"}}}
	largest := strings.Repeat("x", wire.MaxValueBytes-2)
	s := newShim(t, wire.Spec{Args: args})
	s.env = append(s.env, wire.InputPrefix+"v="+encode(t, largest))
	if got := printed(t, s.run()); got[0] != largest {
		t.Errorf("%d bytes arrived as %d", len(largest), len(got[0]))
	}

	s = newShim(t, wire.Spec{Args: append(args, wire.Text{{In: "v"}, {In: "v"}})})
	s.env = append(s.env, wire.InputPrefix+"v="+encode(t, largest))
	s.run().want(t, 125, wire.CauseStart, "making argument 3", "260092 bytes", "takes at most 131071")
}
