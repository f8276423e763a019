package wheels

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// markerCases are markers with whether they hold for debian.
var markerCases = map[string]bool{
	`python_version >= "3.8"`:                     true,
	`python_version < '3.10'`:                     false,
	`'3.8' <= python_version`:                     true,
	`"3.12" <= python_version`:                    false,
	`python_version == "3.11.*"`:                  true,
	`python_full_version ~= "3.11.0"`:             true,
	`python_full_version === "3.11.2"`:            true,
	`python_version in "3.10 3.11"`:               true,
	`python_version not in '3.10, 3.11'`:          false,
	`implementation_version >= "3.11"`:            true,
	`sys_platform == "linux"`:                     true,
	`sys_platform == 'win32' or os_name=='posix'`: true,
	`sys_platform == 'win32' or os_name=='posix' and platform_machine == "arm64"`:    false,
	`(sys_platform == 'win32' or os_name=='posix') and platform_machine == "x86_64"`: true,
	`sys_platform != "darwin" and platform_system == "Linux"`:                        true,
	`"linux" in sys_platform`:        true,
	`sys_platform in "linux darwin"`: true,
	`platform_python_implementation == 'CPython' and implementation_name == 'cpython'`: true,
	`extra == "test"`: false,
	`extra != 'test'`: true,
	`os.name == 'posix' and sys.platform == "linux" and python_implementation=='CPython'`: true,
	`((((python_version > "3"))))`: true,
	"python_version\n>\t'3'  ":     true,
	`platform_machine == "x86_64" and platform_machine != "arm64" or sys_platform == "os"`: true,
}

