package diag_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/internal/diag"
)

// TestAt: wherever a word stands inside a scalar, and however the scalar is
// written, At finds the place of the word in the file.
func TestAt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, src string }{
		{"plain", "a: one WORD two\n"},
		{"plain, not ASCII", "é: ünö WORD two\n"},
		{"plain over lines", "a: one\n  two WORD\n"},
		{"plain over lines, word first", "a: one\n  WORD two\n"},
		{"single quotes", "a: 'one WORD'\n"},
		{"single quotes with quotes", "a: 'it''s ''one'' WORD'\n"},
		{"single quotes over lines", "a: 'one\n  two WORD'\n"},
		{"double quotes", "a: \"one WORD\"\n"},
		{"double quotes with escapes", `a: "\t\x41\u00e9\U0001f600\"\\ WORD"` + "\n"},
		{"double quotes over lines", "a: \"one\n  two WORD\"\n"},
		{"double quotes with a line break escaped", "a: \"one \\\n  two WORD\"\n"},
		{"literal", "a: |\n  one\n  two WORD\n"},
		{"literal, indented deeper", "a: |\n    one\n      two WORD\n"},
		{"literal, first line deeper", "a: |2\n      one\n  two WORD\n"},
		{"literal, blank lines first", "a: |\n\n\n  one\n\n  two WORD\n"},
		{"literal, stripped", "a: |-\n  one WORD"},
		{"literal, not ASCII", "a: |\n  é ü WORD\n"},
		{"literal with a comment", "a: | # why\n  one WORD\n"},
		{"literal, tabs inside", "a: |\n  one\tWORD\n"},
		{"folded", "a: >\n  one\n  two WORD\n"},
		{"folded, stripped, blank lines", "a: >-\n  one\n\n\n  two WORD three\n"},
		{"in a list", "- x\n- one WORD\n"},
		{"in a flow list", "[x, 'one WORD']\n"},
		{"in a nested mapping", "a:\n  b:\n    c: |\n      WORD\n"},
		{"windows lines", "a: |\r\n  one\r\n  two WORD\r\n"},
		{"after a byte order mark", "\xef\xbb\xbfa: one WORD\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			node, problems := diag.Parse("f.yaml", []byte(test.src))
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			scalar := find(node)
			if scalar == nil {
				t.Fatal("no scalar holds the word")
			}
			value := diag.Value[string]{V: scalar.Text, Pos: scalar.Pos, Node: scalar}
			got, want := value.At(strings.Index(scalar.Text, "WORD")), placeOf(test.src)
			if got != want {
				t.Errorf("WORD of %q is at %v, want %v", scalar.Text, got, want)
			}
		})
	}
}

// find is the scalar that holds the word.
func find(n *diag.Node) *diag.Node {
	if strings.Contains(n.Text, "WORD") {
		return n
	}
	for _, item := range n.Items {
		if found := find(item); found != nil {
			return found
		}
	}
	for _, pair := range n.Pairs {
		if found := find(pair.Value); found != nil {
			return found
		}
	}
	return nil
}

func placeOf(src string) diag.Position {
	src = strings.TrimPrefix(src, "\xef\xbb\xbf")
	before, _, _ := strings.Cut(src, "WORD")
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return diag.Position{File: "f.yaml", Line: strings.Count(before, "\n") + 1, Column: len([]rune(line)) + 1}
}

// TestPositionsOfRepeatedWords: in folded text the nth of equal words is found.
func TestPositionsOfRepeatedWords(t *testing.T) {
	t.Parallel()
	src := "a: >\n  x x\n  x\n"
	node, problems := diag.Parse("f.yaml", []byte(src))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	scalar := node.Get("a")
	for i, want := range []string{"f.yaml:2:3", "f.yaml:2:5", "f.yaml:3:3"} {
		if got := scalar.At(2 * i).String(); got != want {
			t.Errorf("x number %d is at %s, want %s", i, got, want)
		}
	}
}

// TestLongLines: what stands on one endless line is read in the time of a look
// at it, and its positions stay in the file.
func TestLongLines(t *testing.T) {
	t.Parallel()
	start := time.Now()
	text := strings.Repeat("x ", 50_000)
	src := "a: \"" + text + "\"\nb: [" + strings.Repeat("1,", 150_000) + "WORD]\n"
	node, problems := diag.Parse("f.yaml", []byte(src))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	scalar := node.Get("a")
	for offset := 0; offset < len(text); offset += 2 {
		if got := scalar.At(offset); got != scalar.Pos {
			t.Fatalf("word at %d is at %s, want the start of so long a text", offset, got)
		}
	}
	items := node.Get("b").Items
	if got, want := items[len(items)-1].Pos, (diag.Position{File: "f.yaml", Line: 2, Column: 300_005}); got != want {
		t.Errorf("last of the list is at %s, want %s", got, want)
	}
	if spent := time.Since(start); spent > 10*time.Second {
		t.Errorf("took %s", spent)
	}
}

// TestTooManyKeys: a mapping of thousands is refused at its place.
func TestTooManyKeys(t *testing.T) {
	t.Parallel()
	var src strings.Builder
	src.WriteString("a: 1\nsteps:\n")
	for i := range 2001 {
		fmt.Fprintf(&src, "  s%d: 1\n", i)
	}
	_, problems := diag.Parse("f.yaml", []byte(src.String()))
	if want := "f.yaml:3:3: mapping has 2001 keys; at most 2000 are read [yaml]"; len(problems) != 1 || problems[0].String() != want {
		t.Errorf("problems %v, want %s", problems, want)
	}
}

func TestProblemString(t *testing.T) {
	t.Parallel()
	at := diag.Position{File: "f.yaml", Line: 3, Column: 4}
	for want, problem := range map[string]diag.Problem{
		"f.yaml:3:4: bad 1 [r]":          diag.Errorf(at, "r", "bad %d", 1),
		"f.yaml:3:4: warning: odd [r]":   diag.Warnf(at, "r", "odd"),
		"f.yaml:3:4: bad [r]\n  do this": diag.Errorf(at, "r", "bad").WithHint("do %s", "this"),
		"f.yaml: bad [r]":                diag.Errorf(diag.Position{File: "f.yaml"}, "r", "bad"),
	} {
		if got := problem.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestSortedKeepsEachOnce(t *testing.T) {
	t.Parallel()
	at := func(line int) diag.Position { return diag.Position{File: "f", Line: line, Column: 1} }
	got := diag.Sorted([]diag.Problem{diag.Errorf(at(2), "r", "b"), diag.Errorf(at(1), "r", "a"), diag.Errorf(at(2), "r", "b")})
	if len(got) != 2 || got[0].Line != 1 || !diag.HasErrors(got) || diag.HasErrors([]diag.Problem{diag.Warnf(at(1), "r", "w")}) {
		t.Errorf("got %v", got)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, want string }{
		{"trian", "train"}, {"Train", "train"}, {"evl", "eval"}, {"evaluate", ""}, {"x", ""}, {"", ""}, {strings.Repeat("train", 100_000), ""},
	} {
		if got, ok := diag.Nearest(test.name, []string{"train", "eval", "report", "y"}); got != test.want || ok != (test.want != "") {
			t.Errorf("Nearest(%q) = %q, %v; want %q", test.name, got, ok, test.want)
		}
	}
}
