package audit

import (
	"encoding/binary"
	"math/bits"
	"slices"

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
	list []object
	// slots hold a part of the name above the number plus one, so that most
	// look-ups touch one object; 0 is free. Their count is a power of 2.
	slots []uint64
}

// slot is where an object stands or would stand, and its number, none where it
// isn't in the table.
func (t *table) slot(id *gitrepo.ObjectID) (at int, n uint32) {
	mask := len(t.slots) - 1
	at = int(binary.LittleEndian.Uint32(id[:4])) & mask
	part := binary.LittleEndian.Uint32(id[4:8])
	for ; t.slots[at] != 0; at = (at + 1) & mask {
		if uint32(t.slots[at]>>32) != part {
			continue
		}
		if n = uint32(t.slots[at]) - 1; t.list[n].id == *id {
			return at, n
		}
	}
	return at, none
}

// find is the number of an object, none where it isn't in the table.
func (t *table) find(id *gitrepo.ObjectID) uint32 {
	if len(t.slots) == 0 {
		return none
	}
	_, n := t.slot(id)
	return n
}

// add is the number of an object, which comes into the table if need be.
func (t *table) add(id *gitrepo.ObjectID) (n uint32, isNew bool) {
	if 2*len(t.list) >= len(t.slots) {
		t.grow()
	}
	at, n := t.slot(id)
	if n != none {
		return n, false
	}
	n = uint32(len(t.list))
	t.slots[at] = filled(id, n)
	t.list = append(t.list, object{id: *id, commit: none, path: none, entries: -1})
	return n, true
}

func filled(id *gitrepo.ObjectID, n uint32) uint64 {
	return uint64(binary.LittleEndian.Uint32(id[4:8]))<<32 | uint64(n+1)
}

// reserve makes room for so many more objects, which saves copying them.
func (t *table) reserve(n int) {
	t.list = slices.Grow(t.list, n)
	if slots := 1 << bits.Len(uint(2*(len(t.list)+n))); slots > len(t.slots) {
		t.resize(slots)
	}
}

func (t *table) grow() {
	const smallest, factor = 1 << 10, 4
	t.resize(max(smallest, factor*len(t.slots)))
}

func (t *table) resize(slots int) {
	t.slots = make([]uint64, slots)
	for n := range t.list {
		id := &t.list[n].id
		at, _ := t.slot(id)
		t.slots[at] = filled(id, uint32(n))
	}
}

// names gives texts numbers, in the order in which they came.
type names struct {
	list  []string
	index map[string]uint32
}

func newNames() names { return names{index: map[string]uint32{}} }

// ofString is the number of a text that is a string already.
func (n *names) ofString(name string) uint32 {
	i, ok := n.index[name]
	if !ok {
		i = uint32(len(n.list))
		n.list = append(n.list, name)
		n.index[name] = i
	}
	return i
}

// of is the number of a text. A text that is known costs no allocation.
func (n *names) of(text []byte) uint32 {
	if i, ok := n.index[string(text)]; ok {
		return i
	}
	return n.ofString(string(text))
}
