package config

import (
	_ "embed"
	"fmt"
	"reflect"
	"strings"
)

// example is a whole gantline.yaml of what exists.
//
//go:embed example.yaml
var example string

// Reference is docs/configuration.md, made from the types that gantline.yaml
// is decoded into, so that it says what the parser does.
func Reference() []byte {
	var out strings.Builder
	out.WriteString(`# gantline.yaml

Every key of gantline.yaml, which stands at the root of a repository. This page
is made from the types that the file is decoded into; ` + "`gantline init`" + ` writes a
first one, and the JSON schema that editors check it with.

A key marked * must be there. A key marked † is recognised, and refused at its
position: its feature does not exist yet. An unknown key is an error that names
the nearest known one.

| key | default | meaning |
|---|---|---|
`)
	writeRows(&out, "", reflect.TypeFor[File]())
	out.WriteString("\n## An example\n\n```yaml\n" + example + "```\n")
	return []byte(out.String())
}

// writeRows writes a row for each key of a struct, and for those below it.
func writeRows(out *strings.Builder, prefix string, t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if key == "" {
			continue
		}
		name := prefix + key
		below, each := inner(field.Type)
		fmt.Fprintf(out, "| `%s`%s | %s | %s |\n", name, mark(field.Tag), code(field.Tag.Get("default")), meaning(field.Tag))
		if below != nil {
			writeRows(out, name+"."+each, below)
		}
	}
}

// inner is the struct that a field holds, if it does, and what stands for its
// name where it is one of many.
func inner(t reflect.Type) (below reflect.Type, each string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct {
		if v, ok := t.Elem().FieldByName("V"); ok && strings.HasPrefix(t.Name(), "Dict[") {
			below, _ = inner(v.Type)
			return below, "NAME."
		}
	}
	if t.Kind() == reflect.Struct && !strings.HasPrefix(t.Name(), "Value[") {
		return t, ""
	}
	return nil, ""
}

func mark(tag reflect.StructTag) string {
	text := ""
	if tag.Get("required") == "true" {
		text += " *"
	}
	if tag.Get("later") != "" {
		text += " †"
	}
	return text
}

func meaning(tag reflect.StructTag) string {
	text := tag.Get("doc")
	if values := tag.Get("enum"); values != "" {
		text += " One of `" + strings.ReplaceAll(values, ",", "`, `") + "`."
	}
	if example := tag.Get("example"); example != "" {
		text += " Example: `" + example + "`."
	}
	return strings.ReplaceAll(text, "|", `\|`)
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}
