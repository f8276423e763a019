package pysource

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzRead holds what is true of every text: reading ends and doesn't panic,
// lines lie in the text, and what is reported is as its type says.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/cases/*.py")
	if err != nil || len(files) == 0 {
		f.Fatal("there are no seeds", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		for line := range bytes.Lines(text) {
			f.Add(line)
		}
	}
	for _, text := range []string{"\xef\xbb\xbf#coding:utf8", "f'{x:{y}\n}'", "'\\", "f'\\N{", "f'''{x:\n\"{'", "import a.\\\nb"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Read(text)
		if bad, ok := err.(*SyntaxError); err != nil && (!ok || !inside(text, bad.Line)) {
			t.Fatalf("error %v of a text of %d lines", err, lines(text))
		}
		checkFile(t, text, file)
	})
}

func checkFile(t *testing.T, text []byte, file File) {
	t.Helper()
	for _, i := range file.Imports {
		if !inside(text, i.Line) || i.Level < 0 || i.Module == "" && i.Level == 0 || strings.Contains(strings.Join(i.Names, ""), "\n") {
			t.Errorf("import %+v", i)
		}
		if i.Call == "" && strings.ContainsAny(i.Module, " \t\n\\#,;") {
			t.Errorf("module %q", i.Module)
		}
	}
	for _, d := range file.Dynamic {
		if !inside(text, d.Line) || d.Level < 0 || d.Call == "" || strings.HasSuffix(d.Prefix, ".") {
			t.Errorf("dynamic %+v", d)
		}
	}
	for _, s := range file.Strings {
		if !inside(text, s.Line) || len(s.Text) > maxText || !utf8.ValidString(s.Text) || s.Text == "" {
			t.Errorf("string %+v", s)
		}
	}
	for _, s := range file.Identifiers {
		if !inside(text, s.Line) || !isIdentifier(s.Text) || s.Part {
			t.Errorf("identifier %+v", s)
		}
	}
	for _, line := range file.SearchPath {
		if !inside(text, line) {
			t.Errorf("search path in line %d", line)
		}
	}
}

// lines is the most that a text has, however they end.
func lines(text []byte) int {
	return 1 + bytes.Count(text, []byte("\n")) + bytes.Count(text, []byte("\r"))
}

func inside(text []byte, line int) bool { return line >= 1 && line <= lines(text) }

// TestHostile reads megabytes made to be slow. Each takes about a second at
// most; what grows with the square of the length would take hours.
func TestHostile(t *testing.T) {
	size := 1 << 20
	if os.Getenv("GANTLINE_TEST") == "full" {
		size = 4 << 20
	}
	deep := strings.Repeat("walk_packages(", 150)
	for name, text := range map[string]string{
		"chain of importers":    strings.Repeat("x.import_module", size/15),
		"names of one chain":    "import_module(" + strings.Repeat("a.", size/2) + "__name__)",
		"sum of strings":        "import_module(" + strings.Repeat("'a'+", size/4) + "'a')",
		"adjacent strings":      strings.Repeat("'a.'", size/4),
		"adjacent in a call":    "import_module(" + strings.Repeat("'a'", size/3) + ")",
		"nested calls":          strings.Repeat(strings.Repeat("import_module(", 100)+strings.Repeat(")", 100)+"\n", size/1500),
		"walks around a list":   deep + strings.Repeat("x,", size/2) + strings.Repeat(")", 150),
		"parentheses":           strings.Repeat(strings.Repeat("(", maxDepth)+strings.Repeat(")", maxDepth), size/2/maxDepth),
		"f-strings in fields":   strings.Repeat(strings.Repeat("f'{", 150)+strings.Repeat("}'", 150)+"\n", size/750),
		"fields":                "import_module(f'" + strings.Repeat("{a}", size/3) + "')",
		"quotes":                "'''" + strings.Repeat(`\'"''`, size/5) + "'''",
		"backslashes":           "'''" + strings.Repeat(`\\`, size/2) + "'''",
		"named characters":      "f'''" + strings.Repeat(`\N{`, size/3) + "'''",
		"declarations":          "#" + strings.Repeat("coding", size/6),
		"arguments":             "import_module(" + strings.Repeat("a=b,", size/4) + ")",
		"renamed importers":     strings.Repeat("import sys as a\nfrom a import import_module as b\n", size/50) + "exec(x)",
		"names of one import":   "from a import (" + strings.Repeat("b as c,", size/7) + ")",
		"dots":                  "from " + strings.Repeat(".", size) + " import a",
		"continued lines":       strings.Repeat("\\\n", size/2),
		"levels of a package":   strings.Repeat("import_module('"+strings.Repeat(".", 140)+"a', '"+strings.Repeat("a.", 140)+"')\n", size/440),
		"search paths":          strings.Repeat("sys.path\n", size/9),
		"one open bracket":      strings.Repeat("[", 100) + strings.Repeat("1,", size/2),
		"strings never closed":  strings.Repeat("'''a", size/4),
		"command lines":         "f('" + strings.Repeat("-m a.py ", 300) + "')\n" + strings.Repeat("'-m',", size/5),
		"names in a fromlist":   "__import__('a', fromlist=[" + strings.Repeat("'b',", size/4) + "])",
		"nested fromlists":      strings.Repeat("__import__(a, fromlist=", 150) + strings.Repeat("'b',", size/4) + strings.Repeat(")", 150),
		"attached in attach":    strings.Repeat("attach(__name__, ", 150) + strings.Repeat("'b',", size/4) + strings.Repeat(")", 150),
		"assignments of a name": strings.Repeat("a = b.exec\n", size/11),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			file, _ := Read([]byte(text))
			if took := time.Since(start); took > time.Minute {
				t.Errorf("it took %v", took)
			} else {
				t.Logf("%d bytes, %v, %d imports, %d dynamic", len(text), took, len(file.Imports), len(file.Dynamic))
			}
		})
	}
}