func TestMarkers(t *testing.T) {
	for text, want := range markerCases {
		if got, err := MarkerHolds(text, debian.Markers("")); got != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
}

// What holds is what packaging says.
func TestMarkersAsPackaging(t *testing.T) {
	q := question{Markers: slices.Sorted(maps.Keys(markerCases)), Environment: debian.Markers("").Values}
	for _, a := range []string{"python_version", "'3.9'", "sys_platform", "'linux'"} {
		for _, op := range []string{"==", "!=", "<", "<=", ">", ">=", "~=", "in", "not in"} {
			for _, b := range []string{"python_full_version", "'3.11'", "'3.11.2'", "os_name", "'posix linux'"} {
				if a == "sys_platform" && strings.HasPrefix(b, "'3") {
					continue // pip's copy makes a version of "linux"
				}
				q.Markers = append(q.Markers, a+" "+op+" "+b+" and python_version > '3' or extra == 'a'")
			}
		}
	}
	for i, said := range askPackaging(t, q).Markers {
		got, err := MarkerHolds(q.Markers[i], debian.Markers(""))
		var bad *markerError
		if errors.As(err, &bad) {
			continue // we refuse more: what compares texts as versions or by the alphabet
		}
		if err != nil || said != got {
			t.Errorf("%s: packaging says %v, we %v, %v", q.Markers[i], said, got, err)
		}
	}
}

func TestSpecifiersAsPackaging(t *testing.T) {
	var q question
	versions := append([]string{"1.0+cpu", "1.0.0.0", "2.0", "2.0a1", "1.0rc1.post1", "1.1.post1.dev2"}, ordered...)
	for _, v := range versions {
		for _, spec := range versions {
			for _, op := range []string{"==", "!=", "<", "<=", ">", ">=", "~="} {
				q.Specifiers = append(q.Specifiers, [2]string{op + spec, v})
			}
			q.Specifiers = append(q.Specifiers, [2]string{"==" + spec + ".*", v}, [2]string{"!=" + spec + ".*", v})
		}
	}
	for i, said := range askPackaging(t, q).Specifiers {
		pair := q.Specifiers[i]
		v, _ := parseVersion(pair[1])
		all, err := parseSpecifiers(pair[0])
		if err != nil { // pip's copy takes what PEP 440 forbids
			continue
		}
		if prefix := all[0].wildcard || all[0].op == "~="; prefix && len(all[0].version.release) > len(v.release) {
			continue // and misses that 1rc1 begins with 1.0, as later ones don't
		}
		if said != all.contains(v) {
			t.Errorf("%s contains %s: packaging says %v, we %v", pair[0], pair[1], said, all.contains(v))
		}
	}
}

func TestMarkerSets(t *testing.T) {
	env := debian.Markers("")
	env.Extras, env.Groups = []string{"gpu-12"}, []string{"test"}
	for text, want := range map[string]bool{
		`'test' in dependency_groups`: true, `'dev' in dependency_groups`: false, `'dev' not in dependency_groups`: true,
		`"GPU_12" in extras or 'x' in extras`: true, `'x' in extras`: false,
	} {
		if got, err := MarkerHolds(text, env); got != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
	if holds, err := MarkerHolds("extra == 'Some.Thing'", debian.Markers("some_thing")); !holds || err != nil {
		t.Errorf("an extra's name isn't normalized: %v, %v", holds, err)
	}
}

func TestUnknownVariables(t *testing.T) {
	for text, want := range map[string]string{
		`platform_release >= "5"`:                        "", // refused when it is read: a text
		`platform_release == "5"`:                        "the marker asks for platform_release, which isn't known before the container runs",
		`platform_version == "1" and os_name == "posix"`: "the marker asks for platform_version, which isn't known before the container runs",
	} {
		_, err := MarkerHolds(text, debian.Markers(""))
		if err == nil || want != "" && err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, want := range map[string]bool{ // what is known decides
		`platform_version == "1" and os_name == "nt"`:   false,
		`platform_version == "1" or os_name == "posix"`: true,
	} {
		if got, err := MarkerHolds(text, debian.Markers("")); got != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
	pypy := interpreters["pp310-x86_64-glibc"]
	if _, err := MarkerHolds("implementation_version > '7'", pypy.Markers("")); err == nil {
		t.Error("PyPy's own version isn't known, but was compared")
	}
}

func TestBadMarkers(t *testing.T) {
	for _, c := range []struct {
		text   string
		offset int
		want   string
	}{
		{``, 0, "expected a variable or a quoted text"},
		{`python_verson > "3"`, 0, `markers have no variable "python_verson"; did you mean "python_version"?`},
		{`wrong == "3"`, 0, `markers have no variable "wrong"`},
		{`os_name == "posix`, 11, `the text has no closing "`},
		{`os_name = "posix"`, 8, "expected a comparison, one of === == ~= != <= >= < > in, not in"},
		{`os_name not "posix"`, 8, "expected a comparison, one of === == ~= != <= >= < > in, not in"},
		{`os_name == "posix" os_name`, 19, `expected "and", "or" or the end of the marker`},
		{`(os_name == "posix"`, 19, `expected ")"`},
		{`os_name == "a" and`, 18, "expected a variable or a quoted text"},
		{`os_name > "a"`, 0, "os_name is a text, which > doesn't compare"},
		{`"a" == "b"`, 0, "a marker compares a variable with a text"},
		{`os_name == sys_platform`, 0, "a marker compares a variable with a text"},
		{`os_name == "a" and python_version > "x"`, 19, `">x" is no version specifier`},
		{`"x" > python_version`, 0, `"x" is no version`},
		{`"x" == extras`, 0, "extras is a set: write 'NAME' in extras"},
		{`extras in "x"`, 0, "extras is a set: write 'NAME' in extras"},
		{strings.Repeat("(", 200) + "os_name", 100, "the marker has more than 100 parentheses in each other"},
	} {
		_, err := parseMarker(c.text)
		var bad *markerError
		if !errors.As(err, &bad) || bad.offset != c.offset || bad.message != c.want {
			t.Errorf("%s: got %#v, want %q at %d", c.text, err, c.want, c.offset)
		}
	}
}

func TestFoldExtras(t *testing.T) {
	active := map[string]bool{"group-3-app-test": true}
	for text, want := range map[string]string{
		`extra == 'group-3-app-test'`:                     "always",
		`extra == 'extra-3-app-gpu'`:                      "never",
		`extra != 'extra-3-app-gpu'`:                      "always",
		`os_name == 'nt'`:                                 "os_name == 'nt'",
		`os_name == 'nt' and extra == 'group-3-app-test'`: "os_name == 'nt'",
		`os_name == 'nt' and extra == 'x'`:                "never",
		`os_name == 'nt' or extra == 'x'`:                 "os_name == 'nt'",
		`os_name == 'nt' or extra != 'x'`:                 "always",
		`(os_name == 'nt' or os_name == "it's") and (python_version>'3' or extra=='x') and sys_platform == 'a'`: `(os_name == 'nt' or os_name == "it's") and python_version > '3' and sys_platform == 'a'`,
	} {
		m, err := parseMarker(text)
		if err != nil {
			t.Fatal(err)
		}
		left, known := m.foldExtras(active)
		got := map[truth]string{always: "always", never: "never"}[known]
		if known == undecided {
			got = left.String()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// A marker that is written out is read as the same one.
func FuzzMarker(f *testing.F) {
	for text := range markerCases {
		f.Add(text)
	}
	f.Add(strings.Repeat("(", 50) + `os_name == "a"` + strings.Repeat(")", 50))
	env := debian.Markers("")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseMarker(text)
		if err != nil {
			var bad *markerError
			if !errors.As(err, &bad) || bad.offset < 0 || bad.offset > len(text) || bad.message == "" {
				t.Errorf("%q: %#v", text, err)
			}
			return
		}
		again, err := parseMarker(m.String())
		if err != nil || again.String() != m.String() {
			t.Fatalf("%q is written as %q, which is read as %q, %v", text, m, again, err)
		}
		one, errOne := m.holds(env)
		two, errTwo := again.holds(env)
		if one != two || fmt.Sprint(errOne) != fmt.Sprint(errTwo) {
			t.Errorf("%q holds: %v, %v; written out: %v, %v", text, one, errOne, two, errTwo)
		}
	})
}
