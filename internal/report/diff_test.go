package report

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/objdiff"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/streams"
)

func TestDiff(t *testing.T) {
	d := sampleDiff(t)
	golden(t, "diff.txt", written(t, func(w io.Writer) error { return DiffText(w, d, streams.Palette{}) }))
	golden(t, "diff-colour.txt", written(t, func(w io.Writer) error { return DiffText(w, d, streams.NewPalette(true)) }))
	golden(t, "diff.md", written(t, func(w io.Writer) error { return DiffMarkdown(w, d) }))
	golden(t, "diff.json", written(t, func(w io.Writer) error { return DiffJSON(w, d) }))
}

func TestDiffOfNothing(t *testing.T) {
	objects := sampleObjects(t, "base.yaml")
	d := Diff{Project: "agent", Base: Ref{Name: "main"}, Head: Ref{Name: "main"}, Changes: objdiff.Compare(objects, objects)}
	text := string(written(t, func(w io.Writer) error { return DiffText(w, d, streams.Palette{}) }))
	if want := "Workflows of agent: main → main\nNo workflow changes: 3 objects are the same on both sides.\n"; text != want {
		t.Error(cmp.Diff(want, text))
	}
	var document map[string]any
	if err := json.Unmarshal(written(t, func(w io.Writer) error { return DiffJSON(w, d) }), &document); err != nil {
		t.Fatal(err)
	}
	if flows, ok := document["flows"].([]any); !ok || len(flows) != 0 {
		t.Errorf("flows are %v, not an empty list", document["flows"])
	}
}

// manyChanges is a difference far larger than a comment may be.
func manyChanges(t *testing.T, objects, fields int, text string) Diff {
	t.Helper()
	side := func(value string) []kube.Object {
		var out []kube.Object
		for i := range objects {
			data := map[string]any{}
			for k := range fields {
				data[fmt.Sprintf("key-%d", k)] = value
			}
			object, err := kube.New(map[string]any{
				"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": fmt.Sprintf("object-%d", i)}, "data": data,
			}, "flow", diag.Position{})
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, object)
		}
		return out
	}
	return Diff{
		Project: "agent", Base: Ref{Name: "main"}, Head: Ref{Name: text},
		Changes: objdiff.Compare(side(text+"\nbefore"), side(text+"\nafter\n```\n~~~~\n")),
	}
}

var fenceLine = regexp.MustCompile("^ *(`{3,})")

func TestMarkdownKeepsItsLimit(t *testing.T) {
	for _, test := range []struct{ objects, fields int }{{1, 1}, {3, 50}, {40, 40}, {3, 600}, {1000, 1}} {
		for _, text := range []string{"plain", hostile, "größe モデル"} {
			d := manyChanges(t, test.objects, test.fields, text)
			got := diffMarkdown(d, MarkdownLimit)
			if len(got) > MarkdownLimit {
				t.Errorf("%d objects of %d fields: %d bytes", test.objects, test.fields, len(got))
			}
			checkMarkdown(t, got)
			if test.objects == 1000 && !strings.Contains(got, "more.") {
				t.Error("what is left out is not said")
			}
			if test.objects == 3 && test.fields == 600 && !strings.Contains(got, "3 objects are shortened") {
				t.Error("what is shortened is not said")
			}
		}
	}
}

// checkMarkdown holds that fences are closed by fences of their own length,
// and folds by their ends.
func checkMarkdown(t *testing.T, text string) {
	t.Helper()
	open := ""
	for line := range strings.SplitSeq(text, "\n") {
		match := fenceLine.FindStringSubmatch(line)
		switch {
		case open == "" && match != nil:
			open = match[1]
		case open != "" && match != nil && len(match[1]) >= len(open):
			open = ""
		case open == "" && strings.Contains(line, "<script>") && !strings.Contains(line, "`"):
			t.Errorf("markup of the repository stands raw: %s", line)
		}
	}
	if open != "" {
		t.Errorf("a fence stays open: %s", open)
	}
	if strings.Count(text, "<details>") != strings.Count(text, "</details>") {
		t.Error("a fold stays open")
	}
	if strings.ContainsAny(text, "\x1b\u202e\r") {
		t.Error("a control character got through")
	}
}

