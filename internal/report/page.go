package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"gantline.dev/gantline/internal/streams"
)

//go:embed templates
var templates embed.FS

// shell is what all pages have: a head, a heading with its facts, links to the
// sections and a foot. The page is one file; its content policy allows its own
// style sheet and, where it has one, its own script, each by hash, and nothing
// else.
type shell struct {
	Title   string   // of the window
	Eyebrow []string // what stands above the heading, the first in bold
	Heading string
	Verdict *verdictLine
	Facts   []fact
	Links   []link
	Tool    string
	Body    any

	// Sorts lets the page carry the script that sorts tables.
	Sorts bool

	Style  template.CSS
	Script template.JS
	Policy string
}

// verdictLine is the outcome in a word and what it rests on.
type verdictLine struct{ Class, Word, Text string }

// fact is one name and value below the heading.
type fact struct {
	Name, Value string
	Code        bool
}

// link leads to a section of the page.
type link struct{ ID, Name string }

// writePage writes a page whose body is the template file that defines "body".
func writePage(w io.Writer, body string, s shell) error {
	if err := s.dress(); err != nil {
		return err
	}
	set, err := template.New("").Funcs(template.FuncMap{"px": px}).ParseFS(templates,
		"templates/page.html", "templates/graph.html", "templates/changes.html", "templates/files.html",
		"templates/weights.html", "templates/table.html", "templates/treemap.html", "templates/growth.html", "templates/"+body)
	if err != nil {
		return fmt.Errorf("parsing the page's templates: %w", err)
	}
	var page strings.Builder
	if err := set.ExecuteTemplate(&page, "page", s); err != nil {
		return fmt.Errorf("filling the page: %w", err)
	}
	// What a terminal must not get, a page should not hold either: control
	// characters are no HTML, and direction overrides make text lie.
	_, err = io.WriteString(w, streams.SafeLines(page.String()))
	return err
}

// dress gives the page its style sheet and script, and the policy that allows
// no others.
func (s *shell) dress() error {
	style, err := templates.ReadFile("templates/style.css")
	if err != nil {
		return fmt.Errorf("reading the style sheet: %w", err)
	}
	s.Style = template.CSS(style) //nolint:gosec // a file of this package, not input
	s.Policy = "default-src 'none'; style-src " + hashSource(style)
	if s.Sorts {
		script, err := templates.ReadFile("templates/sort.js")
		if err != nil {
			return fmt.Errorf("reading the script: %w", err)
		}
		s.Script = template.JS(script) //nolint:gosec // a file of this package, not input
		s.Policy += "; script-src " + hashSource(script)
	}
	s.Policy += "; base-uri 'none'; form-action 'none'"
	return nil
}

// hashSource is a text as a content policy names it.
func hashSource(text []byte) string {
	sum := sha256.Sum256(text)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// px is a length in CSS pixels with one digit.
func px(length float64) string { return fmt.Sprintf("%.1f", length) }

// meter is a part of a whole as a bar of 1000 units.
type meter struct {
	Class         string
	Start, Length string
}

// meterOf is a bar of the part from start on; a part that is not nothing is
// always to be seen.
func meterOf(class string, start, part, whole float64) meter {
	if whole <= 0 {
		return meter{Class: class, Start: "0", Length: "0"}
	}
	length := 1000 * part / whole
	if part > 0 {
		length = max(length, 3)
	}
	return meter{Class: class, Start: px(min(1000*start/whole, 997)), Length: px(length)}
}
