package build

import (
	"strings"
	"testing"
	"time"
)

func TestCheckTo(t *testing.T) {
	const home = "/home/gantline"
	for to, want := range map[string]string{
		"/workspace":      "",
		"/srv/app/code":   "",
		"/usr/src/app":    "",
		"/var/lib/app":    "",
		"/root/code":      "lies in /root",
		"/lib/code":       "lies in /lib",
		"/tmp/code":       "lies in /tmp",
		home:              "",
		home + "/src":     "",
		"/":               "clean absolute",
		"":                "clean absolute",
		"workspace":       "clean absolute",
		"/a/../b":         "clean absolute",
		"/workspace/":     "clean absolute",
		"/a:b":            "clean absolute",
		"/a\nb":           "clean absolute",
		"/opt":            "hide /opt/gantline",
		"/opt/gantline":   "hide /opt/gantline",
		"/opt/gantline/x": "lies in /opt/gantline",
		"/opt/venv/code":  "lies in /opt/venv",
		"/.gantline/data": "lies in /.gantline",
		"/usr":            "hide /usr/bin",
		"/etc":            "hide /etc",
		"/var":            "hide /var/lock",
		"/proc/self":      "lies in /proc",
		"/var/run/x":      "lies in /var/run",
		"/home":           "hide /home",
		"/tmp":            "hide /tmp",
	} {
		err := CheckTo(to, home)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("code.to %q: %v, want %q", to, err, want)
		}
	}
}

func TestSpecRefusals(t *testing.T) {
	hash := strings.Repeat("a", 40)
	file := func(path string, mode Mode) func(*Spec) {
		return func(s *Spec) { s.Files = []File{{Path: path, Mode: mode, Hash: hash}} }
	}
	for name, c := range map[string]struct {
		change func(*Spec)
		want   string
	}{
		"no repository":     {func(s *Spec) { s.Repository = "" }, "no repository"},
		"short commit":      {func(s *Spec) { s.Commit = "abc" }, `commit "abc" is not a full hash`},
		"upper-case origin": {func(s *Spec) { s.Origin.Commit = strings.Repeat("A", 40) }, "origin"},
		"no step":           {func(s *Spec) { s.Step = Binary{} }, "gantline-step"},
		"platform":          {func(s *Spec) { s.Platform = "amd64" }, `platform "amd64"`},
		"user name":         {func(s *Spec) { s.User.Name = "a:b" }, "passwd"},
		"home":              {func(s *Spec) { s.User.Home = "relative" }, "home directory"},
		"huge uid":          {func(s *Spec) { s.User.UID = 1 << 30 }, "outside 0"},
		"code.to":           {func(s *Spec) { s.To = "/" }, "code.to"},
		"whiteout":          {file("a/.wh.x", ModeFile), `".wh."`},
		"whiteout parent":   {file(".wh..wh..opq/x", ModeFile), `".wh."`},
		"dots":              {file("a/../../etc/passwd", ModeFile), "no file of a repository"},
		"absolute":          {file("/etc/passwd", ModeFile), "no file of a repository"},
		"git directory":     {file(".git/config", ModeFile), "no file of a repository"},
		"git, disguised":    {file("sub/.GIT/hooks/x", ModeFile), "no file of a repository"},
		"nul":               {file("a\x00b", ModeFile), "NUL"},
		"directory":         {file("a", "040000"), `mode "040000"`},
	} {
		spec := treeSpec(nil)
		c.change(&spec)
		if err := spec.check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := treeSpec(nil).check(); err != nil {
		t.Errorf("a good spec: %v", err)
	}
	if err := CheckTo("/srv", "/srv/home"); err == nil || !strings.Contains(err.Error(), "hide the home directory") {
		t.Errorf("above the home directory: %v", err)
	}
	if err := CheckTo("/root/code", "/root"); err != nil {
		t.Errorf("root's code in root's home: %v", err)
	}
}

func TestImpossibleTrees(t *testing.T) {
	hash := strings.Repeat("a", 40)
	for name, paths := range map[string][]string{
		"twice":             {"a", "a"},
		"file and parent":   {"a", "a/b"},
		"link and ancestor": {"x/y/z", "x"},
		"far apart":         {"a", "a.b", "a/b"},
	} {
		var files []File
		for _, p := range paths {
			files = append(files, File{Path: p, Mode: ModeSymlink, Hash: hash})
		}
		if _, err := WholeTree(memBlobs{}, nil).Code(treeSpec(files)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A blob that is not what its entry says fails the build at its path.
func TestWrongBlobs(t *testing.T) {
	hash := strings.Repeat("a", 40)
	for name, c := range map[string]struct {
		blobs memBlobs
		file  File
		want  string
	}{
		"missing":    {memBlobs{}, File{Path: "dir/a.py", Mode: ModeFile, Hash: hash}, `writing "dir/a.py": no blob`},
		"short":      {memBlobs{hash: []byte("x")}, File{Path: "a", Mode: ModeFile, Hash: hash, Size: 5}, "has 1 bytes, not 5"},
		"empty link": {memBlobs{hash: nil}, File{Path: "a", Mode: ModeSymlink, Hash: hash}, "symlink target"},
		"long link":  {memBlobs{hash: make([]byte, 5000)}, File{Path: "a", Mode: ModeSymlink, Hash: hash, Size: 5000}, "symlink target"},
	} {
		all, err := recipes(treeSpec([]File{c.file}), WholeTree(c.blobs, nil))
		if err != nil {
			t.Fatal(err)
		}
		_, err = pack(t.Context(), all[len(all)-1], t.TempDir())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestStepThatChanges(t *testing.T) {
	spec := treeSpec(nil)
	spec.Step.Open = BinaryBytes([]byte("stop")).Open
	_, err := pack(t.Context(), stepRecipe(spec.Step), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "changed while") {
		t.Errorf("another step than its digest says: %v", err)
	}
}

func TestParseUser(t *testing.T) {
	for text, want := range map[string]User{
		"":        {1000, 1000, "gantline", "/home/gantline"},
		"7":       {7, 7, "gantline", "/home/gantline"},
		"0:0":     {0, 0, "root", "/root"},
		"1000:50": {1000, 50, "gantline", "/home/gantline"},
	} {
		if got, err := ParseUser(text); err != nil || got != want {
			t.Errorf("user %q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"root", "1:x", ":", "-1", "99999999999", "2097152"} {
		if got, err := ParseUser(text); err == nil || !strings.Contains(err.Error(), "1000:1000") {
			t.Errorf("user %q: %+v, %v", text, got, err)
		}
	}
}

func TestTooManyLayers(t *testing.T) {
	p, err := treeSpec(nil).platform()
	if err != nil {
		t.Fatal(err)
	}
	_, err = assemble(treeSpec(nil), scratchImage(p), make([]madeLayer, maxLayers+1), nil)
	if err == nil || !strings.Contains(err.Error(), "126 layers") {
		t.Errorf("126 layers: %v", err)
	}
}

// created is the origin's time wherever the machine stands.
func TestCreatedKnowsNoZone(t *testing.T) {
	spec := treeSpec(nil)
	spec.Origin.Time = time.Unix(1700000000, 999).In(time.FixedZone("far", 14*3600))
	if got := spec.facts()[labelCreated]; got != "2023-11-14T22:13:20Z" {
		t.Errorf("created is %s", got)
	}
}
