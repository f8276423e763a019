package wheels

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestParse reads the first file of each testdata/locks/*.txtar, beside the
// others, and compares what is read with the file `want`.
func TestParse(t *testing.T) {
	cases, err := filepath.Glob("testdata/locks/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			files := map[string][]byte{}
			for _, f := range archive.Files {
				files[f.Name] = expanded(f.Data)
			}
			lock := archive.Files[0].Name
			got := described(Parse(lock, files[lock], func(path string) ([]byte, bool) {
				data, ok := files[path]
				return data, ok
			}))
			last := &archive.Files[len(archive.Files)-1]
			if last.Name != "want" {
				t.Fatal("the last file is want")
			}
			if *update {
				last.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(last.Data), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// expanded replaces <a> by the hash of 64 a, and so on.
func expanded(data []byte) []byte {
	text := string(data)
	for _, c := range "abcdef0123" {
		text = strings.ReplaceAll(text, "<"+string(c)+">", hashOf(c))
	}
	return []byte(text)
}

// hashOf is a hash that a test can tell.
func hashOf(c rune) string { return strings.Repeat(string(c), 64) }

// described is what was read, for people.
func described[P fmt.Stringer](locked []Locked, problems []P) string {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintln(&b, p)
	}
	for _, l := range locked {
		fmt.Fprintf(&b, "%s %s\n", l.Name, l.Version)
		detail := func(name string, values ...string) {
			if text := strings.Join(values, " "); text != "" {
				fmt.Fprintf(&b, "  %s: %s\n", name, text)
			}
		}
		detail("at", l.Pos.String())
		detail("extras", l.Extras...)
		detail("marker", l.Marker)
		detail("hashes", short(l.Hashes)...)
		detail("url", l.URL)
		detail("index", l.Index)
		detail("extra indexes", l.ExtraIndexes...)
		detail("kind", string(l.Kind))
		detail("python", l.RequiresPython)
		detail("environments", strings.Join(l.Environments, " | "))
		detail("groups", l.Groups...)
		for _, c := range l.Constraints {
			detail("constraint", strings.TrimSpace(c.Specifier+" ; "+c.Marker), "at", c.Pos.String(), strings.Join(short(c.Hashes), " "))
		}
		for _, f := range l.Files {
			detail("file", f.Name, f.URL, short([]string{f.SHA256})[0], fmt.Sprint(f.Size))
		}
	}
	return b.String()
}

func short(hashes []string) []string {
	var all []string
	for _, hash := range hashes {
		all = append(all, hash[:min(4, len(hash))])
	}
	return all
}

func TestHashed(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                   false,
		"idna==3.10\n":                       false,
		"idna==3.10 # --hash=sha256":         false,
		"idna==3.10 \\\n  --hash=sha256:x\n": true,
		"--require-hashes":                   false,
	} {
		if got := Hashed([]byte(text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestIncludes(t *testing.T) {
	got := Includes("a/b.txt", []byte("-r c.txt\n--requirement=../d.txt\nidna\n-c https://example.com/e.txt\n--constraint f/g.txt # h\n-rx.txt\n"))
	if diff := cmp.Diff([]string{"a/c.txt", "d.txt", "a/f/g.txt", "a/x.txt"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestNormalize(t *testing.T) {
	for text, want := range map[string]string{"Foo.Bar__baz-.-X": "foo-bar-baz-x", "idna": "idna", "": ""} {
		if got := Normalize(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// Whatever a lock holds is read or refused, at places that are in the file.
func FuzzParse(f *testing.F) {
	cases, err := filepath.Glob("testdata/locks/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range cases {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		kind := map[string]byte{"uv.lock": 1, "pylock.toml": 2}[filepath.Base(archive.Files[0].Name)]
		f.Add(kind, expanded(archive.Files[0].Data))
	}
	f.Fuzz(func(t *testing.T, kind byte, src []byte) {
		file := []string{"requirements.txt", "uv.lock", "pylock.toml"}[kind%3]
		_, problems := Parse(file, src, func(path string) ([]byte, bool) {
			return []byte("[project]\nname = 'app'\n"), path == "pyproject.toml"
		})
		lines := strings.Count(string(src), "\n") + 1
		for _, p := range problems {
			if p.Message == "" || p.File == file && (p.Line > lines || p.Line > 0 && p.Column < 1) {
				t.Errorf("%s in a file of %d lines", p, lines)
			}
		}
	})
}
