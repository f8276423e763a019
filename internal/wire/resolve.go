package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Lookup finds an input's encoded value by its key.
type Lookup func(key string) (encoded string, ok bool)

// Resolve is the text that the parts make together: exactly the bytes that
// the process is to see. Errors name the input and never its value.
func (t Text) Resolve(inputs Lookup) (string, error) {
	var out strings.Builder
	for _, part := range t {
		text, err := part.resolve(inputs)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

func (p Part) resolve(inputs Lookup) (string, error) {
	if p.In == "" {
		return p.Lit, nil
	}
	value, err := p.value(inputs)
	if err != nil {
		return "", fmt.Errorf("reading input %q: %w", p.In, err)
	}
	return plain(value)
}

// value is the JSON value that the part refers to.
func (p Part) value(inputs Lookup) (json.RawMessage, error) {
	value, err := read(inputs, p.In)
	if err != nil {
		return nil, err
	}
	if p.Join {
		if value, err = join(value); err != nil {
			return nil, err
		}
	}
	path := p.Path
	if p.At != "" {
		index, err := read(inputs, p.At)
		if err != nil {
			return nil, fmt.Errorf("its index %q: %w", p.At, err)
		}
		position, err := plain(index)
		if err != nil {
			return nil, fmt.Errorf("its index %q: %w", p.At, err)
		}
		path = slices.Concat([]string{position}, path)
	}
	for _, key := range path {
		if value, err = child(value, key); err != nil {
			return nil, err
		}
	}
	return value, nil
}

func read(inputs Lookup, key string) (json.RawMessage, error) {
	encoded, ok := inputs(key)
	if !ok {
		return nil, fmt.Errorf("no variable %s%s", InputPrefix, key)
	}
	value, err := Decode(encoded)
	if err != nil {
		return nil, fmt.Errorf(`%w; a value given by hand needs JSON's quotes, such as "base-7b"`, err)
	}
	return value, nil
}

// join decodes the list that Argo makes of a foreach's outputs. Argo puts the
// encoded values into strings, except when every one is an object or a list:
// those it decodes itself.
func join(list json.RawMessage) (json.RawMessage, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(list, &elements); err != nil || elements == nil {
		return nil, errors.New("its value is no list, and outputs of a foreach are")
	}
	for i, element := range elements {
		var encoded string
		if element[0] != '"' {
			continue
		}
		err := json.Unmarshal(element, &encoded)
		if err == nil {
			elements[i], err = Decode(encoded)
		}
		if err != nil {
			return nil, fmt.Errorf("its element %d: %w", i, err)
		}
	}
	return slices.Concat([]byte("["), bytes.Join(rawBytes(elements), []byte(",")), []byte("]")), nil
}

func rawBytes(elements []json.RawMessage) [][]byte {
	out := make([][]byte, len(elements))
	for i, element := range elements {
		out[i] = element
	}
	return out
}

// child is the element of a list, by its index from 0, or of an object.
func child(value json.RawMessage, key string) (json.RawMessage, error) {
	switch value[0] {
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(value, &list); err != nil {
			return nil, fmt.Errorf("its list: %w", err)
		}
		index, err := strconv.Atoi(key)
		if err != nil || index < 0 || index >= len(list) {
			return nil, fmt.Errorf("no element %q in its list of %d", key, len(list))
		}
		return list[index], nil
	case '{':
		var object map[string]json.RawMessage
		if err := json.Unmarshal(value, &object); err != nil {
			return nil, fmt.Errorf("its object: %w", err)
		}
		if found, ok := object[key]; ok {
			return found, nil
		}
		return nil, fmt.Errorf("no key %q in its object", key)
	}
	return nil, fmt.Errorf("no %q: its value is neither an object nor a list", key)
}

// plain is a JSON value as a process sees it: a string's content, or the text.
func plain(value json.RawMessage) (string, error) {
	if value[0] != '"' {
		return string(value), nil
	}
	var content string
	if err := json.Unmarshal(value, &content); err != nil {
		return "", fmt.Errorf("its string: %w", err)
	}
	return content, nil
}
