package workflows

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
)

func TestParseText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"plain", "[plain]"},
		{"${{ params.model }}", "<params.model>"},
		{"${{params.model}}", "<params.model>"},
		{"a ${{ params.model }} b", "[a ]<params.model>[ b]"},
		{"${{ commit }}${{ image }}", "<commit><image>"},
		{"${{ steps.fine-tune.outputs.best_model }}", "<steps.fine-tune.outputs.best_model>"},
		{"${{ steps.a.result }}${{ steps.a.artifacts.x }}", "<steps.a.result><steps.a.artifacts.x>"},
		{"${{ item }} ${{ item.action }}", "<item>[ ]<item.action>"},
		{"${{\n  run.name\n}}", "<run.name>"},
		{"{{ argo }} $ { ${HOME} $((1)) }}", "[{{ argo }} $ { ${HOME} $((1)) }}]"},
		{"é${{ run.id }}", "[é]<run.id>"},
	} {
		segments, problems := ParseText(diag.Of(test.text))
		if len(problems) > 0 {
			t.Errorf("ParseText(%q): %v", test.text, problems)
		}
		if got := drawSegments(segments); got != test.want {
			t.Errorf("ParseText(%q) = %s, want %s", test.text, got, test.want)
		}
	}
}

func drawSegments(segments []Segment) string {
	var out strings.Builder
	for _, segment := range segments {
		if segment.Ref != nil {
			fmt.Fprintf(&out, "<%s>", segment.Ref)
		} else {
			fmt.Fprintf(&out, "[%s]", segment.Text)
		}
	}
	return out.String()
}

// TestParseTextReportsEveryExpression: a broken expression does not hide the
// next one.
func TestParseTextReportsEveryExpression(t *testing.T) {
	t.Parallel()
	segments, problems := ParseText(diag.Of("${{ a }} ${{ params.x }} ${{ params. }} ${{ oops ${{ run.name }} ${{"))
	var messages []string
	for _, problem := range problems {
		messages = append(messages, problem.Message)
	}
	want := []string{
		`unknown name "a"`, `expected a name after "params.", found "}}"`, `unknown name "oops"`,
		`expected a reference, found the end`,
	}
	if diff := cmp.Diff(want, messages); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if got := drawSegments(segments); !strings.Contains(got, "<params.x>") || !strings.Contains(got, "<run.name>") {
		t.Errorf("segments: %s", got)
	}
}

func TestParseCondition(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want string }{
		{`params.on`, `params.on`},
		{`true`, `true`},
		{`params.suite == "full"`, `(params.suite == "full")`},
		{`${{ params.suite == "full" }}`, `(params.suite == "full")`},
		{`${{ params.suite }} == 'full'`, `(params.suite == "full")`},
		{`params.a && params.b || params.c`, `((params.a && params.b) || params.c)`},
		{`params.a || params.b && params.c`, `(params.a || (params.b && params.c))`},
		{`(params.a || params.b) && params.c`, `((params.a || params.b) && params.c)`},
		{`!params.a && params.b`, `(!params.a && params.b)`},
		{`!(params.a && params.b)`, `!(params.a && params.b)`},
		{`!!params.a`, `!!params.a`},
		{`params.n >= -1.5e-3`, `(params.n >= -1.5e-3)`},
		{`3 < params.n`, `(3 < params.n)`},
		{`steps.fine-tune.result != "failed"`, `(steps.fine-tune.result != "failed")`},
		{`params.x == "a\"b\\c\n"`, `(params.x == "a\"b\\c\n")`},
		{`params.x == 'it is "so"'`, `(params.x == "it is \"so\"")`},
		{`params.x == "}}"`, `(params.x == "}}")`},
		{"params.a &&\n  params.b", `(params.a && params.b)`},
	} {
		condition, problems := ParseCondition(diag.Of(test.text))
		if len(problems) > 0 {
			t.Errorf("ParseCondition(%q): %v", test.text, problems)
			continue
		}
		if got := drawCondition(condition); got != test.want {
			t.Errorf("ParseCondition(%q) = %s, want %s", test.text, got, test.want)
		}
	}
}

