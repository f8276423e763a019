package report

import (
	"fmt"
	"slices"
	"strconv"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/diag"
)

// fromMost is how much of a command that made a layer is shown.
const fromMost = 120

// imageTables is an image's lists, empty ones left out: its layers, and what
// was found in them.
func imageTables(image Image) []auditTable {
	tables := []auditTable{layersTable(image)}
	if image.Inside != nil {
		tables = append(tables, largestTable(image), hiddenTable(image), copiesTable(*image.Inside))
	}
	return slices.DeleteFunc(tables, func(t auditTable) bool { return len(t.Rows) == 0 })
}

func layersTable(image Image) auditTable {
	t := auditTable{ID: "layers", Title: "Layers, lowest first", Columns: []column{
		{"#", numberColumn, 0}, {"size", sizeColumn, 0}, {"kind", wordColumn, 0}, {"from", phraseColumn, 0},
	}}
	if image.Against != nil {
		t.Columns = append(t.Columns, column{"node", wordColumn, 0})
		t.Note = "What the node has is shaded."
	}
	if image.Inside != nil {
		t.Columns = append(t.Columns, column{"unpacked", sizeColumn, 2}, column{"wasted", sizeColumn, 0}, column{"files", numberColumn, 3})
	}
	t.Columns = append(t.Columns, column{"digest", wordColumn, 1})
	for i, l := range image.View.Layers() {
		t.Rows = append(t.Rows, layerTableRow(image, i, l))
	}
	return t
}

func layerTableRow(image Image, i int, l build.Layer) auditRow {
	row := auditRow{Solid: l.Size, Cells: []entry{
		{Text: strconv.Itoa(i + 1)}, sizeEntry(l.Size), textEntry(l.Kind.Text()), textEntry(shortenEnd(image.Inputs[i], fromMost)),
	}}
	if image.Against != nil {
		how := image.Against.Each[i]
		row.Cells = append(row.Cells, textEntry(string(how)))
		if how != build.PullDownload {
			row.Solid, row.Shaded = 0, l.Size
		}
	}
	if image.Inside != nil {
		in := image.Inside.Layers[i]
		row.Cells = append(row.Cells, sizeEntry(in.Bytes), sizeEntry(in.Wasted), countEntry(in.Files))
	}
	row.Cells = append(row.Cells, textEntry(shortDigest(l.Digest)))
	return row
}

// layerText names a layer by its number and kind.
func layerText(image Image, i int) string {
	return strconv.Itoa(i+1) + " " + image.View.Layers()[i].Kind.Text()
}

func largestTable(image Image) auditTable {
	t := auditTable{ID: "largest", Title: "Largest files", Columns: []column{
		{"size", sizeColumn, 0}, {"path", nameColumn, 0}, {"layer", wordColumn, 0},
	}}
	for _, f := range image.Inside.Largest {
		t.Rows = append(t.Rows, auditRow{Solid: f.Bytes, Cells: []entry{sizeEntry(f.Bytes), textEntry(f.Path), textEntry(layerText(image, f.Layer))}})
	}
	return t
}

func hiddenTable(image Image) auditTable {
	t := auditTable{
		ID: "wasted", Title: "Wasted: files that a higher layer replaces or deletes",
		Note: "They are sent and kept, and no container sees them.",
		Columns: []column{
			{"wasted", sizeColumn, 0}, {"path", nameColumn, 0}, {"times", numberColumn, 2}, {"how", wordColumn, 0}, {"layer", wordColumn, 0}, {"by", wordColumn, 1},
		},
		More: image.Inside.MoreHidden,
	}
	for _, h := range image.Inside.Hidden {
		t.Rows = append(t.Rows, auditRow{Solid: h.Bytes, Cells: []entry{
			sizeEntry(h.Bytes), textEntry(h.Path), countEntry(h.Times), either(h.Deleted, "deleted", "replaced"),
			textEntry(layerText(image, h.Layer)), textEntry(layerText(image, h.By)),
		}})
	}
	return t
}

func copiesTable(in build.Inside) auditTable {
	t := auditTable{
		ID: "duplicates", Title: "The same content at several paths",
		Columns: []column{{"wasted", sizeColumn, 0}, {"path", nameColumn, 0}, {"copies", numberColumn, 0}, {"size", sizeColumn, 1}},
		More:    in.MoreDuplicates,
	}
	for _, d := range in.Duplicates {
		t.Rows = append(t.Rows, auditRow{Solid: d.Wasted(), Below: d.Paths[1:], Cells: []entry{
			sizeEntry(d.Wasted()), textEntry(d.Paths[0]), countEntry(len(d.Paths)), sizeEntry(d.Bytes),
		}})
	}
	return t
}

// imageFacts is what there is to say of an image beside its lists.
func imageFacts(image Image) []fact {
	v := image.View
	facts := []fact{{Name: "Image", Value: v.Ref(), Code: true}}
	add := func(name, value string, code bool) {
		if value != "" {
			facts = append(facts, fact{name, value, code})
		}
	}
	add("Tag", v.Tag, true)
	origin := v.Origin.Commit
	if !v.Origin.Time.IsZero() && origin != "" {
		origin = shortHash(origin) + " of " + v.Origin.Time.Format("2006-01-02")
	}
	add("Origin", origin, false)
	add("Base", v.Base, true)
	if v.Format != 0 { // else another program made it
		add("Format", strconv.Itoa(v.Format), false)
	}
	add("Platform", platformOf(v), false)
	add("Size", diag.Size(v.Bytes()).String()+" in "+count(len(v.Layers()), "layer", "layers"), false)
	for i, volume := range v.Volumes {
		add("Volume", volumeFact(image, i, volume), false)
	}
	if image.Inside != nil {
		add("Files", filesText(*image.Inside), false)
		add("Wasted", wastedText(*image.Inside), false)
	}
	return facts
}

// volumeFact is a volume's name, its size, its image, and what a node does for it.
func volumeFact(image Image, i int, volume build.Volume) string {
	text := fmt.Sprintf("%s, %s", volume.Name, diag.Size(volume.Bytes))
	if image.Against != nil && i < len(image.Against.Volumes) {
		switch pull := image.Against.Volumes[i]; pull.How {
		case build.PullNothing:
			text += ", has"
		default:
			text += fmt.Sprintf(", pulls %s", diag.Size(pull.Bytes))
		}
	}
	return text + ": " + image.View.VolumeRef(volume)
}

func filesText(in build.Inside) string {
	return countOf(in.Files, "file", "files") + " of " + diag.Size(in.Bytes).String()
}

// wastedText is what an image need not hold.
func wastedText(in build.Inside) string {
	if in.Wasted == 0 && in.Copied == 0 {
		return "nothing"
	}
	text := diag.Size(in.Wasted).String() + " replaced or deleted"
	if in.Wasted > 0 {
		text += fmt.Sprintf(" (%s of what is unpacked)", share(in.Wasted, in.Unpacked))
	}
	return text + ", " + diag.Size(in.Copied).String() + " in copies"
}

// share is a part of a whole, to a tenth of a percent.
func share(part, whole int64) string {
	percent := 100 * float64(part) / float64(max(whole, 1))
	if percent < 0.1 {
		return "less than 0.1 %"
	}
	return strconv.FormatFloat(percent, 'f', 1, 64) + " %"
}
