package pysource

import (
	"errors"
	"strings"
	"testing"
)

// TestBadSource reads what is not Python: each is an error at its line, and
// the import in front of it is read nonetheless.
func TestBadSource(t *testing.T) {
	for _, c := range []struct {
		text string
		line int
		want string
	}{
		{"\n'open", 3, "the string that begins here doesn't end"},
		{"\n'open\\", 3, "the string that begins here doesn't end"},
		{"\n\n\"\"\"open\n\n\"\"", 4, "the string that begins here doesn't end"},
		{"f'open\n{x}'", 2, "the string that begins here doesn't end"},
		{"\nf'''{x}\n", 3, "the string that begins here doesn't end"},
		{"f'{x", 2, "the string that begins here doesn't end"},
		{"f'{x:y", 2, "the string that begins here doesn't end"},
		{"f'{x:y'", 2, "an f-string ends within a field"},
		{"f'}'", 2, "a single '}' stands in an f-string"},
		{"f'{(}'", 2, `the '}' here closes the '(' of line 2`},
		{"\n(\n(\n)\n", 3, `the '(' here is never closed`},
		{"(\n]", 3, `the ']' here closes the '(' of line 2`},
		{"[)", 2, `the ')' here closes the '[' of line 2`},
		{"}", 2, `the '}' here closes nothing`},
		{"x \\ y", 2, "a backslash is followed by more than the end of the line"},
		{"$x", 2, `character '$' has no meaning in Python`},
		{"!pip install x", 2, `character '!' has no meaning in Python`},
		{"x = `y`", 2, "character '`' has no meaning in Python"},
		{"x\x01", 2, `character '\x01' has no meaning in Python`},
		{"import", 2, "this import statement can't be read"},
		{"import {{ x }}", 2, "this import statement can't be read"},
		{"import a.", 2, "this import statement can't be read"},
		{"import a as", 2, "this import statement can't be read"},
		{"import a,", 2, "this import statement can't be read"},
		{"import a b", 2, "this import statement can't be read"},
		{"from a", 2, "this import statement can't be read"},
		{"from import a", 2, "this import statement can't be read"},
		{"from a import", 2, "this import statement can't be read"},
		{"from a import ()", 2, "this import statement can't be read"},
		{"from a import (b c)", 2, "this import statement can't be read"},
		{"from a import (b,\nc as)", 3, "this import statement can't be read"},
		{"from a.{{x}} import y", 2, "this import statement can't be read"},
		{strings.Repeat("(", maxDepth+1), 2, "more than 200 brackets are open"},
		{strings.Repeat("f'{", maxDepth+1), 2, "more than 200 brackets are open"},
		{strings.Repeat("f'{x:{", maxDepth), 2, "more than 200 brackets are open"},
	} {
		got, err := Read([]byte("import before\n" + c.text))
		var bad *SyntaxError
		if !errors.As(err, &bad) || bad.Line != c.line || bad.Reason != c.want {
			t.Errorf("%.40q: %v, want line %d: %s", c.text, err, c.line, c.want)
		}
		if len(got.Imports) == 0 || got.Imports[0].Module != "before" {
			t.Errorf("%.40q: the import in front of it is lost", c.text)
		}
	}
}

// TestDeep reads what is nested as deep as Python allows.
func TestDeep(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("(", maxDepth) + `__import__` + strings.Repeat(")", maxDepth),
		strings.Repeat("f'{", maxDepth-1) + `__import__("a")` + strings.Repeat("}'", maxDepth-1),
		strings.Repeat("__import__(", maxDepth) + `"a"` + strings.Repeat(")", maxDepth),
		"__import__(" + strings.Repeat("(", maxDepth-1) + `"a"` + strings.Repeat(")", maxDepth),
		"__import__(" + strings.Repeat("f'{", maxDepth-1) + `x` + strings.Repeat("}'", maxDepth-1) + ")",
	} {
		got, err := Read([]byte(text))
		if err != nil || len(got.Imports)+len(got.Dynamic) == 0 {
			t.Errorf("%.60q: %+v, %v", text, got, err)
		}
	}
}
