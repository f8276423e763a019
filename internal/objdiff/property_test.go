package objdiff

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
)

// tree makes a random object. Its lists are keyed or sets, never ordered, so
// that apply can be simple; ordered lists are tested by TestOrderedLists.
func tree(random *rand.Rand, depth int) map[string]any {
	out := map[string]any{}
	for _, key := range []string{"a", "b.c", "image", "dependencies", "tasks", "env"} {
		if random.IntN(3) == 0 {
			continue
		}
		switch {
		case key == "dependencies":
			out[key] = set(random)
		case key == "tasks", key == "env":
			out[key] = keyedList(random, depth)
		case depth > 0 && random.IntN(2) == 0:
			out[key] = tree(random, depth-1)
		default:
			out[key] = json.Number(fmt.Sprint(random.IntN(3)))
		}
	}
	return out
}

func set(random *rand.Rand) []any {
	out := []any{}
	for _, member := range []string{"x", "y", "z"} {
		if random.IntN(2) == 0 {
			out = append(out, member)
		}
	}
	return out
}

func keyedList(random *rand.Rand, depth int) []any {
	out := []any{}
	for _, i := range random.Perm(4)[:random.IntN(4)] {
		element := map[string]any{}
		if depth > 0 {
			element = tree(random, depth-1)
		}
		element["name"] = fmt.Sprintf("n %d", i)
		out = append(out, element)
	}
	return out
}

func clone(t map[string]any) map[string]any {
	out, err := decodeJSON(string(encode(t)))
	if err != nil {
		panic(err)
	}
	return out.(map[string]any)
}

// TestApply proves that no difference is lost: the changes, applied to base,
// give head.
func TestApply(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		base, head := tree(random, 2), tree(random, 2)
		got := clone(base)
		for _, change := range diffTrees(base, head) {
			got = apply(got, change.Path, change).(map[string]any)
		}
		if diff := cmp.Diff(sorted(head), sorted(got)); diff != "" {
			t.Fatalf("base %s\nhead %s\n%s", encode(base), encode(head), diff)
		}
	}
}

// apply is the value after the change at the rest of its path.
func apply(value any, rest Path, change FieldChange) any {
	if change.Op == Reordered {
		return value
	}
	var after any
	if change.After != nil {
		after, _ = decodeJSON(string(change.After))
	}
	if len(rest) == 0 {
		return after
	}
	switch segment := rest[0]; segment.By {
	case byKey:
		m := value.(map[string]any)
		if m[segment.Name] = apply(m[segment.Name], rest[1:], change); len(rest) == 1 && change.Op == Removed {
			delete(m, segment.Name)
		}
		return m
	case byMember:
		if change.Op == Added {
			return append(value.([]any), after)
		}
		return slices.DeleteFunc(value.([]any), func(v any) bool { return string(encode(v)) == string(change.Before) })
	default:
		list := value.([]any)
		at := slices.IndexFunc(list, func(v any) bool { return v.(map[string]any)[segment.By] == segment.Name })
		switch {
		case at < 0:
			return append(list, after)
		case len(rest) == 1 && change.Op == Removed:
			return slices.Delete(list, at, at+1)
		}
		list[at] = apply(list[at], rest[1:], change)
		return list
	}
}

// sorted orders every list, for comparison.
func sorted(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, child := range value {
			value[key] = sorted(child)
		}
	case []any:
		for i := range value {
			value[i] = sorted(value[i])
		}
		slices.SortFunc(value, func(a, b any) int { return strings.Compare(key(a), key(b)) })
	}
	return value
}

func key(value any) string {
	if m, ok := value.(map[string]any); ok {
		return fmt.Sprint(m["name"])
	}
	return fmt.Sprint(value)
}

// TestOrderedLists proves the same for lists whose order counts: taking out
// what was removed and putting in what was added gives head.
func TestOrderedLists(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	list := func() []any {
		out := []any{}
		for range random.IntN(7) {
			out = append(out, json.Number(fmt.Sprint(random.IntN(4))))
		}
		return out
	}
	for range 2000 {
		base, head := list(), list()
		changes := diffTrees(map[string]any{"args": base}, map[string]any{"args": head})
		got := slices.Clone(head)
		for i := range got {
			got[i] = nil // known only through what follows
		}
		touched := map[int]bool{}
		var removed, replaced []any
		for _, change := range changes {
			index := change.Path[len(change.Path)-1].Index
			before, _ := decodeJSON(string(change.Before))
			after, _ := decodeJSON(string(change.After))
			switch change.Op {
			case Removed:
				removed = append(removed, before)
				if !reflect.DeepEqual(base[index], before) {
					t.Fatalf("%s names place %d of %v", change.Path, index, base)
				}
				continue
			case Changed:
				replaced = append(replaced, before)
			}
			touched[index], got[index] = true, after
		}
		if len(base)-len(removed)-len(replaced) != len(head)-len(touched) {
			t.Fatalf("%v → %v: the changes don't add up: %v", base, head, changes)
		}
		for i := range head {
			if touched[i] && !reflect.DeepEqual(got[i], head[i]) {
				t.Fatalf("%v → %v: place %d", base, head, i)
			}
		}
	}
}

