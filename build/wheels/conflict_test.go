package wheels

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// laid is a wheel of "path=content" files; a content that ends in * is that of
// a program.
func laid(name string, files ...string) Laid {
	l := Laid{Name: name}
	for _, file := range files {
		at, text, _ := strings.Cut(file, "=")
		entry := Entry{Path: at, Mode: 0o644, Hash: text}
		if hash, program := strings.CutSuffix(text, "*"); program {
			entry.Mode, entry.Hash = 0o755, hash
		}
		l.Entries = append(l.Entries, entry)
	}
	return l
}

func TestConflicts(t *testing.T) {
	for name, c := range map[string]struct {
		set  []Laid
		want []Conflict
	}{
		"nothing":               {nil, nil},
		"files of their own":    {[]Laid{laid("a", "a/x=1"), laid("b", "b/x=2")}, nil},
		"alike":                 {[]Laid{laid("a", "ns/__init__.py=1"), laid("b", "ns/__init__.py=1")}, nil},
		"another content":       {[]Laid{laid("b", "x=1"), laid("a", "x=2")}, []Conflict{{Path: "x", First: "b", Second: "a"}}},
		"another mode":          {[]Laid{laid("a", "x=1"), laid("b", "x=1*")}, []Conflict{{Path: "x", First: "a", Second: "b"}}},
		"two that agree, later": {[]Laid{laid("a", "x=1"), laid("b", "x=2"), laid("c", "x=2")}, []Conflict{{Path: "x", First: "a", Second: "b"}}},
		"there and back": {[]Laid{laid("a", "x=1"), laid("b", "x=2"), laid("c", "x=1")}, []Conflict{
			{Path: "x", First: "a", Second: "b"}, {Path: "x", First: "b", Second: "c"},
		}},
		"a file and a directory": {[]Laid{laid("a", "d/x=1", "d/y=1"), laid("b", "d=1")}, []Conflict{
			{Path: "d", First: "a", Second: "b", Directory: true},
		}},
		"several, by path": {[]Laid{laid("a", "z=1", "y=1"), laid("b", "y=2", "z=2")}, []Conflict{
			{Path: "y", First: "a", Second: "b"}, {Path: "z", First: "a", Second: "b"},
		}},
	} {
		if diff := cmp.Diff(c.want, Conflicts(c.set)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestOverlay(t *testing.T) {
	set := []Laid{
		laid("a", "shared=1", "both=a", "a/x=1"),
		laid("b", "shared=1", "both=b", "b/x=1"),
		laid("c", "shared=1", "c/x=1"),
	}
	for name, c := range map[string]struct {
		layers [][]string
		want   string
	}{
		"in the set's order": {[][]string{{"a"}, {"b"}, {"c"}}, ""},
		"the later on top":   {[][]string{{"c", "a"}, {"b"}}, ""},
		"the earlier on top": {[][]string{{"b"}, {"a", "c"}}, "both=b"},
		"in one layer":       {[][]string{{"b", "a"}, {"c"}}, "both=b"},
	} {
		var got []string
		for _, entry := range Overlay(set, c.layers) {
			got = append(got, entry.Path+"="+entry.Hash)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// With the overlay on top, layers in any order show what the set's order does,
// and the overlay holds nothing that no conflict names.
func TestOverlayIsTheSetsOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	mended := 0
	for range 500 {
		set := randomSet(random)
		layers := randomLayers(random, set)
		over := Overlay(set, layers)
		want, got := map[string]string{}, map[string]string{}
		byName := map[string]Laid{}
		for _, wheel := range set {
			byName[wheel.Name] = wheel
			install(want, wheel.Entries)
		}
		for _, layer := range layers {
			for _, name := range layer {
				install(got, byName[name].Entries)
			}
		}
		install(got, over)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%v in layers %v: (-want +got)\n%s", set, layers, diff)
		}
		conflicts := Conflicts(set)
		for _, entry := range over {
			mended++
			if !slices.ContainsFunc(conflicts, func(c Conflict) bool { return c.Path == entry.Path }) {
				t.Errorf("%s is in the overlay, but in no conflict", entry.Path)
			}
		}
	}
	if mended == 0 {
		t.Error("no set needed an overlay")
	}
}

func randomSet(random *rand.Rand) []Laid {
	var set []Laid
	for i := range 2 + random.IntN(5) {
		files := map[string]bool{}
		for range 4 {
			files[fmt.Sprintf("f%d=%d", random.IntN(8), random.IntN(2))] = true
		}
		seen := map[string]bool{}
		names := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(file string) bool {
			twice := seen[file[:2]]
			seen[file[:2]] = true
			return twice
		})
		set = append(set, laid(fmt.Sprint("w", i), names...))
	}
	return set
}

func randomLayers(random *rand.Rand, set []Laid) [][]string {
	layers := make([][]string, 3)
	for _, i := range random.Perm(len(set)) {
		at := random.IntN(len(layers))
		layers[at] = append(layers[at], set[i].Name)
	}
	return layers
}

func install(files map[string]string, entries []Entry) {
	for _, entry := range entries {
		files[entry.Path] = fmt.Sprint(entry.Hash, entry.Mode)
	}
}
