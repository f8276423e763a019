package wheels

import (
	gocmp "cmp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ordered are versions of which each is before the next.
var ordered = []string{
	"1.dev0", "1.0.dev456", "1.0a1.dev1", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2",
	"1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0+5.1",
	"1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1.9", "1.10", "20240101", "123456789012345678901234567890", "1!0.1",
}

func TestVersionsAreOrdered(t *testing.T) {
	for i, a := range ordered {
		for j, b := range ordered {
			v, okV := parseVersion(a)
			w, okW := parseVersion(b)
			if !okV || !okW {
				t.Fatalf("%q or %q is no version", a, b)
			}
			if got, want := v.compare(w), gocmp.Compare(i, j); got != want {
				t.Errorf("%s compared with %s is %d, not %d", a, b, got, want)
			}
		}
	}
}

func TestVersionSpellings(t *testing.T) {
	for text, want := range map[string]string{
		"1.0": "1.0", "v1.0": "1.0", " 1.0 ": "1.0", "1.0Alpha": "1.0a0", "1.0-a.1": "1.0a1", "1.0preview2": "1.0rc2", "1.0c3": "1.0rc3",
		"1.0-1": "1.0.post1", "1.0rev2": "1.0.post2", "1.0.post": "1.0.post0", "1.0DEV": "1.0.dev0", "01.010": "1.10",
		"2!1.0": "2!1.0", "0!1.0": "1.0", "1.0+Ubuntu-1_02": "1.0+ubuntu.1.2", "1.0a1-2.dev3+x": "1.0a1.post2.dev3+x",
	} {
		v, ok := parseVersion(text)
		if !ok || v.String() != want {
			t.Errorf("%q is %q, %v; want %q", text, v.String(), ok, want)
		}
	}
	for _, text := range []string{"", "a", "1.", "1..0", "1.0+", "1.0+a+b", "1.0 .0", "1.0foo", "==1", "1!", "!1"} {
		if v, ok := parseVersion(text); ok {
			t.Errorf("%q is no version, but was read as %q", text, v)
		}
	}
}

func TestSameVersion(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1.0", "1.0.0", true}, {"1.0", "1.0+cpu", false}, {"1.0rc1", "1.0.c1", true}, {"main", "main", true}, {"main", "1", false},
	} {
		if got := SameVersion(c.a, c.b); got != c.want {
			t.Errorf("SameVersion(%q, %q) = %v", c.a, c.b, got)
		}
	}
}

