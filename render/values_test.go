package render_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/wire"
	"gantline.dev/gantline/render"
)

// nasty is text that something on the way would interpret, were it raw.
func nasty() []string {
	return []string{
		"", " ", "plain", "{{workflow.name}}", "{{=1+1}}", "{{", "}}", "{{{", "}}}", "{", "}", "${{", "$(HOME)", "$$", "$", "$$(X)",
		`"`, `\`, `\\`, `'`, "`id`", "a\nb\n", "\t\r", "\x01\x1b\x7f", `\u003c`, `\\u003c{{x}}`, "<&>", "é ü 漢字", "🚀", "\u2028\u2029",
		`{"a":{"b":{}}}`, "[[{}]]", "null", "true", "5", "1e-5", "--flag", "-n", "item", "{{item}}", "tasks['x']", "{{inputs.parameters.items}}",
		`\u007b\u007b`, "${HOME}", "; rm -rf /", "%s%d", "#{x}", "?? 'x'", "lastRetry.exitCode",
	}
}

func randomText(rng *rand.Rand) string {
	words := nasty()
	var out strings.Builder
	for range rng.IntN(5) {
		if rng.IntN(3) == 0 {
			out.WriteRune(rune(1 + rng.IntN(0x2ff)))
			continue
		}
		out.WriteString(words[rng.IntN(len(words))])
	}
	return out.String()
}

