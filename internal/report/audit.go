package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/repoclean/audit"
)

// AuditJSON writes the report as its own document, with all rows.
// docs/audit-schema.json describes it.
func AuditJSON(w io.Writer, r audit.Report) error { return writeJSON(w, r) }

// auditTitle is what was audited. A revision is text that a user gave.
func auditTitle(r audit.Report) string {
	switch {
	case r.Growth != nil && r.Growth.Base == "":
		return "What " + shortRevision(r.Revision) + " adds to what " + holder(r.Growth.Lacking) + " has"
	case r.Growth != nil:
		return fmt.Sprintf("What %s adds to history", shortRange(r))
	case r.AllRefs:
		return "What the repository weighs"
	}
	return fmt.Sprintf("What %s weighs", shortRevision(r.Revision))
}

// holder is a remote by its name, or whoever a pattern of names means.
func holder(remote string) string {
	if remote == "" || strings.ContainsAny(remote, "*?[") {
		return "any remote"
	}
	return remote
}

// shortRange is a range as it was given, or by its commits.
func shortRange(r audit.Report) string {
	for _, dots := range []string{"...", ".."} {
		if base, head, ok := strings.Cut(r.Revision, dots); ok {
			return shortRevision(base) + dots + shortRevision(head)
		}
	}
	return shortHash(r.Growth.Base) + ".." + shortHash(r.Growth.Head)
}

// shortRevision is a revision as it was given, a full hash cut short.
func shortRevision(revision string) string {
	if len(revision) >= 40 && strings.Trim(revision, "0123456789abcdef") == "" {
		return shortHash(revision)
	}
	return revision
}

// auditScope is which commits were audited, in a line.
func auditScope(r audit.Report) string {
	h := r.History
	if h.Commits == 0 {
		return "no commits"
	}
	text := countOf(h.Commits, "commit", "commits")
	switch from, to := day(h.First), day(h.Last); {
	case from == "" || to == "":
	case from == to:
		text += " of " + from
	default:
		text += ", " + from + " to " + to
	}
	switch {
	case r.Growth != nil && r.Growth.Base != "":
		text += ", " + shortHash(r.Growth.Base) + ".." + shortHash(r.Growth.Head)
	case r.Commit != "":
		text += ", checkout of " + shortHash(r.Commit)
	}
	return text
}

// auditSum is the outcome in a few words.
func auditSum(r audit.Report) string {
	if r.Growth == nil {
		return diag.Size(r.History.Packed()).String() + " of history, " + diag.Size(r.Tree.Bytes).String() + " in the checkout"
	}
	text := "Adds " + diag.Size(r.History.Packed()).String() + " packed"
	if r.Growth.LFS > 0 {
		text += " and " + diag.Size(r.Growth.LFS).String() + " in Git LFS"
	}
	return text
}

// goneText says that most of what files weigh is of no use to a checkout, "" where
// it isn't so.
func goneText(h audit.History) string {
	if 2*h.Deleted.Packed <= h.Blobs.Packed {
		return ""
	}
	return fmt.Sprintf("%s of what files weigh is gone from the checkout", percent(h.Deleted.Packed, h.Blobs.Packed))
}

// percent is a part of a whole, rounded; only all of it is 100 %.
func percent(part, whole int64) string {
	n := int(100*float64(part)/float64(max(whole, 1)) + .5)
	if part < whole {
		n = min(n, 99)
	}
	return fmt.Sprintf("%d %%", n)
}

// auditFacts is the sums that head a page.
func auditFacts(r audit.Report) []fact {
	h := r.History
	name := "History"
	if r.Growth != nil {
		name = "Adds"
	}
	out := []fact{
		{Name: name, Value: fmt.Sprintf("%s packed, %s unpacked", diag.Size(h.Packed()), diag.Size(h.All().Bytes))},
		{Name: "Commits", Value: auditScope(r)},
	}
	if h.Deleted.Packed > 0 && h.Blobs.Packed > 0 {
		out = append(out, fact{Name: "Deleted or replaced", Value: fmt.Sprintf("%s, %s of what files take",
			diag.Size(h.Deleted.Packed), percent(h.Deleted.Packed, h.Blobs.Packed))})
	}
	out = append(out, fact{Name: "Checkout", Value: fmt.Sprintf("%s, %s", countOf(r.Tree.Files, "file", "files"), diag.Size(r.Tree.Bytes))})
	if l := r.LFS; l.History.Files > 0 {
		out = append(out, fact{Name: "Git LFS", Value: fmt.Sprintf("%s, %s; in the checkout %s",
			countOf(l.History.Files, "object", "objects"), diag.Size(l.History.Bytes), diag.Size(l.Tree.Bytes))})
	}
	return out
}

// day is a date in UTC, "" for none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
