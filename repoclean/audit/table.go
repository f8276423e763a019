package audit

import (
	"encoding/binary"

	"gantline.dev/gantline/internal/gitrepo"
)

// none stands for no object, path or commit among numbers that name one.
const none = ^uint32(0)

// place is where an object belongs in the report.
type place uint8

const (
	stored  place = iota // in the store; nothing led to it yet
	audited              // the audited commits have it
	other                // other refs lead to it
)

// kind is the type of an object.
type kind uint8

const (
	unknownKind kind = iota
	blobKind
	treeKind
	commitKind
	tagKind
)

func kindOf(objectType string) kind {
	switch objectType {
	case "blob":
		return blobKind
	case "tree":
		return treeKind
	case "commit":
		return commitKind
	case "tag":
		return tagKind
	}
	return unknownKind
}

// object is one object and who brought it. There are millions of them, so it
// holds numbers and no pointers.
type object struct {
	id           gitrepo.ObjectID
	size, packed int64
	commit, path uint32 // who brought it, and where; none at first
	entries      int32  // of a tree; below 0 where nobody counted
	kind         kind
	place        place
	missing      bool // sizes unknown: it isn't here or can't be read
	inTree       bool // Commit has it
}

func (o *object) set(s *gitrepo.Stored) {
	o.size, o.packed, o.missing = s.Size, s.Packed, s.Type == ""
	if s.Type != "" {
		o.kind = kindOf(s.Type)
	}
}

// table is objects by their numbers and by their names. Names are spread
// evenly as they are, so their first bytes serve as hash.
type table struct {
	list  []object
	slots []uint32 // a number, or none; its length is a power of 2
}

func (t *table) slot(id *gitrepo.ObjectID) int {
	mask := len(t.slots) - 1
	at := int(binary.LittleEndian.Uint32(id[:4])) & mask
	for t.slots[at] != none && t.list[t.slots[at]].id != *id {
		at = (at + 1) & mask
	}
	return at
}

// find is the number of an object, none where it isn't in the table.
func (t *table) find(id *gitrepo.ObjectID) uint32 {
	if len(t.slots) == 0 {
		return none
	}
	return t.slots[t.slot(id)]
}

// add is the number of an object, which comes into the table if need be.
func (t *table) add(id *gitrepo.ObjectID) (n uint32, isNew bool) {
	if 2*len(t.list) >= len(t.slots) {
		t.grow()
	}
	at := t.slot(id)
	if n = t.slots[at]; n != none {
		return n, false
	}
	n = uint32(len(t.list))
	t.slots[at] = n
	t.list = append(t.list, object{id: *id, commit: none, path: none, entries: -1})
	return n, true
}

func (t *table) grow() {
	const smallest = 1 << 10
	t.slots = make([]uint32, max(smallest, 2*len(t.slots)))
	for i := range t.slots {
		t.slots[i] = none
	}
	for n := range t.list {
		t.slots[t.slot(&t.list[n].id)] = uint32(n)
	}
}

// names gives texts numbers, in the order in which they came.
type names struct {
	list  []string
	index map[string]uint32
}

func newNames() names { return names{index: map[string]uint32{}} }

// of is the number of a text. A text that is known costs no allocation.
func (n *names) of(text []byte) uint32 {
	if i, ok := n.index[string(text)]; ok {
		return i
	}
	i := uint32(len(n.list))
	name := string(text)
	n.list = append(n.list, name)
	n.index[name] = i
	return i
}
