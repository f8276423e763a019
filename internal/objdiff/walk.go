package objdiff

import (
	"reflect"
	"slices"
)

// differ collects the differences of two trees.
type differ struct{ out []FieldChange }

func diffTrees(base, head map[string]any) []FieldChange {
	d := &differ{}
	d.maps(Path{}, base, head)
	return d.out
}

func (d *differ) add(path Path, op Op, before, after any) {
	change := FieldChange{Path: path, Op: op}
	if op != Added {
		change.Before = encode(before)
	}
	if op != Removed {
		change.After = encode(after)
	}
	d.out = append(d.out, change)
}

func (d *differ) values(path Path, base, head any) {
	switch b := base.(type) {
	case map[string]any:
		if h, ok := head.(map[string]any); ok {
			d.maps(path, b, h)
			return
		}
	case []any:
		if h, ok := head.([]any); ok {
			d.lists(path, b, h)
			return
		}
	}
	if !reflect.DeepEqual(base, head) {
		d.add(path, Changed, base, head)
	}
}

func (d *differ) maps(path Path, base, head map[string]any) {
	keys := slices.Concat(sortedKeys(base), sortedKeys(head))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		at := path.child(Segment{By: byKey, Name: key})
		b, inBase := base[key]
		h, inHead := head[key]
		switch {
		case !inBase:
			d.add(at, Added, nil, h)
		case !inHead:
			d.add(at, Removed, b, nil)
		default:
			d.values(at, b, h)
		}
	}
}
