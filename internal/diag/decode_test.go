package diag_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
)

// job has a field of each sort that Decode reads.
type job struct {
	Pos     diag.Position
	Name    diag.Value[string]            `yaml:"name" required:"true"`
	Count   *diag.Value[int]              `yaml:"count"`
	Rate    *diag.Value[float64]          `yaml:"rate"`
	Loud    *diag.Value[bool]             `yaml:"loud"`
	Mode    *diag.Value[string]           `yaml:"mode" enum:"fast,slow"`
	Wait    *diag.Value[diag.Duration]    `yaml:"wait"`
	Size    *diag.Value[diag.Size]        `yaml:"size"`
	Tags    []diag.Value[string]          `yaml:"tags,single"`
	Args    []diag.Value[string]          `yaml:"args"`
	Inner   *job                          `yaml:"inner"`
	Byname  diag.Dict[diag.Value[string]] `yaml:"byname"`
	Future  *diag.Value[string]           `yaml:"future" later:"time travel"`
	Ignored string
}

func TestDecodeValues(t *testing.T) {
	t.Parallel()
	var got job
	problems := diag.Decode("f.yaml", []byte(`name: 1.50
count: 1_000
rate: 1e-5
loud: true
mode: slow
wait: 1d12h
size: 1.5Mi
tags: one
args: [a, "b"]
inner: {name: 007}
byname: {z: 1, a: "yes"}
`), &got)
	if len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	if got.Name.V != "1.50" || got.Inner.Name.V != "007" {
		t.Errorf("numbers as strings: %q, %q", got.Name.V, got.Inner.Name.V)
	}
	if got.Count.V != 1000 || got.Rate.V != 1e-5 || !got.Loud.V || got.Mode.V != "slow" {
		t.Errorf("scalars: %v %v %v %v", got.Count.V, got.Rate.V, got.Loud.V, got.Mode.V)
	}
	if got.Wait.V.Duration() != 36*time.Hour || got.Size.V != 1.5*(1<<20) {
		t.Errorf("texts: %v %v", got.Wait.V, got.Size.V)
	}
	if len(got.Tags) != 1 || len(got.Args) != 2 || got.Args[1].V != "b" {
		t.Errorf("lists: %v %v", got.Tags, got.Args)
	}
	if diff := cmp.Diff([]string{"z", "a"}, got.Byname.Keys()); diff != "" {
		t.Errorf("keys of a mapping, in order (-want +got):\n%s", diff)
	}
	if got.Pos != (diag.Position{File: "f.yaml", Line: 1, Column: 1}) || got.Inner.Pos.Line != 10 || got.Inner.Pos.Column != 8 {
		t.Errorf("positions: %v, %v", got.Pos, got.Inner.Pos)
	}
	if got.Future != nil || !got.Name.IsSet() || (diag.Value[string]{}).IsSet() {
		t.Error("what is set is wrong")
	}
}

