package gitrepo

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestPatternsLastMatchWins(t *testing.T) {
	tests := []struct {
		patterns []string
		excluded []string
		kept     []string
	}{
		{[]string{"docs/", "!docs/prompt.md"}, []string{"docs/a", "docs/x/y", "a/docs/b"}, []string{"docs/prompt.md", "docs"}},
		{[]string{"*", "!*.py"}, []string{"a", "b/c", "x.pyc"}, []string{"a.py", "b/c.py"}},
		{[]string{"data/", "!data/keep/", "data/keep/secret"}, []string{"data/x", "data/keep/secret"}, []string{"data/keep/a", "data/keep/b/c"}},
		{[]string{"!a", "a"}, []string{"a"}, []string{"b"}},
		{[]string{"/top"}, []string{"top", "top/x"}, []string{"a/top"}},
		{[]string{"a/b"}, []string{"a/b", "a/b/c"}, []string{"x/a/b"}},
		{[]string{"**/b"}, []string{"b", "a/b", "x/a/b/c"}, []string{"ab"}},
		{[]string{"a/**"}, []string{"a/x", "a/x/y"}, []string{"a", "b/a/x"}},
		{[]string{"a/**/b"}, []string{"a/b", "a/x/b", "a/x/y/b"}, []string{"ab", "a/xb"}},
		{[]string{"a*b/c"}, []string{"axxb/c"}, []string{"a/b/c"}},
		{[]string{"[!a-c]x", "[[:digit:]]", `\[y]`}, []string{"dx", "5", "[y]"}, []string{"ax", "a", "y"}},
		{[]string{"# comment", "", "   ", `\#real`, `\!bang`, "trailing   ", `kept\ `}, []string{"#real", "!bang", "trailing", "kept "}, []string{"# comment", "real", "kept"}},
		{[]string{"*.bin"}, []string{"new\nline.bin", "\xff.bin", "a/.bin"}, []string{"bin"}},
		{[]string{"?\xff"}, []string{"a\xff", "\xfe\xff"}, []string{"\xff"}},
		{[]string{"?é"}, []string{"xé"}, []string{"é"}},
		{nil, nil, []string{"a"}},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.patterns, " "), func(t *testing.T) {
			ps, err := NewPatterns(tt.patterns)
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range tt.excluded {
				if !ps.Excludes(path) {
					t.Errorf("%q is kept", path)
				}
			}
			for _, path := range tt.kept {
				if ps.Excludes(path) {
					t.Errorf("%q is excluded", path)
				}
			}
		})
	}
}

func TestMatchNamesThePattern(t *testing.T) {
	ps, err := NewPatterns([]string{"docs/", "# why", "!docs/prompt.md"})
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := ps.Match("docs/prompt.md"); !ok || m != (Match{Excluded: false, Index: 2, Pattern: "!docs/prompt.md", Itself: true}) {
		t.Errorf("%+v, %v", m, ok)
	}
	if m, ok := ps.Match("docs/other"); !ok || m != (Match{Excluded: true, Index: 0, Pattern: "docs/"}) {
		t.Errorf("%+v, %v", m, ok)
	}
	if m, ok := ps.Match("src/a"); ok {
		t.Errorf("%+v", m)
	}
}

