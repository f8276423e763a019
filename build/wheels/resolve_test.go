package wheels

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
)

// offer is a file of an index of a test: its name, and what its hash is of.
type offer struct {
	name   string
	hash   rune
	python string
	yanked bool
}

// indexOf serves packages as an index. Files are told by JSON.
func indexOf(t *testing.T, packages map[string][]offer) *server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		name := strings.Trim(strings.TrimPrefix(r.URL.Path, "/simple/"), "/")
		offers, ok := packages[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		type file map[string]any
		var files []file
		for _, o := range offers {
			hashes := map[string]string{}
			if o.hash != 0 {
				hashes["sha256"] = hashOf(o.hash)
			}
			files = append(files, file{
				"filename": o.name, "url": "/files/" + o.name, "hashes": hashes, "requires-python": o.python, "yanked": o.yanked, "size": 7,
			})
		}
		w.Header().Set("Content-Type", jsonType)
		_ = json.NewEncoder(w).Encode(map[string]any{"meta": map[string]string{"api-version": "1.1"}, "files": files})
	})
}

// offers are what the test's index has.
var offers = map[string][]offer{
	"idna": {{name: "idna-3.9-py3-none-any.whl", hash: '0'}, {name: "idna-3.10.tar.gz", hash: 'a'}, {name: "idna-3.10-py3-none-any.whl", hash: 'b'}},
	"numpy": {
		{name: "numpy-2.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", hash: 'a'},
		{name: "numpy-2.0-cp311-cp311-manylinux_2_28_x86_64.whl", hash: 'b'},
		{name: "numpy-2.0-cp311-cp311-manylinux_2_39_x86_64.whl", hash: 'c'},
		{name: "numpy-2.0-cp312-cp312-manylinux_2_28_x86_64.whl", hash: 'd'},
		{name: "numpy-2.0.tar.gz", hash: 'e'},
	},
	"built":  {{name: "built-1-py3-none-any.whl", hash: 'a'}, {name: "built-1-10-py3-none-any.whl", hash: 'b'}, {name: "built-1-9x-py3-none-any.whl", hash: 'c'}},
	"local":  {{name: "local-1+cpu-py3-none-any.whl", hash: 'a'}, {name: "local-1-py3-none-any.whl", hash: 'b'}, {name: "local-1+cu128-py3-none-any.whl", hash: 'c'}},
	"yanked": {{name: "yanked-1-py3-none-any.whl", hash: 'a', yanked: true}, {name: "yanked-1.0.tar.gz", hash: 'b'}},
	"gone":   {{name: "gone-1-py3-none-any.whl", hash: 'a', yanked: true}},
	"newer":  {{name: "newer-1-py3-none-any.whl", hash: 'a', python: ">=3.12"}, {name: "newer-1.tar.gz", hash: 'b', python: ">=3.8"}},
	"only12": {{name: "only12-1-cp312-cp312-linux_x86_64.whl", hash: 'a'}},
	"bare":   {{name: "bare-1-py3-none-any.whl"}},
}

