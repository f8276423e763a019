package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/streams"
)

// apiVersion heads every JSON document of this package.
const apiVersion = "gantline.dev/v1"

// ProblemsText writes each problem as file:line:col: message [rule], the form
// that editors jump by, with its hint indented below.
func ProblemsText(w io.Writer, problems []diag.Problem, palette streams.Palette) error {
	var out strings.Builder
	for _, p := range problems {
		message := palette.Bad("error:") + " "
		if p.Severity == diag.Warning {
			message = palette.Warn("warning:") + " "
		}
		fmt.Fprintf(&out, "%s: %s%s %s\n", palette.Bold(streams.Safe(p.Position.String())), message,
			streams.Safe(p.Message), palette.Faint("["+streams.Safe(p.Rule)+"]"))
		if p.Hint != "" {
			for line := range strings.SplitSeq(p.Hint, "\n") {
				fmt.Fprintf(&out, "  %s\n", palette.Link(streams.Safe(line)))
			}
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// ProblemsJSON writes a document of kind Problems.
func ProblemsJSON(w io.Writer, problems []diag.Problem) error {
	if problems == nil {
		problems = []diag.Problem{}
	}
	return writeJSON(w, struct {
		APIVersion string         `json:"apiVersion"`
		Kind       string         `json:"kind"`
		Problems   []diag.Problem `json:"problems"`
	}{apiVersion, "Problems", problems})
}

// ProblemsGitHub writes workflow commands that GitHub shows as annotations
// beside the lines.
func ProblemsGitHub(w io.Writer, problems []diag.Problem) error {
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	message := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	var out strings.Builder
	for _, p := range problems {
		command := "error"
		if p.Severity == diag.Warning {
			command = "warning"
		}
		fmt.Fprintf(&out, "::%s file=%s", command, property.Replace(p.File))
		if p.Line > 0 {
			fmt.Fprintf(&out, ",line=%d,col=%d", p.Line, p.Column)
		}
		text := p.Message
		if p.Hint != "" {
			text += "\n" + p.Hint
		}
		fmt.Fprintf(&out, ",title=%s::%s\n", property.Replace(p.Rule), message.Replace(text))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// writeJSON writes an indented document that ends in a newline.
func writeJSON(w io.Writer, document any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(document)
}