// drawCondition writes a condition so that reading it gives the same again.
func drawCondition(c Cond) string {
	switch c := c.(type) {
	case And:
		return "(" + drawCondition(c.L) + " && " + drawCondition(c.R) + ")"
	case Or:
		return "(" + drawCondition(c.L) + " || " + drawCondition(c.R) + ")"
	case Not:
		return "!" + drawCondition(c.X)
	case Compare:
		return "(" + drawCondition(c.L) + " " + c.Op + " " + drawCondition(c.R) + ")"
	case Ref:
		return c.String()
	case Literal:
		if text, ok := c.Value.(string); ok {
			return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
		}
		return fmt.Sprint(c.Value)
	}
	return "?"
}

func TestConditionRefs(t *testing.T) {
	t.Parallel()
	condition, problems := ParseCondition(diag.Of(`params.a == 1 && !(steps.s.result == "failed" || params.b) && item != params.a`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, ref := range CondRefs(condition) {
		got = append(got, ref.String())
	}
	want := []string{"params.a", "steps.s.result", "params.b", "item", "params.a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("refs (-want +got):\n%s", diff)
	}
}

func TestDeepNestingIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("(", 100_000) + "params.a", strings.Repeat("!", 100_000) + "params.a"} {
		if _, problems := ParseCondition(diag.Of(text)); len(problems) != 1 || !strings.Contains(problems[0].Message, "too deep") {
			t.Errorf("problems: %v", problems)
		}
	}
}

// TestPositionsOfExpressions: an expression inside a string has the position
// that an editor shows, however the string is written.
func TestPositionsOfExpressions(t *testing.T) {
	t.Parallel()
	src := `apiVersion: gantline.dev/v1
kind: Flow
name: f
steps:
  plain: {run: "é ${{ params.a }}"}
  args:
    run: [x, '${{ params.b }}', "\t\"${{ params.c }}"]
  literal:
    run: |

      echo é ${{ params.d }}
        echo ${{ params.e }}
  folded:
    run: >-
      echo one
      ${{ params.f }} two
  broken: {run: x, if: "params.g == 'x' && params.h == 'y'"}
`
	flow, problems := Parse("f.yaml", []byte(src))
	if len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	got := map[string]string{}
	for _, entry := range flow.Steps {
		for _, ref := range Refs(flow, entry.V) {
			got[ref.Path[0]] = fmt.Sprintf("%d:%d", ref.Pos.Line, ref.Pos.Column)
		}
	}
	want := map[string]string{}
	for i, line := range strings.Split(src, "\n") {
		for _, name := range strings.Split("abcdefgh", "") {
			if before, _, found := strings.Cut(line, "params."+name); found {
				want[name] = fmt.Sprintf("%d:%d", i+1, len([]rune(before))+1)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("positions (-want +got):\n%s", diff)
	}
}

// FuzzCondition: no text crashes the parser, and what it reads it reads again
// the same from its own drawing.
func FuzzCondition(f *testing.F) {
	for _, seed := range []string{`params.a == "x"`, `!(a && b)`, `${{ params.a }} < 1e5`, `"`, `((`, `params.a == 'b' || item.c`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		condition, problems := ParseCondition(diag.Of(text))
		if len(problems) > 0 {
			return
		}
		drawn := drawCondition(condition)
		again, problems := ParseCondition(diag.Of(drawn))
		if len(problems) > 0 {
			t.Fatalf("%q was drawn as %q: %v", text, drawn, problems)
		}
		if drawCondition(again) != drawn {
			t.Errorf("%q became %q, then %q", text, drawn, drawCondition(again))
		}
	})
}

// FuzzText: the segments of a string put together are the string.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"a ${{ params.b }} c", "${{", "${{ }}", "}}${{ item }}", "${{ steps.a.outputs.b }}${{ x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		segments, problems := ParseText(diag.Of(text))
		var back strings.Builder
		for _, segment := range segments {
			if segment.Ref != nil {
				back.WriteString("${{" + segment.Ref.String() + "}}")
			} else {
				back.WriteString(segment.Text)
			}
		}
		again, more := ParseText(diag.Of(back.String()))
		if len(problems) == 0 && (len(more) > 0 || drawSegments(again) != drawSegments(segments)) {
			t.Errorf("%q became %q: %v", text, back.String(), more)
		}
	})
}

func TestLiteralValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{`"s"`: "s", "true": true, "1e-5": json.Number("1e-5"), "-3": json.Number("-3")} {
		condition, problems := ParseCondition(diag.Of("params.a == " + text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := condition.(Compare).R.(Literal).Value; got != want {
			t.Errorf("%s is %#v, want %#v", text, got, want)
		}
	}
}
