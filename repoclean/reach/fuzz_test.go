package reach

import (
	"strings"
	"testing"
)

// FuzzReadText feeds any text to the readers of what isn't Python. Lines must
// exist, and a plain command must be found whatever stands before it on lines
// of its own.
func FuzzReadText(f *testing.F) {
	for _, seed := range []string{
		"run: python train.py", "python -m agent.${{ params.x }}", "[python, -m, x]", "for f in a.py b.py; do python $f; done",
		"${", "{{", "$(", "%(x)s", "a[", "\\", "python \\\n x.py", "PYTHONPATH=a:$b python x.py", "[tool.ruff]\nx = 'y.py'",
		"from a import b, c as d", "x: {_target_: a.b.C}", "python - <<E\nimport a\nE\n",
	} {
		f.Add(seed, "a.sh")
		f.Add(seed, "pyproject.toml")
	}
	f.Fuzz(func(t *testing.T, text, file string) {
		text = strings.ReplaceAll(text, "\r", "")
		s := readText(file, text)
		lines := strings.Count(text, "\n") + 1
		for _, m := range s.mentions {
			if m.line < 1 || m.line > lines {
				t.Fatalf("line %d of %d: %+v", m.line, lines, m)
			}
			if m.how() == "" {
				t.Fatalf("nothing says how: %+v", m)
			}
		}
		for _, i := range s.imports {
			if i.Line < 1 || i.Line > lines {
				t.Fatalf("line %d of %d: %+v", i.Line, lines, i)
			}
		}
		found := false
		for _, m := range readWords(text + "\n\npython zz/last.py\n") {
			found = found || m.kind == aPath && m.text == "zz/last.py"
		}
		if !found {
			t.Fatalf("the command after the text was not found")
		}
	})
}

// FuzzGlob holds the matcher to what is plain: a path fits itself, a hole fits
// everything, and it comes to an end.
func FuzzGlob(f *testing.F) {
	f.Add("a/*/b.py", "a/x/b.py")
	f.Add("**/x*?.py", "a/b/xyz.py")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if len(pattern)+len(path) > 1000 {
			return
		}
		fits(pattern, path)
		if !strings.ContainsAny(path, "*?\x00") && !glob(path, path) {
			t.Fatalf("%q doesn't fit itself", path)
		}
		if !glob("\x00", path) || !glob("**", path) {
			t.Fatalf("%q doesn't fit everything", path)
		}
	})
}
