package objdiff

import (
	"encoding/json"
	"strings"

	"gantline.dev/gantline/internal/kube"
)

// shortJSON is how long, in bytes, a mapping or list may be to stand in a line.
const shortJSON = 60

// Texts is both values as people read them: a string without quotes unless it
// could be taken for another value, a long mapping or list as YAML, anything
// else as JSON. An absent value is empty. A text of several lines ends in a
// newline.
func (f FieldChange) Texts() (before, after string) {
	block := len(f.Before) > shortJSON || len(f.After) > shortJSON
	return readableText(f.Before, block), readableText(f.After, block)
}

func readableText(raw json.RawMessage, block bool) string {
	var text string
	if raw == nil {
		return ""
	}
	if json.Unmarshal(raw, &text) == nil && raw[0] == '"' {
		switch text {
		case "", "true", "false", "null":
			return string(raw)
		}
		return text
	}
	if block && strings.ContainsRune("{[", rune(raw[0])) {
		if out, err := kube.YAML(raw); err == nil {
			return string(out)
		}
	}
	return string(raw)
}