func TestResolve(t *testing.T) {
	s := indexOf(t, offers)
	for _, c := range []struct{ requirements, want string }{
		{"idna==3.10 h:a h:b", "idna 3.10 idna-3.10-py3-none-any.whl bbbb 7 wheel"},
		{"IDNA==3.10.0 h:a", "idna 3.10 idna-3.10.tar.gz aaaa 7 sdist"},
		{"--no-binary idna\nidna==3.10 h:a h:b", "idna 3.10 idna-3.10.tar.gz aaaa 7 sdist"},
		{"numpy==2.0 h:a h:b h:c h:d h:e", "numpy 2.0 numpy-2.0-cp311-cp311-manylinux_2_28_x86_64.whl bbbb 7 wheel"},
		{"numpy==2.0 h:a h:d h:e", "numpy 2.0 numpy-2.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl aaaa 7 wheel"},
		{"numpy==2.0 h:c h:e", "numpy 2.0 numpy-2.0.tar.gz eeee 7 sdist"},
		{"built==1 h:a h:b h:c", "built 1 built-1-10-py3-none-any.whl bbbb 7 wheel"},
		{"local==1 h:a h:b h:c", "local 1+cu128 local-1+cu128-py3-none-any.whl cccc 7 wheel"},
		{"local==1+cpu h:a h:b h:c", "local 1+cpu local-1+cpu-py3-none-any.whl aaaa 7 wheel"},
		{"yanked==1 h:a h:b", "yanked 1.0 yanked-1.0.tar.gz bbbb 7 sdist"},
		{"gone==1 h:a", "gone 1 gone-1-py3-none-any.whl aaaa 7 wheel"},
		{"newer==1 h:a h:b", "newer 1 newer-1.tar.gz bbbb 7 sdist"},
		{"gone==1 h:a\nidna==3.10 h:b\nbuilt==1 h:a", "gone 1 gone-1-py3-none-any.whl aaaa 7 wheel\n" +
			"idna 3.10 idna-3.10-py3-none-any.whl bbbb 7 wheel\nbuilt 1 built-1-py3-none-any.whl aaaa 7 wheel"},
		{"idna==3.9 ; sys_platform == 'win32' h:0\nidna==3.10 ; sys_platform == 'linux' h:b", "idna 3.10 idna-3.10-py3-none-any.whl bbbb 7 wheel"},
		{"idna==3.10 h:a h:b\nidna[x]==3.10 h:b", "idna 3.10 idna-3.10-py3-none-any.whl bbbb 7 wheel"},
		{"idna @ https://files.example.com/idna-3.10-py3-none-any.whl h:a", "idna 3.10 idna-3.10-py3-none-any.whl aaaa 0 wheel"},
		{"idna @ https://files.example.com/archive/main.zip h:a", "idna  main.zip aaaa 0 sdist"},

		{"idna==3.10 ; platform_release == '5' h:a", "r.txt:1:1: idna: the marker asks for platform_release, which isn't known before the container runs"},
		{"idna==3.9 h:0\nidna==3.10 h:a", "r.txt:2:1: idna is locked to 3.10 here and to 3.9 in r.txt:1:1, and both are needed for CPython 3.11, x86_64, glibc 2.36\n" +
			"idna 3.9 idna-3.9-py3-none-any.whl 0000 7 wheel"},
		{"idna==3.10 h:a\nidna==3.10 h:b", "r.txt:2:1: idna has other hashes here than in r.txt:1:1\nidna 3.10 idna-3.10.tar.gz aaaa 7 sdist"},
		{"idna==3.11 h:a", "r.txt:1:1: idna 3.11 has no archive for CPython 3.11, x86_64, glibc 2.36: not offered by INDEX"},
		{"missing==1 h:a", "r.txt:1:1: missing 1 has no archive for CPython 3.11, x86_64, glibc 2.36: not offered by INDEX"},
		{"idna==3.10 h:f", "r.txt:1:1: idna 3.10 has no archive for CPython 3.11, x86_64, glibc 2.36: none of the 2 offered is under the lock's hashes; idna-3.10-py3-none-any.whl would fit"},
		{"numpy==2.0 h:c h:d", "r.txt:1:1: numpy 2.0 has no archive for CPython 3.11, x86_64, glibc 2.36: the lock's hashes are of " +
			"numpy-2.0-cp311-cp311-manylinux_2_39_x86_64.whl, numpy-2.0-cp312-cp312-manylinux_2_28_x86_64.whl; numpy-2.0.tar.gz would fit"},
		{"--only-binary :all:\nyanked==1 h:b", "r.txt:2:1: yanked 1 has no archive for CPython 3.11, x86_64, glibc 2.36: the lock's hashes are of yanked-1.0.tar.gz; yanked-1-py3-none-any.whl would fit"},
		{"newer==1 h:a", "r.txt:1:1: newer 1 has no archive for CPython 3.11, x86_64, glibc 2.36: the lock's hashes are of newer-1-py3-none-any.whl; newer-1.tar.gz would fit"},
		{"bare==1 h:a", "r.txt:1:1: bare 1 has no archive for CPython 3.11, x86_64, glibc 2.36: none of the 1 offered has a sha256"},
		{"only12==1 h:f", "r.txt:1:1: only12 1 has no archive for CPython 3.11, x86_64, glibc 2.36: none of the 1 offered is under the lock's hashes"},
		{"x @ https://files.example.com/x-1-cp312-cp312-linux_x86_64.whl h:a", "r.txt:1:1: x 1 has no archive for CPython 3.11, x86_64, glibc 2.36: the lock's hashes are of x-1-cp312-cp312-linux_x86_64.whl"},
		{"x @ https://files.example.com/x.exe h:a", "r.txt:1:1: x has no archive for CPython 3.11, x86_64, glibc 2.36: https://files.example.com/x.exe isn't an archive of it"},
		{"x @ https://files.example.com/x.zip h:a h:b", "r.txt:1:1: x has no archive for CPython 3.11, x86_64, glibc 2.36: its address has 2 hashes, and one archive has one"},
		{"idna==3.10\n-c d.txt", "idna 3.10 idna-3.10.tar.gz aaaa 7 sdist"},
		{"idna==3.10 h:a h:b\n-c d.txt", "idna 3.10 idna-3.10.tar.gz aaaa 7 sdist"},
		{"idna==3.10 h:b\n-c d.txt", "d.txt:2:1: idna has other hashes here than in r.txt:1:1\nidna 3.10 idna-3.10-py3-none-any.whl bbbb 7 wheel"},
		{"idna==3.10 h:a\n-c c.txt", "r.txt:1:1: idna 3.10 is locked, but c.txt:1:1 constrains it to <3"},
	} {
		got := resolved(t, Index{Bases: []string{s.URL + "/simple"}, patience: brisk}, c.requirements)
		got = strings.ReplaceAll(got, s.URL+"/simple", "INDEX")
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.requirements, diff)
		}
	}
}

