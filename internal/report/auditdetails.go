package report

import (
	"fmt"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/repoclean/audit"
)

// totalsTable is the sums: of history, of the checkout, of Git LFS, of the
// store.
func totalsTable(r audit.Report) auditTable {
	t := auditTable{ID: "totals", Title: "In all", Columns: []column{
		{"", wordColumn, 0}, {"count", numberColumn, 0}, {"contents", sizeColumn, 0}, {"packed", sizeColumn, 0},
	}}
	add := func(name string, n int, contents, packed int64) {
		t.Rows = append(t.Rows, auditRow{Cells: []entry{textEntry(name), countEntry(n), sizeEntry(contents), sizeEntry(packed)}})
	}
	objects := func(name string, o audit.Objects) {
		if o.Count > 0 {
			add(name, o.Count, o.Bytes, o.Packed)
		}
	}
	h := r.History
	name := "history"
	if r.Growth != nil {
		name = "added to history"
	}
	add(name, h.All().Count, h.All().Bytes, h.Packed())
	objects("· files, still there", h.Now)
	objects("· files, deleted or replaced", h.Deleted)
	objects("· trees", h.Trees)
	objects("· commits and tags", h.CommitObjects.Plus(h.Tags))
	add("checkout", r.Tree.Files, r.Tree.Bytes, 0)
	if l := r.LFS; l.History.Files > 0 {
		add("Git LFS in history", l.History.Files, l.History.Bytes, 0)
		add("· on this machine", l.Local.Files, l.Local.Bytes, 0)
		add("Git LFS in the checkout", l.Tree.Files, l.Tree.Bytes, 0)
		add("· on this machine", l.LocalTree.Files, l.LocalTree.Bytes, 0)
	}
	if s := r.Store; s != nil {
		add("store: packs", s.Packs.Files, 0, s.Packs.Bytes)
		add("store: loose objects", s.Loose.Files, 0, s.Loose.Bytes)
		objects("· only on other refs", s.OtherRefs)
		objects("· unreachable", s.Unreachable)
	}
	return t
}

// notCounted is what the figures don't hold, a sentence each.
func notCounted(r audit.Report) []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	u := r.Unknown
	if u.Shallow {
		add("This clone is shallow: history is cut off at %s, and what is older is not counted. git fetch --unshallow brings it.",
			countOf(u.CutOffCommit, "commit", "commits"))
	}
	if u.MissingBlobs > 0 {
		text := ""
		if u.MissingInTree > 0 {
			text = fmt.Sprintf(" (%d of the checkout)", u.MissingInTree)
		}
		add("%s%s not in this clone: of unknown size, and in none of these figures. Nothing was fetched.",
			countOf(u.MissingBlobs, "blob", "blobs"), text+map[bool]string{true: " is", false: " are"}[u.MissingBlobs == 1])
	}
	if u.LFSAbsent > 0 {
		add("%s not on this machine; sizes are those that the pointers give.",
			countOf(u.LFSAbsent, "LFS object of the checkout is", "LFS objects of the checkout are"))
	}
	const most = 3
	for _, text := range u.Damaged[:min(len(u.Damaged), most)] {
		add("Could not be read: %s", text)
	}
	if more := len(u.Damaged) - most; more > 0 {
		add("And %s more could not be read; git fsck names them.", countOf(more, "object", "objects"))
	}
	if r.Store != nil && r.Store.Borrowed {
		add("Some objects are borrowed from another repository (alternates), whose store is counted here too.")
	}
	return out
}

// stars is git-sizer's way to show a concern: one for each time that the value
// at which it begins is reached, where they are few.
func stars(concern float64) string {
	const alarm, most = 30, 10
	switch {
	case concern > alarm:
		return "!!!"
	case concern > most:
		return fmt.Sprintf("* × %d", int(concern))
	}
	return strings.Repeat("*", int(max(concern, 0)))
}

