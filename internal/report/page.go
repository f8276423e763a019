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
// sections and a foot. The page is one file without scripts; its content
// policy allows its own style sheet, by hash, and nothing else.
type shell struct {
	Title   string   // of the window
	Eyebrow []string // what stands above the heading, the first in bold
	Heading string
	Verdict *verdictLine
	Facts   []fact
	Links   []link
	Tool    string
	Body    any

	Style  template.CSS
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
	style, err := templates.ReadFile("templates/style.css")
	if err != nil {
		return fmt.Errorf("reading the style sheet: %w", err)
	}
	sum := sha256.Sum256(style)
	s.Style = template.CSS(style) //nolint:gosec // a file of this package, not input
	s.Policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'"
	set, err := template.New("").Funcs(template.FuncMap{"px": px}).ParseFS(templates,
		"templates/page.html", "templates/graph.html", "templates/changes.html", "templates/files.html", "templates/weights.html", "templates/"+body)
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