// constraints are files that requirements of the tests include.
var constraints = map[string]string{
	"c.txt": "idna<3 ; os_name == 'posix'",
	"d.txt": "idna<3 ; os_name == 'nt'\nidna>=3 --hash=sha256:" + hashOf('a') + "\n",
}

// resolved is what is chosen for debian, a line each, and before that what is
// wrong. In the requirements h:a is a hash.
func resolved(t *testing.T, index Index, requirements string) string {
	t.Helper()
	for _, c := range "0abcdef" {
		requirements = strings.ReplaceAll(requirements, "h:"+string(c), "--hash=sha256:"+hashOf(c))
	}
	locked, problems := Parse("r.txt", []byte(requirements), func(path string) ([]byte, bool) { return []byte(constraints[path]), true })
	if len(problems) > 0 {
		t.Fatalf("%s: %v", requirements, problems)
	}
	archives, problems, err := Resolve(context.Background(), index, debian, locked)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.Position.String()+": "+p.Message)
	}
	for _, a := range archives {
		lines = append(lines, fmt.Sprintf("%s %s %s %s %d %s", a.Name, a.Version, a.File, a.SHA256[:4], a.Size, a.Kind))
	}
	return strings.Join(lines, "\n")
}

func TestSeveralIndexes(t *testing.T) {
	first := indexOf(t, map[string][]offer{"idna": {{name: "idna-3.10.tar.gz", hash: 'a'}}})
	second := indexOf(t, map[string][]offer{"idna": {{name: "idna-3.10-py3-none-any.whl", hash: 'b'}}})
	storage := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	simple := func(s *server) string { return s.URL + "/simple" }
	index := Index{Bases: []string{simple(first)}, Extra: []string{simple(storage), simple(first)}, patience: brisk}
	for _, c := range []struct{ requirements, want string }{
		{"idna==3.10 h:a h:b", "idna 3.10 idna-3.10.tar.gz aaaa 7 sdist"},
		{"--extra-index-url " + simple(second) + "\nidna==3.10 h:a h:b", "idna 3.10 idna-3.10-py3-none-any.whl bbbb 7 wheel"},
		{"-i " + simple(second) + "\nidna==3.10 h:b", "idna 3.10 idna-3.10-py3-none-any.whl bbbb 7 wheel"},
		{"x==1 h:b", "r.txt:1:1: x 1 has no archive for CPython 3.11, x86_64, glibc 2.36: not offered by FIRST, STORAGE (which answered 403 Forbidden)"},
	} {
		got := resolved(t, index, c.requirements)
		got = strings.NewReplacer(simple(first), "FIRST", simple(storage), "STORAGE").Replace(got)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.requirements, diff)
		}
	}
}

