package envimage

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/solver/pb"
)

var update = flag.Bool("update", false, "write what the tests see as the goldens")

const baseDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// full uses every field.
func full() Inputs {
	return Inputs{
		Base:         "registry.example.com/base:1@" + baseDigest,
		Platform:     "linux/amd64",
		System:       []string{"openssh-client", "git", "git"},
		Requirements: []File{{"deps/a.txt", []byte("-c pins.txt\nnumpy==2.0\n")}},
		Included:     []File{{"deps/pins.txt", []byte("numpy==2.0\n")}},
		Indexes:      []string{"https://download.example.com/whl/cu128"},
		Setup:        []string{"pip check", "ldconfig\ntrue"},
		User:         DefaultUser(1000, 1000),

		BaseConstrains: true,
	}
}

func TestKeyDependsOnEveryInput(t *testing.T) {
	seen := map[string]string{Key(full()): "the inputs unchanged"}
	for name, change := range map[string]func(*Inputs){
		"base":         func(in *Inputs) { in.Base = strings.Replace(in.Base, "0", "1", 1) },
		"platform":     func(in *Inputs) { in.Platform = "linux/arm64" },
		"system":       func(in *Inputs) { in.System = append(in.System, "jq") },
		"requirements": func(in *Inputs) { in.Requirements[0].Data = []byte("numpy==2.1\n") },
		"included":     func(in *Inputs) { in.Included[0].Data = []byte("numpy==2.1\n") },
		"indexes":      func(in *Inputs) { in.Indexes = nil },
		"constraint":   func(in *Inputs) { in.BaseConstrains = false },
		"setup":        func(in *Inputs) { in.Setup[0] = "true" },
		"setup order":  func(in *Inputs) { in.Setup[0], in.Setup[1] = in.Setup[1], in.Setup[0] },
		"user":         func(in *Inputs) { in.User.UID++ },
		"home":         func(in *Inputs) { in.User.Home = "/home/other" },
		"compression":  func(in *Inputs) { in.Compression = "zstd" },
	} {
		in := full()
		change(&in)
		key := Key(in)
		if other, found := seen[key]; found {
			t.Errorf("a change of %s has the key of %s", name, other)
		}
		seen[key] = name
	}
}

func TestKeyIgnoresWhatMeansNothing(t *testing.T) {
	in := full()
	in.System = []string{"git", "openssh-client"}
	in.Compression = "gzip"
	if Key(in) != Key(full()) {
		t.Error("the order of packages or a default written out changes the key")
	}
}

// The graph decides the layers. A difference here means that equal inputs give
// another image: raise Format, then update the golden.
func TestGraphGolden(t *testing.T) {
	config := `{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/bin","A=b=c"],"User":"nobody"}}`
	state, err := Graph(full(), []byte(config))
	if err != nil {
		t.Fatal(err)
	}
	definition, err := state.Marshal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var ops []*pb.Op
	for _, data := range definition.Def {
		op := new(pb.Op)
		if err := op.UnmarshalVT(data); err != nil {
			t.Fatal(err)
		}
		ops = append(ops, op)
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(map[string]any{"format": Format, "key": Key(full()), "ops": ops}); err != nil {
		t.Fatal(err)
	}
	golden(t, "graph.json", text.String())
}

func TestImageConfig(t *testing.T) {
	base := `{
		"architecture": "amd64", "os": "linux", "variant": "v1", "created": "2024-05-05T00:00:00Z",
		"config": {"Env": ["PATH=/usr/bin", "HOME=/root"], "Labels": {"a": "b"}, "Entrypoint": ["/x"]},
		"rootfs": {"type": "layers", "diff_ids": ["sha256:aa"]},
		"history": [{"created_by": "ADD"}, {"created_by": "ENV", "empty_layer": true}]
	}`
	got, err := imageConfig(full().normal(), []byte(base))
	if err != nil {
		t.Fatal(err)
	}
	var indented any
	if err := json.Unmarshal(got, &indented); err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(indented, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "config.json", string(text)+"\n")
}

func TestImageConfigLeavesUnfitHistoryToBuildKit(t *testing.T) {
	base := `{"config": {}, "rootfs": {"diff_ids": ["sha256:aa", "sha256:bb"]}, "history": [{"created_by": "ADD"}]}`
	got, err := imageConfig(full().normal(), []byte(base))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(got), `"history":[{"created_by":"ADD"}]`) {
		t.Errorf("the history was changed: %s", got)
	}
}

func TestValidate(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*Inputs)
		want   string
	}{
		{"all is well", func(*Inputs) {}, ""},
		{"base by tag", func(in *Inputs) { in.Base = "debian:12" }, `reading base "debian:12": it is not pinned by digest (name@sha256:…)`},
		{"platform", func(in *Inputs) { in.Platform = "amd64" }, `reading platform "amd64": expected linux/ARCH, such as linux/amd64`},
		{"package", func(in *Inputs) { in.System = []string{"git; rm -rf /"} }, `reading system package "git; rm -rf /": expected the name of a Debian package, or name=version`},
		{"option as package", func(in *Inputs) { in.System = []string{"-o"} }, `reading system package "-o": expected the name of a Debian package, or name=version`},
		{"index with password", func(in *Inputs) { in.Indexes = []string{"https://a:b@c/"} },
			"reading a package index: expected an http or https URL without spaces, user or password (credentials are the host's, not the image's)"},
		{"home", func(in *Inputs) { in.User.Home = "home" }, `reading home "home" of user "gantline": expected an absolute path`},
		{"user", func(in *Inputs) { in.User.Name = "A B" }, `reading user "A B" (1000:1000): expected a lower-case name and numbers from 0`},
		{"compression", func(in *Inputs) { in.Compression = "lz4" }, `reading compression "lz4": expected gzip or zstd`},
		{"project without lock", func(in *Inputs) { in.Requirements[0].Path = "sub/pyproject.toml" },
			`reading "sub/pyproject.toml": it has no lock beside it; write one, ` + "`uv lock`" + `, and commit uv.lock`},
		{"outside", func(in *Inputs) { in.Requirements[0].Path = "../a.txt" }, `reading requirements "../a.txt": expected a path inside the repository`},
		{"editable", func(in *Inputs) { in.Included[0].Data = []byte("# ours\n\n-e .  # us\n") },
			`reading deps/pins.txt:3: "-e ." installs from the repository, but dependencies are installed before the code is there; leave it out: the code is importable as it is`},
		{"include", func(in *Inputs) { in.Included = nil }, `reading "deps/a.txt": it includes "deps/pins.txt", which is not among the requirements`},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := full()
			test.change(&in)
			got := ""
			if err := in.Validate(); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefaultUserOfRootMakesNothing(t *testing.T) {
	in := Inputs{User: DefaultUser(0, 0)}
	if got := steps(in); len(got) != 0 {
		t.Errorf("root has steps: %v", got)
	}
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
