package report

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean/audit"
)

// AuditJSON writes the report as its own document, with all rows.
func AuditJSON(w io.Writer, r audit.Report) error { return writeJSON(w, r) }

// AuditText writes the audit for a terminal.
func AuditText(w io.Writer, r audit.Report, palette streams.Palette) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n", palette.Bold(streams.Safe(auditTitle(r))))
	for _, fact := range auditFacts(r) {
		fmt.Fprintf(&out, "  %-9s  %s\n", fact.Name, fact.Value)
	}
	for _, note := range auditNotes(r) {
		fmt.Fprintf(&out, "%s %s\n", palette.Warn("note:"), note)
	}
	for _, table := range auditTables(r, math.MaxInt) {
		fmt.Fprintf(&out, "\n%s\n", palette.Bold(table.Title))
		for _, row := range table.Rows {
			fmt.Fprintf(&out, "  %9s  %s%s\n", row.Size, streams.Safe(row.Name), palette.Faint(streams.Safe(prefixed("  ", row.Note))))
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// AuditMarkdown writes the audit's totals and tables.
func AuditMarkdown(w io.Writer, r audit.Report) error {
	var out strings.Builder
	fmt.Fprintf(&out, "## %s\n\n", plain(auditTitle(r)))
	for _, fact := range auditFacts(r) {
		fmt.Fprintf(&out, "- %s: %s\n", fact.Name, fact.Value)
	}
	for _, note := range auditNotes(r) {
		fmt.Fprintf(&out, "\n%s\n", note)
	}
	for _, table := range auditTables(r, math.MaxInt) {
		fmt.Fprintf(&out, "\n### %s\n\n| size | | |\n|---:|---|---|\n", table.Title)
		for _, row := range table.Rows {
			note := ""
			if row.Note != "" {
				note = cell(row.Note)
			}
			fmt.Fprintf(&out, "| %s | %s | %s |\n", row.Size, cell(row.Name), note)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// AuditHTML writes the audit as one self-contained page.
func AuditHTML(w io.Writer, r audit.Report) error {
	return writePage(w, "audit.html", shell{
		Title: "Audit of " + r.Revision, Eyebrow: []string{"audit", shortHash(r.Commit)},
		Heading: auditTitle(r), Body: auditViewOf(r),
	})
}

func auditTitle(r audit.Report) string {
	if r.Growth != nil {
		return fmt.Sprintf("What %s..%s adds to history", shortHash(r.Growth.Base), shortHash(r.Growth.Head))
	}
	return fmt.Sprintf("What %s weighs", r.Revision)
}

// auditFacts is the totals.
func auditFacts(r audit.Report) []fact {
	h := r.History
	out := []fact{
		{Name: "History", Value: fmt.Sprintf("%s, %s packed, %s unpacked", count(h.Commits, "commit", "commits"),
			diag.Size(h.Packed()), diag.Size(h.All().Bytes))},
		{Name: "From", Value: day(h.First) + " to " + day(h.Last)},
		{Name: "Tree", Value: fmt.Sprintf("%s, %s", count(r.Tree.Files, "file", "files"), diag.Size(r.Tree.Bytes))},
	}
	if r.LFS.History.Files > 0 {
		out = append(out, fact{Name: "Git LFS", Value: fmt.Sprintf("%s, %s; in the tree %s",
			count(r.LFS.History.Files, "object", "objects"), diag.Size(r.LFS.History.Bytes), diag.Size(r.LFS.Tree.Bytes))})
	}
	return out
}

// auditNotes is what a reader of the totals must know.
func auditNotes(r audit.Report) []string {
	var out []string
	if n := len(r.LFS.Raw); n > 0 {
		out = append(out, count(n, "file belongs", "files belong")+" to Git LFS by .gitattributes, but git itself keeps the content.")
	}
	if r.Unknown.Shallow {
		out = append(out, "This clone is shallow: older history is missing and not counted.")
	}
	if r.Unknown.Partial {
		out = append(out, "This clone is partial: objects that it lacks are not counted.")
	}
	return out
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