func FuzzCode(f *testing.F) {
	for _, seed := range []string{"a", "`", "``a`", " ", hostile, ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		span := code(text)
		ticks := len(span) - len(strings.TrimLeft(span, "`"))
		if strings.Contains(span, "\n") || ticks == 0 || !strings.HasSuffix(span, strings.Repeat("`", ticks)) {
			t.Fatalf("code(%q) = %q", text, span)
		}
		inner := span[ticks : len(span)-ticks]
		for run := range strings.FieldsFuncSeq(inner, func(r rune) bool { return r != '`' }) {
			if len(run) == ticks {
				t.Fatalf("code(%q) = %q ends early", text, span)
			}
		}
		if strings.HasPrefix(inner, "`") || strings.HasSuffix(inner, "`") {
			t.Fatalf("code(%q) = %q has ticks at its ends", text, span)
		}
	})
}

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"step eval added, after train": "step eval added, after train",
		"retries: 1 → 3":               "retries: 1 → 3",
		"runs at 0 2 * * *":            "`runs at 0 2 * * *`",
		"now uses secret @org/team":    "`now uses secret @org/team`",
		"see https://x.invalid":        "`see https://x.invalid`",
		"see www.x.invalid":            "`see www.x.invalid`",
		"fixes #12":                    "`fixes #12`",
		"<img src=x>":                  "`<img src=x>`",
		"[a](b)":                       "`[a](b)`",
	} {
		if got := plain(text); got != want {
			t.Errorf("plain(%q) = %s, want %s", text, got, want)
		}
	}
}

func TestUnified(t *testing.T) {
	var before, after strings.Builder
	for i := range 30 {
		fmt.Fprintf(&before, "line %d\n", i)
		if i == 10 || i == 25 {
			fmt.Fprintf(&after, "new %d\n", i)
			continue
		}
		fmt.Fprintf(&after, "line %d\n", i)
	}
	var got []string
	for _, line := range unified(before.String(), after.String()) {
		got = append(got, line.Sign()+line.Text)
	}
	want := []string{
		"@@ line 8 @@", " line 7", " line 8", " line 9", "-line 10", "+new 10", " line 11", " line 12", " line 13",
		"@@ line 23 @@", " line 22", " line 23", " line 24", "-line 25", "+new 25", " line 26", " line 27", " line 28",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if lines := unified("same\n", "same\n"); len(lines) != 0 {
		t.Errorf("equal texts differ: %v", lines)
	}
}

func TestRef(t *testing.T) {
	hash := "1a2b3c4d5e6f708192a3b4c5d6e7f80912345678"
	for _, test := range []struct {
		ref  Ref
		want string
	}{
		{Ref{Name: "main", Commit: hash}, "main (1a2b3c4d5e6f)"}, {Ref{Commit: hash}, "1a2b3c4d5e6f"},
		{Ref{Name: hash, Commit: hash}, "1a2b3c4d5e6f"}, {Ref{Name: "nothing"}, "nothing"},
	} {
		if got := test.ref.String(); got != test.want {
			t.Errorf("%+v is %s, want %s", test.ref, got, test.want)
		}
	}
}

func TestWhyThereIsNoBase(t *testing.T) {
	d := DiffOf("agent", "0.1.0", pipeline.Diff{Note: `nothing was deployed to "rendered" yet: everything is new`})
	var out strings.Builder
	if err := DiffText(&out, d, streams.Palette{}); err != nil {
		t.Fatal(err)
	}
	want := "Workflows of agent: nothing → \nNothing was deployed to \"rendered\" yet: everything is new.\n"
	if !strings.HasPrefix(out.String(), want) {
		t.Errorf("%q does not start with %q", out.String(), want)
	}
}
