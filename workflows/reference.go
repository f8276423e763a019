package workflows

import (
	"fmt"
	"reflect"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// Reference is docs/flow-reference.md, made from the types, the grammar and
// the rules, so that it says what the parser does.
func Reference() []byte {
	var out strings.Builder
	out.WriteString(referenceHead)
	out.WriteString("## Fields\n\nA field marked * must be there.\n")
	for _, t := range referenceTypes() {
		writeFields(&out, t)
	}
	out.WriteString(referenceForms)
	fmt.Fprintf(&out, "## Grammar\n\n```ebnf\n%s```\n\n", Grammar)
	out.WriteString(referenceExpressions)
	out.WriteString("## Rules\n\n`gantline check` reports each problem as `file:line:column: message [rule]`; `gantline check --explain RULE` prints the line below.\n\n| rule | what it checks |\n|---|---|\n")
	for _, rule := range Rules() {
		fmt.Fprintf(&out, "| `%s` | %s |\n", rule.Name, cell(rule.Doc))
	}
	return []byte(out.String())
}

// cell is text as a cell of a Markdown table.
func cell(text string) string { return strings.NewReplacer("|", `\|`, "<", `\<`).Replace(text) }

// referenceTypes are the types with fields, in the order in which a reader
// meets them.
func referenceTypes() []reflect.Type {
	return []reflect.Type{
		reflect.TypeFor[Flow](), reflect.TypeFor[Param](), reflect.TypeFor[Schedule](), reflect.TypeFor[Notify](),
		reflect.TypeFor[Keep](), reflect.TypeFor[Step](), reflect.TypeFor[Launch](), reflect.TypeFor[Approve](),
		reflect.TypeFor[Secret](), reflect.TypeFor[Volume](), reflect.TypeFor[SlurmOn](), reflect.TypeFor[Resources](),
		reflect.TypeFor[Toleration](), reflect.TypeFor[Retry](), reflect.TypeFor[OnFailure](), reflect.TypeFor[Output](),
		reflect.TypeFor[Artifacts](), reflect.TypeFor[Cache](),
	}
}

func writeFields(out *strings.Builder, t reflect.Type) {
	fmt.Fprintf(out, "\n### %s\n\n| field | type | default | meaning |\n|---|---|---|---|\n", t.Name())
	for i := range t.NumField() {
		f := t.Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "" {
			continue
		}
		name := code(key)
		if f.Tag.Get("required") == "true" {
			name += " *"
		}
		kind := fieldType(f.Type, f.Tag)
		if options == "single" {
			kind += ", or one alone"
		}
		meaning := f.Tag.Get("doc")
		if example := f.Tag.Get("example"); example != "" {
			meaning += fmt.Sprintf(" Example: `%s`.", example)
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", name, cell(kind), code(f.Tag.Get("default")), cell(meaning))
	}
}

// code is text in backquotes, nothing where there is none.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// fieldType is a field's type in the words of a reader of flows.
func fieldType(t reflect.Type, tag reflect.StructTag) string {
	if enum := tag.Get("enum"); enum != "" && t.Kind() != reflect.Slice {
		return "`" + strings.ReplaceAll(enum, ",", "` or `") + "`"
	} else if enum != "" {
		return "list of `" + strings.ReplaceAll(enum, ",", "`, `") + "`"
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[diag.Value[string]]():
		return "string"
	case reflect.TypeFor[diag.Value[int]]():
		return "integer"
	case reflect.TypeFor[diag.Value[bool]]():
		return "boolean"
	case reflect.TypeFor[diag.Value[diag.Duration]]():
		return "duration"
	case reflect.TypeFor[Any]():
		return "any"
	case reflect.TypeFor[diag.Dict[diag.Value[string]]]():
		return "mapping of strings"
	case reflect.TypeFor[diag.Dict[*Any]]():
		return "mapping of any"
	}
	return compoundType(t)
}

func compoundType(t reflect.Type) string {
	_, severalForms := reflect.New(t).Interface().(diag.Decoder)
	switch {
	case t == reflect.TypeFor[diag.Dict[*Step]]():
		return "mapping of " + link("Step")
	case t == reflect.TypeFor[diag.Dict[*Param]]():
		return "mapping of " + link("Param")
	case severalForms:
		return link("forms")
	case t.Kind() == reflect.Slice:
		return "list of " + fieldType(t.Elem(), "")
	}
	return link(t.Name())
}

func link(name string) string { return "[" + name + "](#" + strings.ToLower(name) + ")" }