// measuresTable is git-sizer's measures, all or those that concern.
func measuresTable(r audit.Report, all bool) auditTable {
	t := auditTable{ID: "measures", Title: "Measures of git-sizer", Columns: []column{
		{"value", sizeColumn, 0}, {"concern", wordColumn, 0}, {"measure", textColumn, 0}, {"at", nameColumn, 1},
	}}
	fine := 0
	for _, m := range r.Measures {
		if m.Concern < 1 {
			if fine++; !all {
				continue
			}
		}
		value := entry{Text: thousands(m.Value), Value: m.Value, Sorts: true}
		if m.Unit == "bytes" {
			value.Text = diag.Size(m.Value).String()
		}
		at := m.Path
		if at == "" {
			at = shortHash(m.Object)
		}
		t.Rows = append(t.Rows, auditRow{Cells: []entry{
			value, {Text: stars(m.Concern), Value: int64(1000 * m.Concern), Sorts: true}, textEntry(m.Text), textEntry(at),
		}})
	}
	switch {
	case len(r.Measures) == 0:
	case fine == len(r.Measures):
		t.After = fmt.Sprintf("None of %s is at git-sizer's level of concern.", count(fine, "measure", "measures"))
	case fine > 0 && !all:
		t.After = fmt.Sprintf("%s below git-sizer's level of concern.", count(fine, "other measure is", "other measures are"))
	}
	return t
}

func lfsTable(r audit.Report) auditTable {
	t := auditTable{ID: "lfs", Title: "Largest objects in Git LFS", Columns: []column{
		{"size", sizeColumn, 0}, {"path", nameColumn, 0}, {"commit", wordColumn, 1}, {"on disk", wordColumn, 2}, {"now", wordColumn, 0},
	}}
	for _, o := range r.LFS.Largest {
		row := auditRow{Solid: o.Bytes, Cells: []entry{
			sizeEntry(o.Bytes), textEntry(o.Path), textEntry(shortHash(o.Commit)), either(o.Local, "yes", "no"), thereOrGone(o.InTree),
		}}
		if !o.InTree {
			row.Solid, row.Shaded = 0, o.Bytes
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func duplicatesTable(r audit.Report) auditTable {
	t := auditTable{
		ID: "duplicates", Title: "The same content at several paths",
		Note: "Git stores it once; a checkout and an image hold every copy.",
		Columns: []column{
			{"wasted", sizeColumn, 0}, {"path", nameColumn, 0}, {"copies", numberColumn, 0}, {"size", sizeColumn, 1}, {"kept by", wordColumn, 2},
		},
	}
	add := func(duplicates []audit.Duplicate, by string) {
		for _, d := range duplicates {
			if len(d.Paths) == 0 {
				continue
			}
			t.Rows = append(t.Rows, auditRow{Solid: d.Wasted(), Below: d.Paths[1:], Cells: []entry{
				sizeEntry(d.Wasted()), textEntry(d.Paths[0]), countEntry(len(d.Paths)), sizeEntry(d.Bytes), textEntry(by),
			}})
		}
	}
	add(r.Duplicates, "git")
	add(r.LFS.Duplicates, "LFS")
	return t
}

func findsTable(r audit.Report) auditTable {
	t := auditTable{ID: "finds", Title: "Files that seldom belong in git", Columns: []column{
		{"size", sizeColumn, 0}, {"path", nameColumn, 0}, {"what", wordColumn, 0},
	}}
	for _, f := range r.Finds {
		t.Rows = append(t.Rows, auditRow{Solid: f.Bytes, Cells: []entry{sizeEntry(f.Bytes), textEntry(f.Path), textEntry(f.What)}})
	}
	return t
}

func unreachableTable(r audit.Report) auditTable {
	t := auditTable{
		ID: "unreachable", Title: "Largest unreachable blobs", Note: "No ref leads to them; git gc removes what nothing else needs, after some weeks.",
		Columns: []column{{"size", sizeColumn, 0}, {"blob", wordColumn, 0}, {"packed", sizeColumn, 0}},
	}
	if r.Store == nil {
		return t
	}
	for _, b := range r.Store.LargestUnreachable {
		t.Rows = append(t.Rows, auditRow{Solid: b.Bytes, Cells: []entry{sizeEntry(b.Bytes), textEntry(shortHash(b.Hash)), sizeEntry(b.Packed)}})
	}
	return t
}

// pathList is paths with what they have in common.
type pathList struct {
	Title, Hint string
	Paths       []string
	// Sentences says that they are no paths but sentences.
	Sentences bool
}

// lfsLists is the files whose attributes and contents disagree about Git LFS.
func lfsLists(r audit.Report) []pathList {
	var out []pathList
	if len(r.LFS.Raw) > 0 {
		out = append(out, pathList{
			Title: "Given to Git LFS by .gitattributes, but stored in git itself",
			Hint:  "git add --renormalize . makes pointers of them.", Paths: r.LFS.Raw,
		})
	}
	if len(r.LFS.Unattributed) > 0 {
		out = append(out, pathList{
			Title: "LFS pointers that no rule of .gitattributes covers",
			Hint:  "A checkout leaves them pointers; git lfs track adds a rule.", Paths: r.LFS.Unattributed,
		})
	}
	return out
}