// yamlText is the text as a YAML value in which our own expressions are not
// there.
func yamlText(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	var out strings.Builder
	for _, r := range string(quoted) {
		if r >= 0x7f && r <= 0xffff {
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// TestValuesArriveExactly is the promise of the language: whatever a value is,
// the process sees just that, however it travels; and nothing of it is
// anywhere in the objects where Argo or Kubernetes would act on it.
func TestValuesArriveExactly(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	values := nasty()
	for range 60 {
		values = append(values, randomText(rng))
	}
	for i, value := range values {
		if strings.Contains(value, "${{") {
			continue // an expression of ours
		}
		other := values[(i*7+3)%len(values)]
		if strings.Contains(other, "${{") {
			other = "x"
		}
		testValue(t, value, other)
	}
}

func testValue(t *testing.T, value, other string) {
	t.Helper()
	src := fmt.Sprintf(`
apiVersion: gantline.dev/v1
kind: Flow
name: values
params:
  p: {default: %[1]s}
  list: {type: json, default: [%[1]s, %[2]s]}
steps:
  first:
    run: [first, %[1]s, "${{ params.p }}", "a${{ params.p }}b${{ params.p }}"]
    env: {LITERAL: %[1]s, PARAM: "<${{ params.p }}>"}
    outputs: {o: {default: %[2]s}, j: {type: json}}
  each:
    after: first
    foreach: [%[1]s, %[2]s]
    run: [each, "${{ item }}", "${{ steps.first.outputs.o }}"]
    outputs: {s: {}, j: {type: json}}
  by-param:
    foreach: ${{ params.list }}
    if: item != "never"
    run: [each, "${{ item }}"]
  by-output:
    after: first
    foreach: ${{ steps.first.outputs.j }}
    if: item == params.p
    run: [each, "${{ item }}"]
  last:
    after: each
    run: [last, "${{ steps.each.outputs.s }}", "${{ steps.each.outputs.j }}", "${{ steps.first.outputs.j }}"]
`, yamlText(value), yamlText(other))
	flow := parse(t, "workflows/values.yaml", src)
	objects, problems := render.Argo(flow, pins(), options())
	if len(problems) > 0 {
		t.Fatalf("%q: %v", value, problems)
	}
	checkInert(t, objects)
	a := newArgo(t, objects, nil)
	object := map[string]any{"k": value, value: []any{other}}
	a.outputs = func(step string, index int) map[string]string {
		text := map[string]string{}
		switch step {
		case "first":
			text = map[string]string{"o": encode(t, value), "j": encode(t, []any{value, other})}
		case "each":
			text = map[string]string{"s": encode(t, fmt.Sprint(index, value)), "j": encode(t, object)}
		}
		return text
	}
	if end := a.run(); end.phase != "Succeeded" {
		t.Fatalf("%q: the run ended %s", value, end.phase)
	}
	want := [][]string{
		{"first", value, value, "a" + value + "b" + value},
		{"each", value, value}, {"each", other, value},
		{"each", value}, {"each", other},
		{"each", value},
	}
	if value == other {
		want = append(want, []string{"each", other})
	}
	if len(a.pods) != len(want)+1 {
		t.Fatalf("%q: %d pods started, expected %d", value, len(a.pods), len(want)+1)
	}
	for i, expected := range want {
		args, env := a.pods[i].process(t)
		if diff := cmp.Diff(expected, args); diff != "" {
			t.Errorf("%q: step %s sees other arguments (-want +got):\n%s", value, a.pods[i].step, diff)
		}
		if i == 0 && !slices.Equal(env, []string{"LITERAL=" + value, "PARAM=<" + value + ">"}) {
			t.Errorf("%q: environment is %q", value, env)
		}
	}
	args, _ := a.pods[len(want)].process(t)
	checkJSON(t, args[1], []any{fmt.Sprint(0, value), fmt.Sprint(1, value)})
	checkJSON(t, args[2], []any{object, object})
	checkJSON(t, args[3], []any{value, other})
}

func encode(t testing.TB, value any) string {
	t.Helper()
	text, err := wire.Encode(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func checkJSON(t *testing.T, text string, want any) {
	t.Helper()
	var got any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Errorf("%q is not JSON: %v", text, err)
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("other JSON (-want +got):\n%s", diff)
	}
}

// ours is every form of tag that render writes.
var ours = []string{"{{workflow.", "{{inputs.parameters.", "{{tasks.", "{{item}}", "{{retries}}", "{{="}

// checkInert fails on any string of the objects that holds a tag that is not
// ours, a tag within a tag, or what Kubernetes expands.
func checkInert(t *testing.T, objects []kube.Object) {
	t.Helper()
	for _, object := range objects {
		tree, err := object.Tree()
		if err != nil {
			t.Fatal(err)
		}
		walk(tree["spec"], func(text string) {
			for at := range text {
				if r := text[at]; r < 0x20 || r > 0x7e {
					t.Errorf("%s: %q holds %q", object.ID, text, r)
					return
				}
			}
			if strings.Contains(text, "$(") || strings.Contains(text, "$$") {
				t.Errorf("%s: Kubernetes would expand %q", object.ID, text)
			}
			checkTags(t, text)
		})
	}
}

func checkTags(t *testing.T, text string) {
	t.Helper()
	for rest := text; ; {
		before, after, found := strings.Cut(rest, "{{")
		if strings.Contains(before, "}}") {
			t.Errorf("%q ends a tag that does not begin", text)
		}
		if !found {
			return
		}
		if !slices.ContainsFunc(ours, func(form string) bool { return strings.HasPrefix("{{"+after, form) }) {
			t.Errorf("%q holds a tag that is not ours", text)
		}
		tag, behind, closed := strings.Cut(after, "}}")
		if !closed || strings.Contains(tag, "{{") {
			t.Errorf("%q holds a tag that is not closed", text)
			return
		}
		rest = behind
	}
}

func walk(value any, visit func(string)) {
	switch value := value.(type) {
	case string:
		visit(value)
	case []any:
		for _, item := range value {
			walk(item, visit)
		}
	case map[string]any:
		for key, item := range value {
			visit(key)
			walk(item, visit)
		}
	}
}

// FuzzValues looks for a value that does not arrive.
func FuzzValues(f *testing.F) {
	for i, value := range nasty() {
		f.Add(value, nasty()[(i*5+1)%len(nasty())])
	}
	f.Fuzz(func(t *testing.T, value, other string) {
		for _, text := range []string{value, other} {
			if !utf8.ValidString(text) || strings.Contains(text, "${{") || strings.Contains(text, "\x00") || len(text) > 1000 {
				t.Skip("no text of a YAML file, or an expression of ours, or what no process can be given")
			}
		}
		testValue(t, value, other)
	})
}
