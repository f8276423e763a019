package kube

import (
	"bytes"
	"encoding/json"
	"slices"
)

// node is one value of a JSON text: what canonical JSON is made of without
// decoding numbers and strings, which takes most of the time of the way over
// maps. That way remains for the rare text that this one does not read.
type node struct {
	kind    byte     // '{', '[', or 0 for all others
	text    []byte   // of all others, as it is written
	members []member // of an object, sorted by key, without nulls
	items   []node   // of a list
}

type member struct {
	key   []byte // without its quotes
	value node
}

// scan reads JSON as encoding/json writes it: valid, without space. It says no
// to keys that hold an escape, whose order is not that of their bytes, and to
// keys that come twice.
func scan(text []byte) (root node, ok bool) {
	s := scanner{text: text}
	root = s.value()
	return root, !s.odd && s.at == len(text)
}

type scanner struct {
	text []byte
	at   int
	odd  bool
}

func (s *scanner) value() node {
	switch s.text[s.at] {
	case '{':
		return s.object()
	case '[':
		list := node{kind: '['}
		for s.at++; s.text[s.at] != ']'; s.comma() {
			list.items = append(list.items, s.value())
		}
		s.at++
		return list
	case '"':
		return node{text: plain(s.quoted())}
	}
	start := s.at
	for s.at < len(s.text) && s.text[s.at] != ',' && s.text[s.at] != ']' && s.text[s.at] != '}' {
		s.at++
	}
	return node{text: s.text[start:s.at]}
}

func (s *scanner) object() node {
	object := node{kind: '{'}
	for s.at++; s.text[s.at] != '}'; s.comma() {
		quoted := s.quoted()
		key := quoted[1 : len(quoted)-1]
		s.odd = s.odd || bytes.IndexByte(key, '\\') >= 0
		s.at++ // the colon
		value := s.value()
		if value.kind != 0 || string(value.text) != "null" {
			object.members = append(object.members, member{key, value})
		}
	}
	s.at++
	slices.SortFunc(object.members, func(a, b member) int { return bytes.Compare(a.key, b.key) })
	for i := 1; i < len(object.members); i++ {
		s.odd = s.odd || bytes.Equal(object.members[i-1].key, object.members[i].key)
	}
	return object
}

func (s *scanner) comma() {
	if s.text[s.at] == ',' {
		s.at++
	}
}

// quoted is the string that begins here, in its quotes.
func (s *scanner) quoted() []byte {
	start := s.at
	for s.at++; s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] == '\\' {
			s.at++ // what is escaped ends no string
		}
	}
	s.at++
	return s.text[start:s.at]
}

// plain is a string without escapes that it can do without (\u003c for <).
func plain(quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted
	}
	var text string
	if err := json.Unmarshal(quoted, &text); err != nil {
		return quoted
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return quoted
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// get is the member of a key; nothing where there is none.
func (n node) get(key string) node {
	for _, m := range n.members {
		if string(m.key) == key {
			return m.value
		}
	}
	return node{}
}

// string is a string's content, "" of everything else.
func (n node) string() string {
	var text string
	if err := json.Unmarshal(n.text, &text); err != nil {
		return ""
	}
	return text
}

// without is an object without a key.
func (n node) without(key string) node {
	n.members = slices.DeleteFunc(n.members, func(m member) bool { return string(m.key) == key })
	return n
}

// append writes the value behind what is there.
func (n node) append(out []byte) []byte {
	switch n.kind {
	case '{':
		out = append(out, '{')
		for i, m := range n.members {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, '"')
			out = append(out, m.key...)
			out = append(out, '"', ':')
			out = m.value.append(out)
		}
		return append(out, '}')
	case '[':
		out = append(out, '[')
		for i, item := range n.items {
			if i > 0 {
				out = append(out, ',')
			}
			out = item.append(out)
		}
		return append(out, ']')
	}
	return append(out, n.text...)
}
