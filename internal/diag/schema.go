package diag

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Schemer is a type that describes itself in a JSON schema; a Decoder must be
// one too.
type Schemer interface {
	JSONSchema(s *SchemaWriter) map[string]any
}

// SchemaWriter makes the JSON schemas of Go types; named structs are written
// once, under $defs.
type SchemaWriter struct {
	defs map[string]any
}

// Schema is the JSON schema (draft 2020-12) of a struct that Decode reads,
// indented, ending in a newline.
func Schema(title string, of any) ([]byte, error) {
	s := &SchemaWriter{defs: map[string]any{}}
	root := s.object(reflect.TypeOf(of))
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = title
	if len(s.defs) > 0 {
		root["$defs"] = s.defs
	}
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding schema %q: %w", title, err)
	}
	return append(out, '\n'), nil
}

// Of is the schema of a type, for use inside JSONSchema methods.
func (s *SchemaWriter) Of(t reflect.Type) map[string]any { return s.schema(t, field{}) }

// OneOf is the schema of a value with several spellings.
func OneOf(schemas ...map[string]any) map[string]any {
	return map[string]any{"anyOf": schemas}
}

// JSONSchema implements Schemer.
func (d *Dict[T]) JSONSchema(s *SchemaWriter) map[string]any {
	return map[string]any{"type": "object", "additionalProperties": s.Of(reflect.TypeFor[T]())}
}

func (s *SchemaWriter) schema(t reflect.Type, f field) map[string]any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	pointer := reflect.New(t).Interface()
	if schemer, ok := pointer.(Schemer); ok {
		return schemer.JSONSchema(s)
	}
	if scalar, ok := pointer.(scalar); ok {
		return scalarSchema(scalar.target(), f, s)
	}
	switch t.Kind() {
	case reflect.Struct:
		if _, done := s.defs[t.Name()]; !done {
			s.defs[t.Name()] = map[string]any{} // stops the recursion of a type that holds itself
			s.defs[t.Name()] = s.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	case reflect.Slice:
		element := s.schema(t.Elem(), field{enum: f.enum})
		list := map[string]any{"type": "array", "items": element}
		if f.single {
			return OneOf(element, list)
		}
		return list
	}
	panic(fmt.Sprintf("diag: a field of type %s has no schema", t))
}

func scalarSchema(target any, f field, s *SchemaWriter) map[string]any {
	out := map[string]any{}
	switch target := target.(type) {
	case *string:
		out["type"] = []string{"string", "number"}
	case *bool:
		out["type"] = "boolean"
	case *int:
		out["type"] = "integer"
	case *float64:
		out["type"] = "number"
	case Schemer:
		return target.JSONSchema(s)
	default:
		out["type"] = "string"
	}
	if len(f.enum) > 0 {
		out["type"], out["enum"] = "string", f.enum
	}
	return out
}

func (s *SchemaWriter) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		structField := t.Field(i)
		f, ok := fieldOf(structField)
		if !ok {
			continue
		}
		properties[f.name] = s.property(structField.Type, f)
		if f.required {
			required = append(required, f.name)
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func (s *SchemaWriter) property(t reflect.Type, f field) map[string]any {
	out := s.schema(t, f)
	doc := strings.TrimSpace(f.tag.Get("doc"))
	if unit := f.tag.Get("unit"); unit != "" {
		doc += " Unit: " + unit + "."
	}
	if f.later != "" {
		doc += " Does not exist yet: " + f.later + "."
	}
	if doc != "" {
		out["description"] = doc
	}
	if value, ok := f.tag.Lookup("default"); ok {
		out["default"] = literal(value)
	}
	if value, ok := f.tag.Lookup("example"); ok {
		out["examples"] = []any{literal(value)}
	}
	return out
}

// literal reads a tag's text as JSON where it is JSON, else as a string.
func literal(text string) any {
	var value any
	if json.Unmarshal([]byte(text), &value) == nil {
		return value
	}
	return text
}
