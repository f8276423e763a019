package wheels

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// python311 is an interpreter that sets are checked for.
var python311 = Target{
	Implementation: "cpython", Version: "3.11.7", ABI: "cp311", GLibc: "2.36", Machine: "x86_64",
	Installed: map[string]string{"numpy": "1.24.1", "pip": "23.2"},
}

func TestCheck(t *testing.T) {
	pandas := Metadata{Name: "pandas", Version: "2.2.0", Requires: []string{"numpy>=1.26 ; python_version >= '3.11'"}}
	celery := Metadata{Name: "Celery", Version: "5.4", Requires: []string{"kombu<6", `redis>=4 ; extra == "redis"`, `ssl-lib ; extra == "TLS_x"`}}
	for name, c := range map[string]struct {
		packages []Metadata
		extras   map[string][]string
		want     []string
	}{
		"nothing": {},
		"met by the base": {
			packages: []Metadata{{Name: "a", Version: "1", Requires: []string{"NumPy (>=1.20,<2)", "pip"}}},
		},
		"not met by the base": {
			packages: []Metadata{pandas},
			want:     []string{"pandas 2.2.0 needs numpy>=1.26, and numpy 1.24.1 is there"},
		},
		"met by the set, which hides the base": {
			packages: []Metadata{pandas, {Name: "NumPy", Version: "1.26.4"}},
		},
		"nothing there": {
			packages: []Metadata{celery},
			want:     []string{"Celery 5.4 needs kombu<6, which is not there"},
		},
		"another spelling": {
			packages: []Metadata{{Name: "a", Version: "1", Requires: []string{"Zope.Interface>=5"}}, {Name: "zope-interface", Version: "5.0"}},
		},
		"no marker that holds": {
			packages: []Metadata{{Name: "a", Version: "1", Requires: []string{"pywin32 ; sys_platform == 'win32'", "x ; extra == 'x'"}}},
		},
		"a marker that only a kernel decides": {
			packages: []Metadata{{Name: "a", Version: "1", Requires: []string{"x ; platform_release == '6.1'"}}},
		},
		"extras that were asked for": {
			packages: []Metadata{celery, {Name: "kombu", Version: "5"}},
			extras:   map[string][]string{"celery": {"redis", "tls-x"}},
			want:     []string{"Celery 5.4 needs redis>=4, which is not there", "Celery 5.4 needs ssl-lib, which is not there"},
		},
		"extras that a package asks for": {
			packages: []Metadata{celery, {Name: "kombu", Version: "5"}, {Name: "app", Version: "1", Requires: []string{"celery[redis]"}}},
			want:     []string{"Celery 5.4 needs redis>=4, which is not there"},
		},
		"packages that ask for each other": {
			packages: []Metadata{
				{Name: "a", Version: "1", Requires: []string{"b[x]", "c ; extra == 'y'"}},
				{Name: "b", Version: "1", Requires: []string{"a[y] ; extra == 'x'"}},
			},
			want: []string{"a 1 needs c, which is not there"},
		},
		"an extra of its own": {
			packages: []Metadata{{Name: "a", Version: "1", Requires: []string{"a[x] ; extra == 'all'", "b ; extra == 'x'"}}},
			extras:   map[string][]string{"a": {"all"}},
			want:     []string{"a 1 needs b, which is not there"},
		},
		"extras are named": {
			packages: []Metadata{{Name: "a", Version: "1", Requires: []string{"b[z, y] >= 2, < 3"}}},
			want:     []string{"a 1 needs b[y,z]>=2,<3, which is not there"},
		},
		"pre-releases count": {
			packages: []Metadata{{Name: "a", Version: "1", Requires: []string{"b>=2"}}, {Name: "b", Version: "2.1rc1"}},
		},
		"an address": {
			packages: []Metadata{{Name: "a", Version: "1", Requires: []string{"b @ git+https://user:secret@host.example/b", "numpy @ file:///numpy"}}},
			want:     []string{"a 1 needs b @ git+https://host.example/b, which is not there"},
		},
		"no version": {
			packages: []Metadata{{Name: "a", Version: "1", Requires: []string{"b", "b>0"}}, {Name: "b", Version: "unknown"}},
			want:     []string{"a 1 needs b>0, and b unknown is there"},
		},
		"another Python": {
			packages: []Metadata{{Name: "a", Version: "1", RequiresPython: ">=3.12"}, {Name: "b", Version: "1", RequiresPython: ">=3.8"}},
			want:     []string{"a 1 needs Python >=3.12, and Python 3.11.7 is there"},
		},
		"no requirement": {
			packages: []Metadata{{Name: "a", Version: "1", Requires: []string{"b>>1", "pip"}}},
			want:     []string{`a 1 has a requirement "b>>1" that can't be read: ">>1" is no version specifier`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, unmet := range Check(python311, c.packages, c.extras) {
				got = append(got, unmet.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Sets that are made up have the same complaints from pip.
func TestCheckAsPip(t *testing.T) {
	if os.Getenv("GANTLINE_TEST") != "full" {
		t.Skip("asks this machine's pip: set GANTLINE_TEST=full")
	}
	random := rand.New(rand.NewPCG(3, 4))
	var sets [][]Metadata
	for range 400 {
		sets = append(sets, randomPackages(random))
	}
	want := askPip(t, sets)
	complaints := 0
	for i, packages := range sets {
		got := [][3]string{}
		for _, unmet := range Check(Target{Implementation: "cpython", Version: "3.11.7", Machine: "x86_64"}, packages, nil) {
			needs, _ := parseNeed(unmet.Needs)
			_, has, _ := strings.Cut(unmet.Has, " ")
			got = append(got, [3]string{unmet.Package, needs.name, has})
		}
		slices.SortFunc(got, func(a, b [3]string) int { return slices.Compare(a[:], b[:]) })
		if diff := cmp.Diff(slices.Compact(want[i]), slices.Compact(got)); diff != "" {
			t.Errorf("%v: (-pip +got)\n%s", packages, diff)
		}
		complaints += len(got)
	}
	if complaints == 0 {
		t.Error("no set was incomplete")
	}
}

// randomPackages need each other, and some that aren't there. Markers don't
// depend on which Python 3 asks.
func randomPackages(random *rand.Rand) []Metadata {
	versions := []string{"1.0", "1.1rc1", "1.1", "2.0.dev3", "2.0", "2.0.1+local", "2.0.post1", "10"}
	specifiers := []string{"", "==1.0", "==1.*", ">=1.1", "<2", "~=1.0", "!=2.0", ">2.0", " (>=2)", ">=1.1,<10", "===2.0", "<=2.0.post1"}
	markers := []string{"", "", " ; sys_platform == 'win32'", " ; python_version >= '3'", " ; extra == 'x'", " ; os_name == 'posix' and extra != 'x'"}
	pick := func(all []string) string { return all[random.IntN(len(all))] }
	var packages []Metadata
	for i := range 3 + random.IntN(5) {
		p := Metadata{Name: fmt.Sprint("p", i), Version: pick(versions)}
		for range random.IntN(4) {
			p.Requires = append(p.Requires, fmt.Sprint("p", random.IntN(9))+pick(specifiers)+pick(markers))
		}
		packages = append(packages, p)
	}
	return packages
}

func askPip(t *testing.T, sets [][]Metadata) [][][3]string {
	t.Helper()
	type asked struct {
		Name     string   `json:"name"`
		Version  string   `json:"version"`
		Requires []string `json:"requires"`
	}
	var all [][]asked
	for _, set := range sets {
		var packages []asked
		for _, p := range set {
			packages = append(packages, asked{p.Name, p.Version, p.Requires})
		}
		all = append(all, packages)
	}
	in, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", "testdata/pipcheck.py")
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("asking pip: %v\n%s", err, &stderr)
	}
	var answers [][][3]string
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

func TestParseMetadata(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Metadata
	}{
		"nothing": {},
		"usual": {
			"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Python: >=3.8\nRequires-Dist: a\nRequires-Dist: b>=1; extra == 'x'\n\nName: other\n",
			Metadata{Name: "demo", Version: "1.0", RequiresPython: ">=3.8", Requires: []string{"a", "b>=1; extra == 'x'"}},
		},
		"another system's lines":    {"Name: demo\r\nRequires-Dist: a\r\n\r\nRequires-Dist: b\r\n", Metadata{Name: "demo", Requires: []string{"a"}}},
		"any case":                  {"NAME:demo\nrequires-dist : a\n", Metadata{Name: "demo", Requires: []string{"a"}}},
		"lines that go on":          {"License: MIT\n        Name: no\nRequires-Dist: a\n   >=1\nName: demo\n", Metadata{Name: "demo", Requires: []string{"a >=1"}}},
		"a colon in the value":      {"Requires-Dist: a @ https://host/a.whl\n", Metadata{Requires: []string{"a @ https://host/a.whl"}}},
		"lines that are no fields":  {"  Name: x\nnothing\nName: demo", Metadata{Name: "demo"}},
		"the description is no one": {"\nName: demo\n", Metadata{}},
	} {
		if diff := cmp.Diff(c.want, ParseMetadata([]byte(c.text))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestMetadataOfAWheel(t *testing.T) {
	got, err := opened(t, goodParts()).Metadata()
	if diff := cmp.Diff(Metadata{Name: "demo", Version: "1.0"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

func FuzzParseMetadata(f *testing.F) {
	f.Add("Name: demo\nRequires-Dist: a[b]>=1; extra == 'x'\n go on\n\ntext")
	f.Fuzz(func(t *testing.T, text string) {
		m := ParseMetadata([]byte(text))
		for _, value := range append([]string{m.Name, m.Version, m.RequiresPython}, m.Requires...) {
			if value != strings.TrimSpace(value) || strings.Contains(value, "\n") {
				t.Errorf("%q", value)
			}
		}
		for _, unmet := range Check(python311, []Metadata{m}, nil) {
			if strings.Contains(unmet.String(), "\n") {
				t.Errorf("%q", unmet)
			}
		}
	})
}
