package objdiff

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"gantline.dev/gantline/internal/wire"
)

// decodeArguments replaces, in every container that starts gantline-step, the
// encoded argument by its meaning: args: [exec, "{…}"] becomes exec: {…}. A
// container whose arguments have another shape stays as it is.
func decodeArguments(value any) {
	switch value := value.(type) {
	case map[string]any:
		if verb, spec, ok := encodedSpec(value); ok {
			delete(value, "args")
			value[verb] = readable(spec)
		}
		for _, child := range value {
			decodeArguments(child)
		}
	case []any:
		for _, child := range value {
			decodeArguments(child)
		}
	}
}

func encodedSpec(container map[string]any) (verb string, spec map[string]any, ok bool) {
	command, _ := container["command"].([]any)
	args, _ := container["args"].([]any)
	if len(command) != 1 || command[0] != wire.Shim || len(args) != 2 {
		return "", nil, false
	}
	verb, _ = args[0].(string)
	text, _ := args[1].(string)
	if _, taken := container[verb]; taken || verb == "" || verb == "args" {
		return "", nil, false
	}
	decoded, err := decodeJSON(text)
	spec, ok = decoded.(map[string]any)
	return verb, spec, err == nil && ok
}

// decodeJSON reads one JSON value; numbers stay text.
func decodeJSON(text string) (any, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return value, nil
}

// readable is a step's specification as people write one: a script as one
// text, texts put together from parts as strings, outputs' defaults decoded.
// No two specifications that do different things become equal.
func readable(spec map[string]any) map[string]any {
	if lines, ok := spec["script"].([]any); ok {
		if script, ok := join(lines); ok {
			spec["script"] = script
		}
	}
	if args, ok := spec["args"].([]any); ok {
		for i := range args {
			args[i] = text(args[i])
		}
	}
	for _, entry := range mapsOf(spec["env"]) {
		if value, ok := entry["value"]; ok {
			entry["value"] = text(value)
		}
	}
	for _, output := range mapsOf(spec["outputs"]) {
		if encoded, ok := output["default"].(string); ok {
			if value, err := decodeJSON(encoded); err == nil {
				output["default"] = value
			}
		}
	}
	return spec
}

func mapsOf(value any) []map[string]any {
	list, _ := value.([]any)
	var out []map[string]any
	for _, element := range list {
		if m, ok := element.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func join(lines []any) (string, bool) {
	out := make([]string, len(lines))
	for i, line := range lines {
		text, ok := line.(string)
		if !ok || strings.Contains(text, "\n") {
			return "", false
		}
		out[i] = text
	}
	return strings.Join(out, "\n") + "\n", true
}

// text is a wire.Text as one string with ${{ … }} for its references. Where
// that could be mistaken for literal text the parts stay as they are.
func text(value any) any {
	var parts wire.Text
	dec := json.NewDecoder(bytes.NewReader(encode(value)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&parts); err != nil || parts == nil {
		return value
	}
	var out strings.Builder
	for _, part := range parts {
		if part.In == "" && (part.At != "" || part.Join || len(part.Path) > 0) ||
			part.In != "" && part.Lit != "" || strings.Contains(part.Lit, "$") && len(parts) > 1 ||
			strings.Contains(part.Lit, "${{") {
			return value
		}
		out.WriteString(part.Lit)
		if part.In != "" {
			out.WriteString("${{ " + reference(part) + " }}")
		}
	}
	return out.String()
}

// reference is a part's reference: key, key[at], join(key), then .keys of the
// path.
func reference(part wire.Part) string {
	out := quoteIf(part.In)
	if part.Join {
		out = "join(" + out + ")"
	}
	if part.At != "" {
		out += "[" + quoteIf(part.At) + "]"
	}
	for _, key := range part.Path {
		out += "." + quoteIf(key)
	}
	return out
}

func quoteIf(name string) string {
	if plainKey.MatchString(name) {
		return name
	}
	return quote(name)
}
