package wheels

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"gantline.dev/gantline/internal/diag"
)

// tomlNode is a TOML value with its place. Lookups of what isn't there give a
// node that isn't set, whose place is the nearest one that is.
type tomlNode struct {
	pos     diag.Position
	set     bool
	text    string // of a string, or a scalar as it is written
	quoted  bool   // it is a string
	table   map[string]*tomlNode
	keys    []string // of the table, in the file's order
	list    []*tomlNode
	isList  bool
	isTable bool
}

// get is the value of a key path.
func (n *tomlNode) get(keys ...string) *tomlNode {
	for _, key := range keys {
		child, ok := n.table[key]
		if !ok {
			return &tomlNode{pos: n.pos}
		}
		n = child
	}
	return n
}

// str is the string, or "" where it is none.
func (n *tomlNode) str() string {
	if !n.quoted {
		return ""
	}
	return n.text
}

// strs are the strings of a list.
func (n *tomlNode) strs() []string {
	var all []string
	for _, item := range n.list {
		if item.quoted {
			all = append(all, item.text)
		}
	}
	return all
}

// size is a count of bytes, or 0.
func (n *tomlNode) size() int64 {
	size, err := strconv.ParseInt(strings.ReplaceAll(n.text, "_", ""), 10, 64)
	if err != nil || n.quoted || size < 0 {
		return 0
	}
	return size
}

// isTrue says whether it is the boolean true.
func (n *tomlNode) isTrue() bool { return !n.quoted && n.text == "true" }

// inside is the place of a byte of a string's text, near enough where the file
// writes it with escapes.
func (n *tomlNode) inside(offset int) diag.Position {
	pos := n.pos
	if n.set {
		pos.Column += 1 + utf8.RuneCountInString(n.text[:min(offset, len(n.text))])
	}
	return pos
}

// readTOML reads a file with the places of what it holds.
func readTOML(file string, src []byte) (*tomlNode, []diag.Problem) {
	src = bytes.TrimPrefix(src, []byte("\ufeff")) // as editors of Windows write it
	var whole map[string]any
	if err := toml.Unmarshal(src, &whole); err != nil { // what the places' parser lets pass
		pos := diag.Position{File: file}
		var bad *toml.DecodeError
		if errors.As(err, &bad) {
			pos.Line, pos.Column = bad.Position()
		}
		return nil, []diag.Problem{diag.Errorf(pos, RuleLock, "%s", strings.TrimPrefix(err.Error(), "toml: "))}
	}
	r := tomlReader{file: file, src: src}
	r.parser.Reset(src)
	root := &tomlNode{pos: diag.Position{File: file, Line: 1, Column: 1}, set: true, isTable: true}
	current := root
	for r.parser.NextExpression() {
		e := r.parser.Expression()
		switch e.Kind {
		case unstable.Table:
			current = r.open(root, e.Key(), false)
		case unstable.ArrayTable:
			current = r.open(root, e.Key(), true)
		case unstable.KeyValue:
			r.assign(current, e)
		}
	}
	return root, nil
}

type tomlReader struct {
	parser unstable.Parser
	file   string
	src    []byte
	// Lines, and characters of the last one, are counted on from the last place:
	// places come in order, nearly, and a line may have megabytes.
	line, column, counted int
}

func (r *tomlReader) position(n *unstable.Node) diag.Position {
	offset := int(n.Raw.Offset)
	if offset < r.counted {
		r.line, r.column, r.counted = 0, 0, 0
	}
	passed := r.src[r.counted:offset]
	if last := bytes.LastIndexByte(passed, '\n'); last >= 0 {
		r.line += bytes.Count(passed, []byte{'\n'})
		r.column, passed = 0, passed[last+1:]
	}
	r.column += utf8.RuneCount(passed)
	r.counted = offset
	return diag.Position{File: r.file, Line: r.line + 1, Column: r.column + 1}
}

// open is the table that a header names, made where it is new; a header of an
// array adds one to it.
func (r *tomlReader) open(root *tomlNode, keys unstable.Iterator, array bool) *tomlNode {
	current := root
	for keys.Next() {
		key := keys.Node()
		child := current.child(string(key.Data), r.position(key))
		if array && keys.IsLast() {
			child.isList = true
			child.list = append(child.list, &tomlNode{pos: r.position(key), set: true, isTable: true})
		}
		current = child
		if n := len(child.list); n > 0 {
			current = child.list[n-1]
		}
		current.isTable = true
	}
	return current
}

// child is the value of a key, made where it is new.
func (n *tomlNode) child(key string, pos diag.Position) *tomlNode {
	if child, ok := n.table[key]; ok {
		return child
	}
	if n.table == nil {
		n.table = map[string]*tomlNode{}
	}
	child := &tomlNode{pos: pos, set: true}
	n.table[key] = child
	n.keys = append(n.keys, key)
	return child
}

// assign puts a key's value into a table.
func (r *tomlReader) assign(table *tomlNode, e *unstable.Node) {
	current := table
	for keys := e.Key(); keys.Next(); {
		current.isTable = true
		current = current.child(string(keys.Node().Data), r.position(keys.Node()))
	}
	r.fill(current, e.Value())
}

// fill reads a value. A list has its key's place, or its list's.
func (r *tomlReader) fill(into *tomlNode, value *unstable.Node) {
	if value.Kind != unstable.Array {
		into.pos = r.position(value)
	}
	switch value.Kind {
	case unstable.Array:
		into.isList = true
		for items := value.Children(); items.Next(); {
			if items.Node().Kind == unstable.Comment {
				continue
			}
			item := &tomlNode{pos: into.pos, set: true}
			r.fill(item, items.Node())
			into.list = append(into.list, item)
		}
	case unstable.InlineTable:
		into.isTable = true
		for items := value.Children(); items.Next(); {
			if items.Node().Kind == unstable.KeyValue {
				r.assign(into, items.Node())
			}
		}
	default:
		into.text, into.quoted = string(value.Data), value.Kind == unstable.String
	}
}
