package diag

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Decoder is a type that reads itself from a node because it has several
// spellings (a name, a list or a mapping, say).
type Decoder interface {
	DecodeNode(d *Decoding, n *Node)
}

// TextParser is a scalar type with a textual form of its own: a duration, a
// size. The error says what is wrong without repeating the text.
type TextParser interface {
	ParseText(text string) error
}

// Dict is a mapping in the order of the file.
type Dict[T any] []Entry[T]

// Entry is one key of a Dict.
type Entry[T any] struct {
	Key Value[string]
	V   T
}

// Get is the value under the key.
func (d Dict[T]) Get(key string) (T, bool) {
	for _, entry := range d {
		if entry.Key.V == key {
			return entry.V, true
		}
	}
	var none T
	return none, false
}

// Keys is the keys in the order of the file.
func (d Dict[T]) Keys() []string {
	keys := make([]string, 0, len(d))
	for _, entry := range d {
		keys = append(keys, entry.Key.V)
	}
	return keys
}

// DecodeNode implements Decoder.
func (d *Dict[T]) DecodeNode(dec *Decoding, n *Node) {
	if n.Kind != Map {
		dec.Wrong(n, "a mapping")
		return
	}
	for _, pair := range n.Pairs {
		entry := Entry[T]{Key: pair.Key}
		dec.Into(pair.Value, &entry.V)
		*d = append(*d, entry)
	}
}

// Decoding collects the problems of one document while it is decoded.
type Decoding struct {
	Problems []Problem
}

// Decode reads one YAML document into the struct that out points to, as far
// as it can be read, and returns every problem found. It understands Value,
// Dict, slices, pointers, structs and types that implement Decoder. Struct
// tags:
//
//	yaml:"key"         the key; "-" leaves the field alone
//	yaml:"key,single"  a slice that may be written as its only element
//	required:"true"    missing is a problem
//	enum:"a,b"         the only values
//	later:"what"       recognised, but an error that says it doesn't exist yet
//	doc, default, example, unit   for the schema and messages
//
// A field "Pos Position" of a struct receives where the mapping starts.
func Decode(file string, src []byte, out any) []Problem {
	node, problems := Parse(file, src)
	if node == nil {
		return problems
	}
	d := &Decoding{Problems: problems}
	d.Into(node, out)
	return Sorted(d.Problems)
}

// Add records problems.
func (d *Decoding) Add(problems ...Problem) { d.Problems = append(d.Problems, problems...) }

// Wrong records that the node is not of the shape that is needed here.
func (d *Decoding) Wrong(n *Node, want string) {
	d.Add(Errorf(n.Pos, "type", "expected %s, found %s", want, n.Describe()))
}

// Into decodes the node into what out points to.
func (d *Decoding) Into(n *Node, out any) { d.value(n, reflect.ValueOf(out).Elem(), field{}) }

// field is what the struct tags say of a place.
type field struct {
	name     string
	single   bool
	required bool
	later    string
	enum     []string
	tag      reflect.StructTag
}

func fieldOf(f reflect.StructField) (field, bool) {
	name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "-" || name == "" {
		return field{}, false
	}
	out := field{name: name, single: options == "single", later: f.Tag.Get("later"), tag: f.Tag}
	out.required = f.Tag.Get("required") == "true"
	if enum := f.Tag.Get("enum"); enum != "" {
		out.enum = strings.Split(enum, ",")
	}
	return out, true
}

func (d *Decoding) value(n *Node, v reflect.Value, f field) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if decoder, ok := v.Addr().Interface().(Decoder); ok {
		decoder.DecodeNode(d, n)
		return
	}
	if scalar, ok := v.Addr().Interface().(scalar); ok {
		d.scalar(n, scalar, f)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.fields(n, v)
	case reflect.Slice:
		d.list(n, v, f)
	default:
		panic(fmt.Sprintf("diag: a field of type %s can't be decoded", v.Type()))
	}
}

func (d *Decoding) list(n *Node, v reflect.Value, f field) {
	items := n.Items
	if n.Kind != List {
		if !f.single || n.Kind == Null {
			d.Wrong(n, "a list")
			return
		}
		items = []*Node{n}
	}
	f.single = false
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		d.value(item, out.Index(i), f)
	}
	v.Set(out)
}

