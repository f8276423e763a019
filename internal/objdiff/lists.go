package objdiff

import (
	"reflect"
	"slices"
)

// isSet names the lists whose order and repetition mean nothing.
func isSet(list string) bool {
	switch list {
	case "dependencies", "schedules", "accessModes", "finalizers":
		return true
	}
	return false
}

// isSequence names the lists that are matched by name and whose order counts
// all the same: a variable may refer to those above it.
func isSequence(list string) bool { return list == "env" || list == "initContainers" }

// identifying is the fields that may identify the elements of a list, the most
// telling first.
func identifying(list string) []string {
	switch list {
	case "volumeMounts":
		return []string{"mountPath"}
	case "hostAliases":
		return []string{"ip"}
	}
	return []string{"name", "key"}
}

func (d *differ) lists(path Path, base, head []any) {
	if isSet(path.last()) {
		d.sets(path, base, head)
		return
	}
	for _, field := range identifying(path.last()) {
		before, ok1 := indexBy(field, base)
		after, ok2 := indexBy(field, head)
		if ok1 && ok2 {
			d.keyed(path, field, before, after)
			return
		}
	}
	d.ordered(path, base, head)
}

// index is a list's elements by name.
type index struct {
	names  []string
	values map[string]any
}

// indexBy indexes a list by a field, if that is a text of its own in each
// element.
func indexBy(field string, list []any) (index, bool) {
	out := index{values: make(map[string]any, len(list))}
	for _, element := range list {
		m, _ := element.(map[string]any)
		name, _ := m[field].(string)
		if _, repeated := out.values[name]; name == "" || repeated {
			return index{}, false
		}
		out.names = append(out.names, name)
		out.values[name] = element
	}
	return out, true
}

func (d *differ) keyed(path Path, field string, base, head index) {
	var kept, keptInHead []string
	for _, name := range base.names {
		at := path.child(Segment{By: field, Name: name})
		if _, ok := head.values[name]; !ok {
			d.add(at, Removed, base.values[name], nil)
			continue
		}
		kept = append(kept, name)
		d.values(at, base.values[name], head.values[name])
	}
	for _, name := range head.names {
		if _, ok := base.values[name]; ok {
			keptInHead = append(keptInHead, name)
			continue
		}
		d.add(path.child(Segment{By: field, Name: name}), Added, nil, head.values[name])
	}
	if isSequence(path.last()) && !slices.Equal(kept, keptInHead) {
		d.add(path, Reordered, kept, keptInHead)
	}
}

func (d *differ) sets(path Path, base, head []any) {
	at := path.child(Segment{By: byMember})
	for _, member := range without(base, head) {
		d.add(at, Removed, member, nil)
	}
	for _, member := range without(head, base) {
		d.add(at, Added, nil, member)
	}
}

// without is the members of a that b lacks, each once.
func without(a, b []any) []any {
	seen := map[string]bool{}
	for _, member := range b {
		seen[string(encode(member))] = true
	}
	var out []any
	for _, member := range a {
		if key := string(encode(member)); !seen[key] {
			seen[key] = true
			out = append(out, member)
		}
	}
	return out
}

// ordered compares lists whose order counts. What was taken out and what was
// put in at one place is compared as changed, as far as they pair up. Removed
// elements have their place in base, all others that in head.
func (d *differ) ordered(path Path, base, head []any) {
	edits := align(len(base), len(head), func(i, j int) bool { return reflect.DeepEqual(base[i], head[j]) })
	var gone, come []int
	flush := func() {
		paired := min(len(gone), len(come))
		for k := range paired {
			d.values(path.child(Segment{By: byIndex, Index: come[k]}), base[gone[k]], head[come[k]])
		}
		for _, i := range gone[paired:] {
			d.add(path.child(Segment{By: byIndex, Index: i}), Removed, base[i], nil)
		}
		for _, j := range come[paired:] {
			d.add(path.child(Segment{By: byIndex, Index: j}), Added, nil, head[j])
		}
		gone, come = nil, nil
	}
	for _, e := range edits {
		switch {
		case e.head < 0:
			gone = append(gone, e.base)
		case e.base < 0:
			come = append(come, e.head)
		default:
			flush()
		}
	}
	flush()
}
