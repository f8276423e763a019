package report

import (
	"io"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

// Heights of the charts, in CSS pixels.
const (
	growthHeight = 300.0
	lfsHeight    = 150.0
)

// AuditHTML writes the audit as one self-contained page. Its script sorts
// tables by a click on a heading; without it all of the page can be read.
func AuditHTML(w io.Writer, r audit.Report) error {
	page := auditPageOf(r)
	return writePage(w, "audit.html", shell{
		Title: "Audit: " + auditTitle(r), Eyebrow: []string{"audit", shortHash(r.Commit)},
		Heading: auditTitle(r), Verdict: auditVerdict(r), Facts: auditFacts(r), Links: page.links(),
		Body: page, Sorts: true,
	})
}

// auditVerdict is what a reader must know first, nil for nothing.
func auditVerdict(r audit.Report) *verdictLine {
	gone := goneText(r.History)
	switch {
	case len(r.Breaches) > 0:
		return &verdictLine{Class: "refused", Word: "Over budget", Text: auditSum(r)}
	case r.Growth != nil && r.Budgets == nil:
		return &verdictLine{Word: auditSum(r), Text: "No budget is set for it in the commit's gantline.yaml."}
	case r.Growth != nil:
		return &verdictLine{Class: "passed", Word: auditSum(r), Text: "No budget of gantline.yaml is exceeded."}
	case gone != "":
		return &verdictLine{Word: gone, Text: diag.Size(r.History.Deleted.Packed).String() + " packed were deleted or replaced, and every clone still fetches them."}
	}
	return nil
}

// auditPage is what templates/audit.html shows.
type auditPage struct {
	Breaches []repoclean.Breach
	Missing  []string
	Sections []auditSection
}

// auditSection is one section of the page; each of its parts may be empty.
type auditSection struct {
	ID, Title, Link string
	Lead            string
	Maps            []mapView
	Charts          []chartView
	Tables          []tableView
	Lists           []pathList
	// Folded is tables that a reader opens: the figures of what is drawn.
	Folded []tableView
}

type mapView struct {
	Title, Note string
	Drawings    []treemap
	Key         []keyEntry
}

type chartView struct {
	Title, Note string
	Drawings    []chart
	Key         []keyEntry
}

// keyEntry explains a colour.
type keyEntry struct{ Class, Name, Size string }

func (p auditPage) links() []link {
	var out []link
	for _, section := range p.Sections {
		out = append(out, link{section.ID, section.Link})
	}
	return out
}

func auditPageOf(r audit.Report) auditPage {
	page := auditPage{Breaches: r.Breaches, Missing: notCounted(r)}
	tables := auditTables(r)
	pick := func(ids ...string) []tableView {
		var out []tableView
		for _, table := range tables {
			if slices.Contains(ids, table.ID) {
				out = append(out, tableViewOf(table))
			}
		}
		return out
	}
	largest := auditSection{ID: "largest", Link: "Largest files", Title: "Largest files", Tables: pick("blobs", "tree")}
	first, later := auditSection{}, largest
	if r.Growth != nil { // the files of a range before the map
		first, later = later, first
	}
	for _, section := range []auditSection{
		{ID: "commits", Link: "Commits", Title: "What each commit adds", Tables: pick("commits")},
		first,
		{ID: "maps", Link: "Maps", Title: "Where the weight is", Maps: mapViews(r)},
		{ID: "growth", Link: "Growth", Title: "How it grew", Charts: chartViews(r), Folded: monthViews(r)},
		later,
		{ID: "names", Link: "Paths", Title: "Paths and directories", Tables: pick("paths", "directories"), Lead: packedNote},
		{ID: "sorts", Link: "Kinds", Title: kindsTitle(r), Tables: pick("kinds", "extensions", "authors"), Lead: packedNote},
		{ID: "lfs-section", Link: "Git LFS", Title: "Git LFS", Tables: pick("lfs"), Lists: shown(lfsLists(r))},
		{ID: "waste", Link: "Waste", Title: "What need not be there", Tables: pick("duplicates", "finds")},
		{ID: "sums", Link: "Sums", Title: "All sums", Tables: append([]tableView{tableViewOf(totalsTable(r))}, pick("unreachable")...), Lists: shown(repackList(r))},
		{ID: "sizer", Link: "git-sizer", Title: "Measures of git-sizer", Tables: measureViews(r), Lead: "One star for each time that a measure reaches the value at which git-sizer begins to be concerned; !!! above 30."},
	} {
		if len(section.Maps)+len(section.Charts)+len(section.Tables)+len(section.Lists) > 0 {
			page.Sections = append(page.Sections, section)
		}
	}
	return page
}

func kindsTitle(r audit.Report) string {
	if r.Growth != nil {
		return "Kinds of files"
	}
	return "Kinds, extensions, authors"
}

const packedNote = "Packed bytes of each blob, once, at the path and by the author that brought it first. The pale part of a bar is what was deleted or replaced since."

// shown is lists as a page can show them: a newline in a path would be a space.
func shown(lists []pathList) []pathList {
	for i, list := range lists {
		lists[i].Paths = nil
		for _, path := range list.Paths {
			lists[i].Paths = append(lists[i].Paths, streams.Safe(path))
		}
	}
	return lists
}

func repackList(r audit.Report) []pathList {
	if r.Store == nil || len(r.Store.Repack) == 0 {
		return nil
	}
	return []pathList{{Title: "A repack would pay", Paths: r.Store.Repack, Sentences: true}}
}

func measureViews(r audit.Report) []tableView {
	if len(r.Measures) == 0 {
		return nil
	}
	table := measuresTable(r, true)
	table.Title = ""
	return []tableView{tableViewOf(table)}
}

// mapViews is the two treemaps, each for wide and for narrow screens.
func mapViews(r audit.Report) []mapView {
	var out []mapView
	add := func(id, title, note string, root audit.Area, size func(audit.Weight) int64, hatched bool) {
		if root.Bytes <= 0 || len(root.Areas) == 0 {
			return
		}
		view := mapView{Title: title, Note: note, Drawings: []treemap{drawTreemap(id, title, root, false), drawTreemap(id, title, root, true)}}
		view.Key = kindKey(r.Kinds, size)
		if hatched && view.Drawings[0].Hatch != "" {
			view.Key = append(view.Key, keyEntry{Class: "gone", Name: "gone from the checkout"})
		}
		out = append(out, view)
	}
	title := "History: " + diag.Size(r.HistoryMap.Bytes).String() + " packed"
	if r.Growth != nil {
		title = "What the range brings: " + diag.Size(r.HistoryMap.Bytes).String() + " packed"
	}
	add("history-map", title, "Every version of every file, by what it takes in the store.", r.HistoryMap,
		func(w audit.Weight) int64 { return w.History.Packed }, true)
	add("tree-map", "Checkout of "+shortHash(r.Commit)+": "+diag.Size(r.TreeMap.Bytes).String(), "The files of the commit, by their size.", r.TreeMap,
		func(w audit.Weight) int64 { return w.Tree.Bytes }, false)
	return out
}

// kindKey explains the colours of the kinds that have a size.
func kindKey(kinds []audit.Weight, size func(audit.Weight) int64) []keyEntry {
	var out []keyEntry
	for _, kind := range fileKinds() {
		for _, w := range kinds {
			if w.Name == string(kind) && size(w) > 0 {
				out = append(out, keyEntry{kindClass(kind), string(kind), diag.Size(size(w)).String()})
			}
		}
	}
	return out
}

// chartViews is growth over time: of history and, apart, of Git LFS.
func chartViews(r audit.Report) []chartView {
	var packed, lfs []monthStack
	for _, month := range r.Months {
		full := month.Month + ": " + diag.Size(month.Added.Packed).String() + " packed in " + countOf(month.Commits, "commit", "commits")
		packed = append(packed, monthStack{Month: month.Month, Parts: monthParts(month), Full: full + partsText(month)})
		lfs = append(lfs, monthStack{Month: month.Month, Parts: []stackPart{{"f-lfs", month.LFS}}, Full: month.Month + ": " + diag.Size(month.LFS).String() + " in Git LFS"})
	}
	var out []chartView
	add := func(title, note string, months []monthStack, height float64, key []keyEntry) {
		if len(months) > 1 && slices.ContainsFunc(months, func(m monthStack) bool { return m.bytes() > 0 }) {
			out = append(out, chartView{title, note, []chart{drawChart(title, months, height, false), drawChart(title, months, height, true)}, key})
		}
	}
	add("Packed bytes by month", "The line is what they add up to, in a scale of its own.", packed, growthHeight, growthKey(r))
	add("Git LFS by month", "Contents that came with new pointers; they are not in git's store.", lfs, lfsHeight, nil)
	return out
}

func monthViews(r audit.Report) []tableView {
	table := monthsTable(r)
	if len(table.Rows) == 0 {
		return nil
	}
	slices.Reverse(table.Rows) // the last month is asked for first
	table.Title = "The months in figures"
	return []tableView{tableViewOf(table)}
}

// monthParts is a month's blobs by kind, and trees, commits and tags as one.
func monthParts(month audit.Month) []stackPart {
	var parts []stackPart
	rest := month.Added.Packed
	for _, kind := range fileKinds() {
		parts = append(parts, stackPart{kindClass(kind), month.Kinds[kind]})
		rest -= month.Kinds[kind]
	}
	return append(parts, stackPart{"f-meta", max(rest, 0)})
}

func partsText(month audit.Month) string {
	var out strings.Builder
	for _, kind := range fileKinds() {
		if bytes := month.Kinds[kind]; bytes > 0 {
			out.WriteString("\n" + string(kind) + " " + diag.Size(bytes).String())
		}
	}
	return out.String()
}

func growthKey(r audit.Report) []keyEntry {
	key := kindKey(r.Kinds, func(w audit.Weight) int64 { return w.History.Packed })
	if rest := r.History.Packed() - r.History.Blobs.Packed; rest > 0 {
		key = append(key, keyEntry{"f-meta", "trees and commits", diag.Size(rest).String()})
	}
	return key
}