func (d *Decoding) fields(n *Node, v reflect.Value) {
	if n.Kind != Map {
		d.Wrong(n, "a mapping")
		return
	}
	byName := map[string]int{}
	var names []string
	for i := range v.NumField() {
		structField := v.Type().Field(i)
		if structField.Name == "Pos" && structField.Type == reflect.TypeFor[Position]() {
			v.Field(i).Set(reflect.ValueOf(n.Pos))
		}
		if f, ok := fieldOf(structField); ok {
			byName[f.name] = i
			names = append(names, f.name)
		}
	}
	for _, pair := range n.Pairs {
		i, known := byName[pair.Key.V]
		if !known {
			d.Add(UnknownKey(pair.Key, names))
			continue
		}
		f, _ := fieldOf(v.Type().Field(i))
		if f.later != "" {
			d.Add(Errorf(pair.Key.Pos, "not-yet", "%q is recognised, but its feature (%s) does not exist yet", f.name, f.later).
				WithHint("take it out for now"))
			continue
		}
		d.value(pair.Value, v.Field(i), f)
	}
	for i := range v.NumField() {
		if f, ok := fieldOf(v.Type().Field(i)); ok && f.required && n.Get(f.name) == nil {
			d.Add(Errorf(n.Pos, "required", "key %q is missing", f.name))
		}
	}
}

// UnknownKey is the problem of a key that is not among the known names, with
// the nearest of them.
func UnknownKey(key Value[string], known []string) Problem {
	problem := Errorf(key.Pos, "unknown-key", "unknown key %q", key.V)
	if near, ok := Nearest(key.V, known); ok {
		return problem.WithHint("did you mean %q?", near)
	}
	return problem.WithHint("known here: %s", strings.Join(slices.Sorted(slices.Values(known)), ", "))
}

// scalar is a *Value[T] of any T.
type scalar interface {
	place(n *Node)
	target() any
}

func (v *Value[T]) place(n *Node) { v.Pos, v.Node = n.Pos, n }
func (v *Value[T]) target() any   { return &v.V }

func (d *Decoding) scalar(n *Node, out scalar, f field) {
	out.place(n)
	switch target := out.target().(type) {
	case *string:
		// Where only some words count, off and yes are words.
		if slices.Contains(f.enum, n.Text) || d.Text(n) {
			*target = n.Text
		}
	case *bool:
		if n.Kind != Bool {
			d.Wrong(n, "true or false")
			return
		}
		*target = n.Text == "true" || n.Text == "True" || n.Text == "TRUE"
	case *int:
		d.integer(n, target)
	case *float64:
		d.float(n, target)
	case TextParser:
		if !d.Text(n) {
			return
		}
		if err := target.ParseText(n.Text); err != nil {
			d.Add(Errorf(n.Pos, "value", "%q: %s", n.Text, err))
		}
		return
	default:
		panic(fmt.Sprintf("diag: a value of type %T can't be decoded", target))
	}
	d.member(n, f.enum)
}

func (d *Decoding) integer(n *Node, target *int) {
	number, err := strconv.Atoi(strings.ReplaceAll(n.Text, "_", ""))
	if n.Kind != Int || err != nil {
		d.Wrong(n, "an integer")
		return
	}
	*target = number
}

func (d *Decoding) float(n *Node, target *float64) {
	number, err := strconv.ParseFloat(strings.ReplaceAll(n.Text, "_", ""), 64)
	if n.Kind != Int && n.Kind != Float || err != nil {
		d.Wrong(n, "a number")
		return
	}
	*target = number
}

// member checks a scalar against its only values.
func (d *Decoding) member(n *Node, enum []string) {
	switch {
	case len(enum) == 0 || slices.Contains(enum, n.Text):
	case len(enum) == 1:
		d.Add(Errorf(n.Pos, "enum", "expected %q, found %q", enum[0], n.Text))
	default:
		problem := Errorf(n.Pos, "enum", "%q is none of %s", n.Text, strings.Join(enum, ", "))
		if near, ok := Nearest(n.Text, enum); ok {
			problem = problem.WithHint("did you mean %q?", near)
		}
		d.Add(problem)
	}
}

// Text says whether the node can stand where a string is meant, and records a
// problem where it can't. A number counts as its own text, digit for digit; a
// boolean, in either YAML's reading, does not.
func (d *Decoding) Text(n *Node) bool {
	switch {
	case n.Kind == List, n.Kind == Map, n.Kind == Null:
		d.Wrong(n, "a string")
		return false
	case n.Plain && (n.Kind == Bool || yaml11Boolean.MatchString(n.Text)):
		d.Add(Errorf(n.Pos, "yaml-boolean", "%s is a boolean to YAML where a string is meant", n.Text).
			WithHint("put it in quotes: %q", n.Text))
		return false
	}
	return true
}
