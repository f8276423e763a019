package reach

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// strength orders the classes: a file that is less reached has a lower one.
func strength(c Class) int {
	return slices.Index([]Class{Unreached, Kept, Test, Script, Run}, c)
}

// randomProject is a project whose files import, name and load each other.
func randomProject(rng *rand.Rand) Input {
	dirs := []string{"", "a/", "a/b/", "src/", "src/c/", "tests/", "tools/", "lib/d/"}
	in := Input{Texts: map[string][]byte{}}
	for _, dir := range dirs {
		if dir != "" && rng.IntN(2) == 0 {
			in.Paths = append(in.Paths, dir+"__init__.py")
		}
		for range 1 + rng.IntN(4) {
			in.Paths = append(in.Paths, fmt.Sprintf("%sm%d.py", dir, rng.IntN(8)))
		}
	}
	slices.Sort(in.Paths)
	in.Paths = slices.Compact(in.Paths)
	for _, p := range in.Paths {
		in.Texts[p] = []byte(randomSource(rng, in.Paths))
	}
	in.Paths = append(in.Paths, "conf.yaml", "run.sh")
	in.Texts["conf.yaml"] = []byte("_target_: " + moduleName(pick(rng, in.Paths[:5])) + ".C\n")
	in.Texts["run.sh"] = []byte("python " + pick(rng, in.Paths[:5]) + "\n")
	in.Outside = []Text{{"f.yaml", []byte("run: python " + pick(rng, in.Paths[:5]) + "\n")}}
	return in
}

func pick(rng *rand.Rand, of []string) string { return of[rng.IntN(len(of))] }

// moduleName is a file as a dotted name.
func moduleName(p string) string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimSuffix(p, ".py"), "/__init__"), "/", ".")
}

// randomSource is a file that refers to a few others.
func randomSource(rng *rand.Rand, paths []string) string {
	var b strings.Builder
	for range rng.IntN(4) {
		b.WriteString(randomReference(rng, pick(rng, paths)))
	}
	return b.String()
}

func randomReference(rng *rand.Rand, to string) string {
	module := moduleName(to)
	last := module[strings.LastIndexByte(module, '.')+1:]
	switch rng.IntN(12) {
	case 0:
		return fmt.Sprintf("x = %q\n", to)
	case 1:
		return fmt.Sprintf("x = %q\n", module+".C")
	case 2:
		return fmt.Sprintf("from . import %s\n", last)
	case 3:
		return fmt.Sprintf("import %s\n", last)
	case 4:
		return fmt.Sprintf("from %s import *\n", module)
	case 5:
		return "if __name__ == '__main__':\n    pass\n"
	case 6:
		return "import sys\nsys.path.append('x')\n"
	case 7:
		return fmt.Sprintf("import importlib\nimportlib.import_module(f'%s.{x}')\n", module)
	case 8:
		return "import importlib\nimportlib.import_module('.' + x, __package__)\n"
	}
	return fmt.Sprintf("import %s\n", module)
}

// TestMoreReachesMore adds a file or a reference to random projects: no file
// may be less reached for that.
func TestMoreReachesMore(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		in := randomProject(rng)
		before := Trace(in)
		if slices.ContainsFunc(slices.Collect(maps.Values(before.Files)), func(r Reached) bool { return r.Class == Kept }) {
			continue // nothing says what runs, and then everything is kept
		}
		what := addSomething(rng, &in)
		after := Trace(in)
		for p, f := range before.Files {
			if strength(after.Files[p].Class) < strength(f.Class) {
				t.Fatalf("seed %d: %s was %s, and is %s after %s\nbefore:\n%s\nafter:\n%s", seed, p, f.Class, after.Files[p].Class, what, print(before), print(after))
			}
		}
	}
}

// addSomething changes a project and says how.
func addSomething(rng *rand.Rand, in *Input) string {
	in.Texts = maps.Clone(in.Texts)
	python := slices.DeleteFunc(slices.Clone(in.Paths), func(p string) bool { return !strings.HasSuffix(p, ".py") })
	if rng.IntN(3) == 0 {
		added := "a/fresh.py"
		in.Paths = append(in.Paths, added)
		in.Texts[added] = []byte(randomSource(rng, python))
		return "adding " + added
	}
	in2, reference := pick(rng, python), randomReference(rng, pick(rng, python))
	if rng.IntN(4) == 0 {
		in.Outside = append(in.Outside, Text{"g.yaml", []byte("run: python " + in2 + "\n")})
		return "adding a flow that runs " + in2
	}
	in.Texts[in2] = append(slices.Clone(in.Texts[in2]), reference...)
	return fmt.Sprintf("adding %q to %s", reference, in2)
}

func TestOrderDoesNotMatter(t *testing.T) {
	for seed := range uint64(50) {
		rng := rand.New(rand.NewPCG(seed, 2))
		in := randomProject(rng)
		in.Outside = append(in.Outside, Text{"a.yaml", []byte("run: python -m a.b.m1\n")})
		want := Trace(in)
		rng.Shuffle(len(in.Paths), func(i, j int) { in.Paths[i], in.Paths[j] = in.Paths[j], in.Paths[i] })
		slices.Reverse(in.Outside)
		if diff := cmp.Diff(want, Trace(in)); diff != "" {
			t.Fatalf("seed %d: another order, another result:\n%s", seed, diff)
		}
	}
}
