package wheels

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// randomArchives are packages of usual sizes: most small, some large.
func randomArchives(rng *rand.Rand, count int) []Archive {
	archives := make([]Archive, count)
	for i := range archives {
		size := rng.Int64N(1 << 20)
		if rng.IntN(4) == 0 {
			size = rng.Int64N(1 << 30)
		}
		archives[i] = Archive{Name: fmt.Sprintf("package-%d", i), SHA256: fmt.Sprintf("%064x", rng.Uint64()), Size: size}
	}
	return archives
}

// layersOf are the layers as text, so that equal layers are equal texts.
func layersOf(archives []Archive, budget int) []string {
	var layers []string
	for _, group := range Group(archives, budget) {
		var names []string
		for _, a := range group {
			names = append(names, a.Name+"@"+a.SHA256)
		}
		layers = append(layers, strings.Join(names, " "))
	}
	return layers
}

func TestGroupHoldsAllWithinTheBudget(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		archives, budget := randomArchives(rng, rng.IntN(150)), MinLayers+rng.IntN(40)
		groups := Group(archives, budget)
		if len(groups) > budget {
			t.Fatalf("%d layers, of %d", len(groups), budget)
		}
		small := slices.IndexFunc(groups, func(g []Archive) bool { return g[0].Size < largeWheel })
		for i, group := range groups {
			byName := func(a, b Archive) int { return strings.Compare(a.Name, b.Name) }
			if len(group) == 0 || !slices.IsSortedFunc(group, byName) {
				t.Fatalf("layer %d is %v", i, group)
			}
			// Large ones come first, the largest lowest.
			if i > 0 && (small < 0 || i < small) && len(group) == 1 && len(groups[i-1]) == 1 && group[0].Size >= largeWheel && group[0].Size > groups[i-1][0].Size {
				t.Fatalf("layer %d has %d bytes, the one below %d", i, group[0].Size, groups[i-1][0].Size)
			}
		}
		all := slices.Concat(groups...)
		byName := func(a, b Archive) int { return strings.Compare(a.Name, b.Name) }
		slices.SortFunc(all, byName)
		slices.SortFunc(archives, byName)
		if diff := cmp.Diff(archives, all); len(all) > 0 && diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	}
}

// The order in a lock decides nothing.
func TestGroupIgnoresTheLocksOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	archives := randomArchives(rng, 80)
	want := layersOf(archives, 30)
	for range 20 {
		rng.Shuffle(len(archives), func(i, j int) { archives[i], archives[j] = archives[j], archives[i] })
		if diff := cmp.Diff(want, layersOf(archives, 30)); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
	}
}

// A small package that comes, goes or changes costs one bucket, and no large
// package's layer, however tight the budget.
func TestASmallChangeCostsOneBucket(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		archives, budget := randomArchives(rng, 1+rng.IntN(150)), MinLayers+rng.IntN(40)
		before := layersOf(archives, budget)
		small := slices.IndexFunc(archives, func(a Archive) bool { return a.Size < largeWheel/2 })
		if small < 0 {
			continue
		}
		for what, changed := range map[string][]Archive{
			"removed": slices.Delete(slices.Clone(archives), small, small+1),
			"added":   append(slices.Clone(archives), Archive{Name: "new", SHA256: "a", Size: 1000}),
			"updated": slices.Concat(archives[:small], []Archive{{Name: archives[small].Name, SHA256: "b", Size: largeWheel - 1}}, archives[small+1:]),
		} {
			after := layersOf(changed, budget)
			came := without(after, before)
			went := without(before, after)
			if len(came) > 1 || len(went) > 1 || len(came)+len(went) == 0 {
				t.Fatalf("%s: %d layers came and %d went", what, len(came), len(went))
			}
			// All others keep their places.
			if diff := cmp.Diff(without(before, went), without(after, came)); diff != "" {
				t.Fatalf("%s (-want +got)\n%s", what, diff)
			}
		}
	}
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(one string) bool { return slices.Contains(some, one) })
}

// A large package that changes costs itself.
func TestALargeChangeCostsItself(t *testing.T) {
	archives := []Archive{{Name: "torch", SHA256: "1", Size: 900 << 20}, {Name: "scipy", SHA256: "2", Size: 40 << 20}, {Name: "idna", SHA256: "3", Size: 70 << 10}}
	want := []string{"torch@1", "scipy@2", "idna@3"}
	if diff := cmp.Diff(want, layersOf(archives, 20)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	archives[1].SHA256 = "4"
	want[1] = "scipy@4"
	if diff := cmp.Diff(want, layersOf(archives, 20)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// With one layer for large ones scipy is small.
	if got := Group(archives, MinLayers+1); got[0][0].Name != "torch" || len(got[0]) != 1 || len(got) > 3 {
		t.Errorf("got %v", got)
	}
	if got := Group(nil, MinLayers); got != nil {
		t.Errorf("got %v", got)
	}
}