// A lock that knows its archives' addresses asks nobody.
func TestLockedFilesAskNoIndex(t *testing.T) {
	s := indexOf(t, nil)
	l := Locked{
		Name: "torch", Version: "2.1.0+cu128", Hashes: []string{hashOf('a'), hashOf('b')}, Pos: diag.Position{File: "uv.lock", Line: 3, Column: 8},
		Files: []LockedFile{
			{Name: "torch-2.1.0+cu128-cp311-cp311-linux_x86_64.whl", URL: "https://example.com/a", SHA256: hashOf('a'), Size: 9},
			{Name: "torch-2.1.0+cu128.tar.gz", URL: "https://example.com/b", SHA256: hashOf('b')},
		},
	}
	got, problems, err := Resolve(context.Background(), Index{Bases: []string{s.URL}}, debian, []Locked{l})
	want := []Archive{{
		Name: "torch", Version: "2.1.0+cu128", File: l.Files[0].Name, URL: "https://example.com/a", SHA256: hashOf('a'), Size: 9, Kind: KindWheel, Pos: l.Pos,
	}}
	if diff := cmp.Diff(want, got); err != nil || problems != nil || diff != "" || s.questions() != nil {
		t.Errorf("%v, %v, asked %v (-want +got)\n%s", err, problems, s.questions(), diff)
	}
}

func TestLocksOfOtherInterpreters(t *testing.T) {
	file := []LockedFile{{Name: "idna-3.10-py3-none-any.whl", URL: "https://example.com/a", SHA256: hashOf('a')}}
	base := Locked{Name: "idna", Version: "3.10", Hashes: []string{hashOf('a')}, Files: file, Pos: diag.Position{File: "uv.lock", Line: 3, Column: 8}}
	for _, c := range []struct {
		python       string
		environments []string
		want         string
	}{
		{">=3.11,<3.12", []string{"sys_platform == 'win32'", "sys_platform == 'linux'"}, ""},
		{">=3.12", nil, "uv.lock:3:8: the lock is for Python >=3.12, and the image has CPython 3.11, x86_64, glibc 2.36"},
		{"", []string{"sys_platform == 'win32'"}, "uv.lock: the lock is for sys_platform == 'win32', and the image has CPython 3.11, x86_64, glibc 2.36"},
	} {
		l := base
		l.RequiresPython, l.Environments = c.python, c.environments
		archives, problems, err := Resolve(context.Background(), Index{}, debian, []Locked{l, l})
		if err != nil || len(archives)+len(problems) != 1 {
			t.Fatalf("%+v: %v, %v, %v", c, archives, problems, err)
		}
		if c.want != "" && problems[0].Position.String()+": "+problems[0].Message != c.want {
			t.Errorf("%+v: %s", c, problems[0])
		}
	}
}

func TestIndexThatFails(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	locked := []Locked{{Name: "idna", Version: "3.10", Hashes: []string{hashOf('a')}}}
	_, _, err := Resolve(context.Background(), Index{Bases: []string{s.URL}, patience: brisk}, debian, locked)
	if want := s.URL + "/idna/ answered 502 Bad Gateway"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if asked := s.questions(); len(asked) != brisk.attempts {
		t.Errorf("asked %v", asked)
	}
}

// TestResolveFromPyPI resolves an example's lock, and fetches what is chosen.
func TestResolveFromPyPI(t *testing.T) {
	if os.Getenv("GANTLINE_TEST") != "full" {
		t.Skip("asks PyPI: set GANTLINE_TEST=full")
	}
	const lock = "../../examples/agent/files/requirements.lock"
	src, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	locked, problems := Parse(lock, src, nil)
	archives, more, err := Resolve(context.Background(), Index{}, debian, locked)
	if err != nil || problems != nil || more != nil {
		t.Fatal(err, problems, more)
	}
	var files []string
	for _, a := range archives {
		files = append(files, a.File)
	}
	want := []string{
		"msgpack-1.1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
		"PyYAML-6.0.2-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
		"tqdm-4.67.1-py3-none-any.whl",
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Fatalf("(-want +got)\n%s", diff)
	}
	if _, err := (Store{Dir: t.TempDir()}).FetchAll(context.Background(), archives); err != nil {
		t.Error(err)
	}
}