func object(t testing.TB, name string, spec map[string]any) kube.Object {
	t.Helper()
	out, err := kube.New(map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "WorkflowTemplate",
		"metadata": map[string]any{"name": name}, "spec": spec,
	}, "", diag.Position{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCompareProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	objects := func() []kube.Object {
		var out []kube.Object
		for _, name := range []string{"a", "b", "c", "d"} {
			if random.IntN(4) > 0 {
				out = append(out, object(t, name, tree(random, 2)))
			}
		}
		return out
	}
	for range 100 {
		base, head := objects(), objects()
		if same := Compare(base, base); !same.Empty() || len(same.Images)+len(same.Hidden) > 0 || same.Unchanged != len(base) {
			t.Fatalf("a set differs from itself: %s", encode(same))
		}
		there, back := Compare(base, head), Compare(head, base)
		if diff := cmp.Diff(names(there.Added), names(back.Removed)); diff != "" {
			t.Fatalf("added one way, not removed the other way: %s", diff)
		}
		if diff := cmp.Diff(names(there.Changed), names(back.Changed)); diff != "" {
			t.Fatalf("changed differs by direction: %s", diff)
		}
		if diff := cmp.Diff(mirrored(there), mirrored(flip(back))); diff != "" {
			t.Fatalf("fields differ by direction: %s", diff)
		}
	}
}

func names(changes []ObjectChange) []string {
	out := []string{}
	for _, change := range changes {
		out = append(out, change.ID.String())
	}
	return out
}

// mirrored is every field change as text, sorted.
func mirrored(c Changes) []string {
	var out []string
	for _, change := range c.Changed {
		for _, field := range slices.Concat(change.Fields, change.Images) {
			out = append(out, fmt.Sprintf("%s %s %s %s → %s", change.Name, field.Op, field.Path, field.Before, field.After))
		}
	}
	slices.Sort(out)
	return out
}

// flip reads changes the other way.
func flip(c Changes) Changes {
	for i := range c.Changed {
		for _, fields := range [][]FieldChange{c.Changed[i].Fields, c.Changed[i].Images} {
			for j, field := range fields {
				fields[j].Before, fields[j].After = field.After, field.Before
				switch field.Op {
				case Added:
					fields[j].Op = Removed
				case Removed:
					fields[j].Op = Added
				}
			}
		}
	}
	return c
}

func FuzzCompare(f *testing.F) {
	f.Add(`{"a":[1,2,{"name":"x"}]}`, `{"a":[2,{"name":"y"}]}`)
	f.Add(`{"templates":[{"name":"m","dag":{"tasks":[{"name":"t","depends":"a"}]}}]}`, `{"templates":[]}`)
	f.Add(`{"command":["/opt/gantline/gantline-step"],"args":["exec","{\"script\":[\"a\"],\"env\":[{\"name\":1}]}"]}`, `{"args":3}`)
	f.Add(`{"schedules":[{"a":1}],"image":"x:1"}`, `{"schedules":7,"image":"x:2"}`)
	f.Fuzz(func(t *testing.T, left, right string) {
		base, head := parsed(t, left), parsed(t, right)
		if same := Compare(base, base); !same.Empty() {
			t.Fatalf("an object differs from itself: %s", encode(same))
		}
		changes := Compare(base, head)
		raw, err := json.Marshal(changes)
		if err != nil {
			t.Fatal(err)
		}
		var back Changes
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if changes.Empty() != Compare(head, base).Empty() {
			t.Error("the direction decides whether there is a difference")
		}
		for _, change := range changes.All() {
			change.Steps()
			if _, _, err := change.YAML(); err != nil {
				t.Error(err)
			}
		}
	})
}

// parsed is an object whose spec is the JSON text, or nothing.
func parsed(t testing.TB, text string) []kube.Object {
	value, err := decodeJSON(text)
	spec, ok := value.(map[string]any)
	if err != nil || !ok {
		t.Skip("no JSON object: nothing to compare")
	}
	return []kube.Object{object(t, "x", spec)}
}
