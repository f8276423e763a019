package slurm

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the goldens anew")

// TestConfiguration compares every file with testdata/node.
func TestConfiguration(t *testing.T) {
	a := addUser(read(t, "testdata/machine/passwd"), read(t, "testdata/machine/group"))
	files, err := configuration(testOptions("/srv/node"), a)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		golden := filepath.Join("testdata/node", f.path)
		if *update {
			if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(golden, []byte(f.content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(read(t, golden), f.content); diff != "" {
			t.Errorf("%s differs (-want +got); run with -update if that is meant:\n%s", golden, diff)
		}
	}
}

func TestOptions(t *testing.T) {
	cases := map[string]struct {
		options Options
		want    string
	}{
		"as it should be": {testOptions("/srv/node"), ""},
		"IPv6":            {Options{"/srv/node", "node", "fd00::1"}, ""},
		"relative folder": {Options{"node", "node", "10.0.0.1"}, `folder "node" is not an absolute path`},
		"no name":         {Options{"/srv/node", "", "10.0.0.1"}, `host name ""`},
		"domain":          {Options{"/srv/node", "node.example", "10.0.0.1"}, `host name "node.example": want a name without a domain`},
		"no address":      {Options{"/srv/node", "node", "node"}, `node address "node"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { wantError(t, c.options.check(), c.want) })
	}
}

func TestCheckPackages(t *testing.T) {
	wantError(t, checkPackages(nil), "")
	err := checkPackages([]Package{{"munge", "/no/munged", "signs"}, {"slurmd", "/no/slurmd", "runs jobs"}})
	wantError(t, err, "this machine lacks munge (signs), slurmd (runs jobs): run apt-get install --no-install-recommends munge slurmd")
}

// TestPackagesHoldPrograms finds a package for every file that is run.
func TestPackagesHoldPrograms(t *testing.T) {
	files := map[string]bool{}
	for _, p := range Packages() {
		files[p.File] = true
	}
	var names []string
	for _, p := range programs(testOptions("/srv/node")) {
		names = append(names, p.Name)
		if !files[p.Path] {
			t.Errorf("%s runs %s, of which no package is known", p.Name, p.Path)
		}
	}
	want := []string{"munged", "slurmctld", "slurmd-n1", "slurmd-n2", "slurmd-n3", "slurmd-n4", "sshd"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("the programs differ (-want +got):\n%s", diff)
	}
}

func TestMountRefusesTheMachine(t *testing.T) {
	if os.Getpid() == 1 {
		t.Skip("the test itself is a first process, which Mount does not refuse")
	}
	wantError(t, Mount(testOptions(t.TempDir())), "is not the first of a node")
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// wantError checks that an error has a text in it; "" wants none.
func wantError(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("error %v, want none", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want one with %q", err, want)
	}
}