func TestDecodeProblems(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, src, want string }{
		{"empty", "", "f.yaml:1:1: file is empty [yaml]"},
		{"only a comment", "# x\n", "f.yaml:1:1: file is empty [yaml]"},
		{"null", "null\n", "f.yaml:1:1: expected a mapping, found nothing [type]"},
		{"list", "[a]\n", "f.yaml:1:1: expected a mapping, found a list [type]"},
		{"not UTF-8", "name: a\nmode: \xff\n", "f.yaml:2:7: text is not UTF-8 [yaml]"},
		{"byte order mark", "\xef\xbb\xbfname: a\n", ""},
		{"windows lines", "name: a\r\nmode: fast\r\n", ""},
		{"tab", "name: a\ninner:\n\tname: x\n", "f.yaml:3:1: found character that cannot start any token [yaml]"},
		{"unclosed list", "name: a\nargs: [a, b\nmode: fast\n", "f.yaml:2:1: did not find expected ',' or ']' [yaml]"},
		{"unclosed string", "name: a\nmode: \"fast\n", "f.yaml:2:1: found unexpected end of stream [yaml]"},
		{"bad indent", "name: a\n  mode: fast\n", "f.yaml:2:1: mapping values are not allowed in this context [yaml]"},
		{"two documents", "name: a\n---\nname: b\n", "f.yaml:2:1: a second document; one file holds one document [yaml]"},
		{"duplicate key", "name: a\nname: b\n", `f.yaml:2:1: key "name" is given twice; first at line 1 [duplicate-key]`},
		{"duplicate key in quotes", "name: a\n\"name\": b\n", `f.yaml:2:1: key "name" is given twice; first at line 1 [duplicate-key]`},
		{"merge key", "name: a\ninner: &x {name: b}\nbyname:\n  <<: *x\n", `f.yaml:4:3: merge key "<<" is not supported; write the keys out [yaml]`},
		{"key that is a number", "name: a\nbyname: {1: x}\n", "f.yaml:2:10: key \"1\" is not a string [yaml]\n  put it in quotes"},
		{"unknown key", "name: a\nmod: fast\n", "f.yaml:2:1: unknown key \"mod\" [unknown-key]\n  did you mean \"mode\"?"},
		{"missing key", "mode: fast\n", `f.yaml:1:1: key "name" is missing [required]`},
		{"later", "name: a\nfuture: x\n", "f.yaml:2:1: \"future\" is recognised, but its feature (time travel) does not exist yet [not-yet]\n  take it out for now"},
		{"enum", "name: a\nmode: fats\n", "f.yaml:2:7: \"fats\" is none of fast, slow [enum]\n  did you mean \"fast\"?"},
		{"boolean for a string", "name: yes\n", "f.yaml:1:7: yes is a boolean to YAML where a string is meant [yaml-boolean]\n  put it in quotes: \"yes\""},
		{"quoted boolean", "name: 'yes'\n", ""},
		{"null for a string", "name:\n", "f.yaml:1:6: expected a string, found nothing [type]"},
		{"list for a string", "name: [a]\n", "f.yaml:1:7: expected a string, found a list [type]"},
		{"fraction for an integer", "name: a\ncount: 1.5\n", `f.yaml:2:8: expected an integer, found a number ("1.5") [type]`},
		{"text for a boolean", "name: a\nloud: 'true'\n", `f.yaml:2:7: expected true or false, found a string ("true") [type]`},
		{"scalar for a list", "name: a\nargs: x\n", `f.yaml:2:7: expected a list, found a string ("x") [type]`},
		{"long text, not ASCII", "name: a\ncount: " + strings.Repeat("é", 50) + "\n", `f.yaml:2:8: expected an integer, found a string ("` + strings.Repeat("é", 40) + `…") [type]`},
		{"duration", "name: a\nwait: 5 minutes\n", `f.yaml:2:7: "5 minutes": not a duration; write one as 90s, 30m, 1h30m or 14d [value]`},
		{"size", "name: a\nsize: big\n", `f.yaml:2:7: "big": not a size; write one as 512KB, 10MB or 2Gi [value]`},
		{"tag", "name: !custom a\n", `f.yaml:1:7: tag "!custom" is not supported [yaml]`},
		{"alias", "name: &n a\nmode: *n\n", "f.yaml:2:7: \"a\" is none of fast, slow [enum]"},
		{"unknown alias", "name: *nope\n", "f.yaml:1:1: unknown anchor 'nope' referenced [yaml]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var out job
			var got []string
			for _, problem := range diag.Decode("f.yaml", []byte(test.src), &out) {
				got = append(got, problem.String())
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAliasesAreBounded: a small file can't become a large tree.
func TestAliasesAreBounded(t *testing.T) {
	t.Parallel()
	var src strings.Builder
	src.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 20 {
		name := string(rune('a' + i))
		before := "a0"
		if i > 0 {
			before = string(rune('a'+i-1)) + "1"
		}
		src.WriteString(name + "1: &" + name + "1 [*" + strings.Repeat(before+", *", 9) + before + "]\n")
	}
	_, problems := diag.Parse("f.yaml", []byte(src.String()))
	if len(problems) == 0 {
		t.Error("no problem")
	}
}

func TestLargeFileIsRefused(t *testing.T) {
	t.Parallel()
	node, problems := diag.Parse("f.yaml", make([]byte, diag.MaxFileBytes+1))
	if node != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "at most") {
		t.Errorf("%v, %v", node, problems)
	}
}

// FuzzParse: no bytes crash the reader, and every position is in the file.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: b", "a: [1, {b: c}]", "a: |\n  x\n  y\n", "a: >-\n  x\n\n  y", "a: \"\\u00e9 x\\\n  y\"", "&x a: *x", "a: 'it''s'", "? [a]\n: b", "--- !!str\nx"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		node, problems := diag.Parse("f.yaml", src)
		lines := len(regexp.MustCompile("[\n\r\u0085\u2028\u2029]").Split(string(src), -1))
		for _, problem := range problems {
			if problem.Line < 1 || problem.Column < 1 || problem.Line > lines+1 {
				t.Errorf("%q: %v", src, problem)
			}
		}
		visit(t, node, lines)
	})
}

func visit(t *testing.T, n *diag.Node, lines int) {
	if n == nil {
		return
	}
	for offset := range min(len(n.Text)+1, 200) {
		if at := n.At(offset); at.Line < 1 || at.Column < 1 || at.Line > lines+1 {
			t.Errorf("offset %d of %q is at %v", offset, n.Text, at)
		}
	}
	for _, item := range n.Items {
		visit(t, item, lines)
	}
	for _, pair := range n.Pairs {
		visit(t, pair.Value, lines)
	}
}
