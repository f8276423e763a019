package wheels

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
)

// plainLocks are small locks of each format, by name.
var plainLocks = map[string]string{
	"requirements.lock": "# By hand.\nx==1 \\\n    --hash=sha256:" + hashOf('a') + "\n",
	"uv.lock":           uvLockOf("https://example.com/x-1-py3-none-any.whl"),
	"pylock.toml":       pylockOf("https://example.com/x-1-py3-none-any.whl"),
}

// uvLockOf is a uv.lock of x 1, at an address.
func uvLockOf(address string) string {
	return fmt.Sprintf(`version = 1

[[package]]
name = "app"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "x" }]

[[package]]
name = "x"
version = "1"
source = { registry = "https://example.com/simple" }
wheels = [{ url = %q, hash = "sha256:%s" }]
`, address, hashOf('a'))
}

// pylockOf is a pylock.toml of x 1, at an address.
func pylockOf(address string) string {
	return fmt.Sprintf(`lock-version = "1.0"
[[packages]]
name = "x"
version = "1"
wheels = [{ name = "x-1-py3-none-any.whl", url = %q, hashes = { sha256 = "%s" } }]
`, address, hashOf('a'))
}

func parsed(file, text string) ([]Locked, []diag.Problem) {
	return Parse(file, []byte(text), func(path string) ([]byte, bool) {
		return []byte("[project]\nname = \"app\"\n"), path == "pyproject.toml"
	})
}

// What editors and shells of Windows do to a text changes nothing of what a
// lock means, or is told once.
func TestOddTexts(t *testing.T) {
	for file, text := range plainLocks {
		want := described(parsed(file, text))
		if !strings.HasPrefix(want, "x 1\n") {
			t.Fatalf("%s: %s", file, want)
		}
		for name, odd := range map[string]string{
			"CRLF": strings.ReplaceAll(text, "\n", "\r\n"), "BOM": "\ufeff" + text,
			"no last line end": strings.TrimSuffix(text, "\n"), "lines at the end": text + "\n\n \n",
		} {
			if diff := cmp.Diff(want, described(parsed(file, odd))); diff != "" {
				t.Errorf("%s with %s (-want +got):\n%s", file, name, diff)
			}
		}
		for name, odd := range map[string]string{
			"UTF-16": inUTF16(text), "a zero byte": text + "\x00", "Latin-1": "# caf\xe9\n" + text,
		} {
			locked, problems := parsed(file, odd)
			if len(locked) > 0 || len(problems) != 1 || !strings.Contains(problems[0].String(), file+": the lock is no text in UTF-8") {
				t.Errorf("%s with %s: %v, %v", file, name, locked, problems)
			}
		}
	}
}

func inUTF16(text string) string {
	var out bytes.Buffer
	_ = binary.Write(&out, binary.LittleEndian, utf16.Encode([]rune("\ufeff"+text))) // a buffer takes all
	return out.String()
}

// Addresses that nothing is fetched from are told where the lock is checked.
func TestAddressesOfLocks(t *testing.T) {
	for address, want := range map[string]string{
		"https://example.com/x-1-py3-none-any.whl":         "",
		"HTTP://127.0.0.1:8080/x-1-py3-none-any.whl":       "",
		"file:///srv/x-1-py3-none-any.whl":                 "it installs from a local file",
		"ssh://git@example.com/x-1-py3-none-any.whl":       `an archive is fetched by https, not by "ssh"`,
		"git+https://example.com/x@main":                   "a repository has no hash",
		"git+ssh://git@example.com/x-1-py3-none-any.whl":   "a repository has no hash",
		"https:///x-1-py3-none-any.whl":                    "it names no host",
		"https://example.com:port/x-1-py3-none-any.whl":    "it can't be read",
		"https://me:word@example.com/x-1-py3-none-any.whl": "holds a user or password",
	} {
		for file, text := range map[string]string{"uv.lock": uvLockOf(address), "pylock.toml": pylockOf(address)} {
			_, problems := parsed(file, text)
			if want == "" && len(problems) == 0 {
				continue
			}
			if len(problems) != 1 || want == "" || !strings.Contains(problems[0].Message, want) || problems[0].Line == 0 || problems[0].Hint == "" {
				t.Errorf("%s of %s: %v, want %s", file, address, problems, want)
			}
			if strings.Contains(fmt.Sprint(problems), "word@") {
				t.Errorf("%s: a password is told: %v", file, problems)
			}
		}
	}
}

// A lock whose packages need each other is read as any.
func TestCyclesOfUVLocks(t *testing.T) {
	archive := func(name string) string {
		return fmt.Sprintf("source = {registry = \"https://e/simple\"}\nwheels = [{url = \"https://e/%s-1-py3-none-any.whl\", hash = \"sha256:%s\"}]\n", name, hashOf('a'))
	}
	locked, problems := parsed("uv.lock", `version = 1
[[package]]
name = "app"
version = "1"
source = { virtual = "." }
dependencies = [{ name = "x" }]
[[package]]
name = "x"
version = "1"
dependencies = [{ name = "y", extra = ["more"], marker = "os_name == 'posix'" }, { name = "x" }]
`+archive("x")+`[[package]]
name = "y"
version = "1"
dependencies = [{ name = "app" }, { name = "x", marker = "os_name == 'nt'" }]
`+archive("y")+`[package.optional-dependencies]
more = [{ name = "x" }, { name = "y", extra = ["more"] }]
`)
	if len(problems) > 0 || len(locked) != 2 || locked[0].Marker != "" || locked[1].Marker == "" {
		t.Errorf("%+v, %v", locked, problems)
	}
}

// Lines of megabytes, and a file of many, cost what their length does: where
// it was its square, each of these took minutes.
func TestHugeLines(t *testing.T) {
	const n = 500_000
	hash := " --hash=sha256:" + hashOf('a')
	for name, lock := range map[string]struct{ file, text string }{
		"continued lines": {"requirements.lock", "x==1" + hash + strings.Repeat(" \\\n", n)},
		"one of hashes":   {"requirements.lock", "x==1" + strings.Repeat(hash, n/10)},
		"parentheses":     {"requirements.lock", "x==1" + hash + "; " + strings.Repeat("(", n)},
		"one of tables":   {"pylock.toml", "lock-version = '1.0'\npackages = [" + strings.Repeat("{name='x'},", n/5) + "]\n"},
		"one of keys":     {"uv.lock", "version = 1\n[" + strings.Repeat("a.", n) + "a]\n"},
		"brackets":        {"uv.lock", "version = 1\na = " + strings.Repeat("[", n)},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			parsed(lock.file, lock.text)
			if took := time.Since(start); took > 30*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// The name of an archive is no path, whatever a lock or an index says: a source
// archive is written under it.
func TestNamesOfArchives(t *testing.T) {
	for _, name := range []string{"x-1/../../../../tmp/evil.tar.gz", "../x-1.tar.gz", "/x-1.tar.gz", "x-1/.tar.gz", "x-1/../-py3-none-any.whl"} {
		for _, version := range []string{"1", "", strings.TrimSuffix(strings.TrimPrefix(name, "x-"), ".tar.gz")} {
			locked := []Locked{{
				Name: "x", Version: version, Hashes: []string{hashOf('a')},
				Files: []LockedFile{{Name: name, URL: "https://example.com/x", SHA256: hashOf('a')}},
			}}
			archives, problems, err := Resolve(context.Background(), Index{}, debian, locked)
			if err != nil || len(archives) > 0 || len(problems) != 1 {
				t.Errorf("%q of version %q: %+v, %v, %v", name, version, archives, problems, err)
			}
		}
	}
}
