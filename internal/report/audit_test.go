package report

import (
	"io"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean/audit"
)

func sampleAudits() map[string]audit.Report {
	audits := smallAudits()
	audits["audit"], audits["audit-history"] = sampleAudit(), sampleHistory()
	for name, a := range audits {
		audits[name] = filled(a)
	}
	return audits
}

func TestAudit(t *testing.T) {
	for name, a := range sampleAudits() {
		t.Run(name, func(t *testing.T) {
			golden(t, name+".txt", written(t, func(w io.Writer) error { return AuditText(w, a, streams.Palette{}, 100) }))
			golden(t, name+"-60.txt", written(t, func(w io.Writer) error { return AuditText(w, a, streams.Palette{}, 60) }))
			golden(t, name+".md", written(t, func(w io.Writer) error { return AuditMarkdown(w, a) }))
		})
	}
	a := filled(sampleAudit())
	golden(t, "audit.json", written(t, func(w io.Writer) error { return AuditJSON(w, a) }))
	golden(t, "audit-colour.txt", written(t, func(w io.Writer) error { return AuditText(w, a, streams.NewPalette(true), 80) }))
}

// TestAuditTextKeepsToTheWidth holds every line to the terminal, whatever the
// names are.
func TestAuditTextKeepsToTheWidth(t *testing.T) {
	for _, width := range []int{narrowest, 52, 60, 72, 80, 100, widest} {
		for name, a := range sampleAudits() {
			text := string(written(t, func(w io.Writer) error { return AuditText(w, a, streams.Palette{}, width) }))
			for line := range strings.Lines(text) {
				if n := cellsOf(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("%s at %d columns has a line of %d: %s", name, width, n, line)
				}
			}
		}
	}
}

// TestAuditMarkdownKeepsToItsLimit gives a comment less room than it wants.
func TestAuditMarkdownKeepsToItsLimit(t *testing.T) {
	whole := auditMarkdown(sampleHistory(), MarkdownLimit)
	short := auditMarkdown(sampleHistory(), 5000)
	if len(short) > 5000 || len(whole) <= 5000 {
		t.Errorf("%d bytes of at most 5000; without a limit %d", len(short), len(whole))
	}
	if !strings.Contains(short, "left out to fit") {
		t.Errorf("doesn't say that something is missing:\n%s", short)
	}
}