func TestSpecifiers(t *testing.T) {
	for _, c := range []struct {
		text    string
		yes, no []string
	}{
		{"", []string{"1", "1.dev0"}, nil},
		{">=1.0,<2", []string{"1", "1.9.9", "1.0+cpu"}, []string{"0.9", "2", "2.0.dev1", "1.0rc1"}},
		{"==1.0", []string{"1", "1.0.0", "1.0+cpu"}, []string{"1.0.1", "1.0.post1"}},
		{"==1.0+cpu", []string{"1.0.0+CPU"}, []string{"1.0", "1.0+cpu.1"}},
		{"!=1.0", []string{"1.1"}, []string{"1", "1.0+cpu"}},
		{"==1.1.*", []string{"1.1", "1.1.5", "1.1a1", "1.1.dev3+x"}, []string{"1.10", "1", "1.2"}},
		{"==1.0.0.*", []string{"1", "1.0.0.3"}, []string{"1.0.1"}},
		{"==1.0a1.*", []string{"1.0a1", "1.0a1.post2"}, []string{"1.0a10", "1.0"}},
		{"!=1.1.*", []string{"1.2"}, []string{"1.1.1"}},
		{"~=2.2", []string{"2.2", "2.9", "2.2.post1"}, []string{"2.1", "3.0", "2.2rc1"}},
		{"~=1.4.5", []string{"1.4.5", "1.4.9"}, []string{"1.5", "1.4.4"}},
		{"~=1.4.5a4", []string{"1.4.5a4", "1.4.6"}, []string{"1.4.5a3", "1.5"}},
		{">1.7", []string{"1.7.1", "1.8"}, []string{"1.7", "1.7.0.post1", "1.7+x"}},
		{">1.7.post2", []string{"1.7.post3"}, []string{"1.7.post2", "1.7"}},
		{"<3.1", []string{"3.0.dev0", "3.0"}, []string{"3.1.dev0", "3.1rc1"}},
		{"<3.1rc2", []string{"3.1rc1", "3.1.dev0"}, []string{"3.1rc2"}},
		{"<=1.0", []string{"1.0+x", "1"}, []string{"1.0.post1"}},
		{"===1.0", []string{"1.0"}, []string{"1.0.0"}},
		{">1,", []string{"2"}, []string{"1"}},
	} {
		all, err := parseSpecifiers(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		for _, text := range slices.Concat(c.yes, c.no) {
			v, _ := parseVersion(text)
			if got, want := all.contains(v), slices.Contains(c.yes, text); got != want {
				t.Errorf("%q contains %s: %v", c.text, text, got)
			}
		}
	}
}

func TestBadSpecifiers(t *testing.T) {
	for _, text := range []string{"1.0", "=1.0", "==", "~=1", "~=1.0+x", ">=1.*", ">=1.0+x", "==1.0.dev1.*", "==1.0+x.*", ">= 1 <2", "^1"} {
		if all, err := parseSpecifiers(text); err == nil {
			t.Errorf("%q was read as %v", text, all)
		}
	}
}

func FuzzVersion(f *testing.F) {
	for _, text := range ordered {
		f.Add(text, ">="+text)
	}
	f.Fuzz(func(t *testing.T, text, spec string) {
		v, ok := parseVersion(text)
		if !ok {
			return
		}
		again, ok := parseVersion(v.String())
		if !ok || v.compare(again) != 0 || again.String() != v.String() {
			t.Errorf("%q is written as %q, which is read as %q", text, v, again)
		}
		if all, err := parseSpecifiers(spec); err == nil {
			all.contains(v)
		}
		exact, err := parseSpecifiers("==" + v.String())
		if err != nil || !exact.contains(v) {
			t.Errorf("==%s doesn't contain %q: %v", v, text, err)
		}
	})
}

func TestWheelNames(t *testing.T) {
	got, ok := splitWheelName("Foo_Bar-1.0_2-3b-py2.py3-none-any.whl")
	want := wheelName{name: "Foo_Bar", version: "1.0-2", build: "3b", tags: []string{"py2-none-any", "py3-none-any"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(wheelName{})); !ok || diff != "" {
		t.Errorf("%v (-want +got)\n%s", ok, diff)
	}
	for _, name := range []string{"", "a.whl", "a-1-py3-none-any.zip", "a-1-x-py3-none-any.whl", "a-b-c-d-e-f-g.whl", "-1-py3-none-any.whl", "a-1--py3-none-any.whl"} {
		if w, ok := splitWheelName(name); ok {
			t.Errorf("%q was read as %+v", name, w)
		}
	}
}

func TestSDistNames(t *testing.T) {
	for _, c := range []struct{ file, name, want string }{
		{"idna-3.10.tar.gz", "idna", "3.10"}, {"ruamel.yaml-0.18.tar.gz", "ruamel-yaml", "0.18"}, {"a-b-1-2.zip", "a-b", "1-2"},
		{"idna-3.10.whl", "idna", ""}, {"idnax-3.10.tar.gz", "idna", ""}, {"idna-.tar.gz", "idna", ""},
	} {
		if got, ok := sdistVersion(c.file, c.name); got != c.want || ok != (c.want != "") {
			t.Errorf("sdistVersion(%q, %q) = %q, %v", c.file, c.name, got, ok)
		}
	}
}

// What is read of an archive's name is part of it, whatever the name is.
func FuzzArchiveNames(f *testing.F) {
	f.Add("numpy-2.1.0-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
	f.Add("some-thing-1.0.tar.gz")
	f.Add("a-1-/../-x.whl")
	f.Fuzz(func(t *testing.T, name string) {
		if w, ok := splitWheelName(name); ok && (w.name == "" || w.version == "" || len(w.tags) == 0 || !strings.HasPrefix(name, w.name+"-")) {
			t.Errorf("%q is read as %+v", name, w)
		}
		stem, _, _ := strings.Cut(name, "-")
		if version, ok := sdistVersion(name, Normalize(stem)); ok && (version == "" || !strings.Contains(name, "-"+version)) {
			t.Errorf("%q has the version %q", name, version)
		}
	})
}