func TestPatternErrors(t *testing.T) {
	for _, bad := range []string{"a[b", `a\`, "/", "!", "!/", "[[:wrong:]]", "a\x00b"} {
		_, err := NewPatterns([]string{"fine", bad})
		var got *PatternError
		if !errors.As(err, &got) || got.Index != 1 || got.Pattern != bad {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// wild makes a text of few characters, so that patterns and paths often meet.
func wild(rng *rand.Rand, alphabet []string, most int) string {
	var b strings.Builder
	for range 1 + rng.IntN(most) {
		b.WriteString(alphabet[rng.IntN(len(alphabet))])
	}
	return b.String()
}

func somePaths(rng *rand.Rand) []string {
	var paths []string
	for range 60 {
		p := strings.Trim(wild(rng, []string{"a", "b", ".c", "/", "a/", "-", "é"}, 6), "/")
		for strings.Contains(p, "//") {
			p = strings.ReplaceAll(p, "//", "/")
		}
		if p != "" && !slices.Contains(paths, p) {
			paths = append(paths, p)
		}
	}
	return paths
}

// somePatterns makes patterns that parse and aren't negated or comments. Stars
// that double right after a letter are left out: git documents them as one
// star but, after comparing the letters before a first star by themselves,
// takes "a**/b" for "a" followed by "**/b".
func somePatterns(rng *rand.Rand, n int) []string {
	var patterns []string
	for len(patterns) < n {
		p := wild(rng, []string{"a", "b", ".c", "/", "*", "**", "**/", "?", "[ab]", "[!a]", "[^/-a]", `\a`, "-", "é"}, 5)
		if _, err := NewPatterns([]string{p}); err == nil && !regexp.MustCompile(`[^/*]\*\*`).MatchString(p) {
			patterns = append(patterns, p)
		}
	}
	return patterns
}

func TestPatternsAgreeWithGit(t *testing.T) {
	l := newLab(t)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		patterns, paths := somePatterns(rng, 3), somePaths(rng)
		ps, err := NewPatterns(append(patterns, "always"))
		if err != nil {
			t.Fatal(err)
		}
		// A name that is always ignored: git fails where none is.
		paths = append(paths, "always")
		l.write(".git/info/exclude", strings.Join(append(patterns, "always"), "\n")+"\n")
		out := l.gitWith([]byte(strings.Join(paths, "\x00")+"\x00"), nil, "check-ignore", "--no-index", "-z", "-v", "-n", "--stdin")
		fields := strings.Split(out, "\x00") // source, line, pattern, path
		for i, path := range paths {
			if want := fields[4*i] != ""; ps.Excludes(path) != want {
				t.Errorf("patterns %q, path %q: excluded %v, git says %v", patterns, path, !want, want)
			}
		}
	}
}

// TestLastMatchOfGitsOwn: each pattern matches what it matches to git, itself or
// a directory above, and the last that does decides, whether it begins with !
// or not. That is the one difference from .gitignore, where nothing below an
// excluded directory comes back.
func TestLastMatchOfGitsOwn(t *testing.T) {
	l := newLab(t)
	rng := rand.New(rand.NewPCG(7, 8))
	for range 12 {
		positive, paths := somePatterns(rng, 4), append(somePaths(rng), "always")
		patterns, want := []string{}, map[string]bool{}
		for _, p := range positive {
			negated := rng.IntN(2) == 0
			text := p
			if negated {
				text = "!" + p
			}
			patterns = append(patterns, text)
			for path := range ignored(l, paths, p) {
				want[path] = !negated
			}
		}
		ps, err := NewPatterns(patterns)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths[:len(paths)-1] {
			if ps.Excludes(path) != want[path] {
				t.Errorf("patterns %q, path %q: excluded %v, by git's matches %v", patterns, path, !want[path], want[path])
			}
		}
	}
}

// ignored are the paths that git ignores by one pattern.
func ignored(l lab, paths []string, pattern string) map[string]bool {
	l.write(".git/info/exclude", pattern+"\nalways\n")
	out := l.gitWith([]byte(strings.Join(paths, "\x00")+"\x00"), nil, "check-ignore", "--no-index", "-z", "-v", "-n", "--stdin")
	fields := strings.Split(out, "\x00") // source, line, pattern, path
	found := map[string]bool{}
	for i, path := range paths {
		if fields[4*i] != "" {
			found[path] = true
		}
	}
	return found
}

func TestAttributesAgreeWithGit(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 12 {
		l := newLab(t)
		for _, dir := range []string{"", "a/", "b/"} {
			var text strings.Builder
			text.WriteString("[attr]model filter=lfs -text\n# comment\n")
			for _, p := range somePatterns(rng, 4) {
				value := []string{"filter=lfs", "-filter", "!filter", "filter=other text", "model", "text", "filter"}[rng.IntN(7)]
				fmt.Fprintf(&text, "%s %s\n", p, value)
			}
			text.WriteString("\"quoted name\" filter=lfs\r\n")
			l.write(dir+".gitattributes", text.String())
		}
		l.commit("attributes")
		r := l.open()
		entries, err := r.Tree(t.Context(), "HEAD")
		if err != nil {
			t.Fatal(err)
		}
		attributes, err := r.Attributes(t.Context(), entries)
		if err != nil {
			t.Fatal(err)
		}
		paths := append(somePaths(rng), "quoted name", "a/quoted name")
		out := l.gitWith([]byte(strings.Join(paths, "\x00")+"\x00"), nil, "check-attr", "--cached", "-z", "--stdin", "filter")
		fields := strings.Split(out, "\x00") // path, attribute, value
		for i, path := range paths {
			want := strings.TrimPrefix(fields[3*i+2], "unspecified")
			if got := attributes.Value(path, "filter"); got != want {
				t.Errorf("%q: filter is %q, git says %q; files: %q", path, got, want, texts(t, r, "HEAD"))
			}
		}
	}
}

func FuzzLiteralPattern(f *testing.F) {
	for _, path := range []string{"a/b.txt", "[x]*?", `back\slash `, "two  ", "!#", "é\xff\n"} {
		f.Add(path, "other")
	}
	f.Fuzz(func(t *testing.T, path, other string) {
		if badPath(path) || badPath(other) {
			return
		}
		ps, err := NewPatterns([]string{LiteralPattern(path)})
		if err != nil {
			t.Fatal(err)
		}
		if !ps.Excludes(path) {
			t.Errorf("%q doesn't match itself", path)
		}
		if below := other == path || strings.HasPrefix(other, path+"/"); ps.Excludes(other) != below {
			t.Errorf("the pattern of %q matches %q: %v", path, other, !below)
		}
	})
}

// badPath says that a text can't be the path of a file in git.
func badPath(path string) bool {
	return strings.Contains(path, "\x00") || slices.ContainsFunc(strings.Split(path, "/"), func(name string) bool { return name == "" })
}

func FuzzPatterns(f *testing.F) {
	for _, p := range []string{"docs/", "!a/**/b", "[!a-z]*", `\#x `, "[[:alpha:]-]", "a**b"} {
		f.Add(p, "docs/a/b")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		ps, err := NewPatterns([]string{"**", text})
		if err != nil {
			return
		}
		m, ok := ps.Match(path)
		if ok && m.Index == 1 && m.Excluded == strings.HasPrefix(text, "!") {
			t.Errorf("pattern %q on %q: %+v", text, path, m)
		}
		if below, _ := ps.Match(path + "/below"); ok && m.Index == 1 && below.Index != 1 {
			t.Errorf("pattern %q matches %q but nothing below it", text, path)
		}
	})
}
