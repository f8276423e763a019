package report

import (
	"fmt"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

// treemap is a tree of areas with coordinates, what templates/treemap.html
// draws: directories as frames, files as tiles.
type treemap struct {
	ID            string
	Class         string
	Width, Height int
	Title         string
	Description   string
	Frames        []mapBox
	Tiles         []mapBox
	// Hatch is the outline of all tiles whose files are gone.
	Hatch string
}

// mapBox is a directory's frame or a file's tile. Label and Size are the texts
// that fit into it.
type mapBox struct {
	rect
	Class          string
	Label, Size    string
	LabelX, LabelY float64
	SizeY          float64
	Full           string
}

// Measures of a treemap, in CSS pixels.
const (
	mapWide, mapWideLeast, mapWideMost       = 1024.0, 150.0, 540.0
	mapNarrow, mapNarrowLeast, mapNarrowMost = 388.0, 170.0, 600.0
	mapPerTile                               = 19.0 // height that each tile adds up to the most

	mapFont     = 11.5
	frameTop    = 19.0 // of a frame with a label
	frameMargin = 3.0
	frameLeastW = 54.0 // a directory that is smaller is one tile
	frameLeastH = 46.0
	tileLeast   = 0.7 // what is smaller isn't drawn
	tilePad     = 5.0
	deepest     = 7 // frames within frames
)

// drawTreemap gives areas their coordinates, for wide or narrow screens.
func drawTreemap(id, title string, root audit.Area, narrow bool) treemap {
	room := mapPerTile * float64(tilesOf(root))
	m := treemap{Class: "wide", Title: title, Width: int(mapWide), Height: int(min(mapWideLeast+room, mapWideMost))}
	if narrow {
		m.Class, m.Width, m.Height = "tall", int(mapNarrow), int(min(mapNarrowLeast+room, mapNarrowMost))
	}
	m.ID, m.Description = id+"-"+m.Class, describeArea(root)
	m.divide(root, "", rect{0, 0, float64(m.Width), float64(m.Height)}, 0)
	return m
}

// tilesOf is how many files and sums of small ones an area holds.
func tilesOf(area audit.Area) int {
	if len(area.Areas) == 0 {
		return 1
	}
	n := 0
	for _, part := range area.Areas {
		n += tilesOf(part)
	}
	return n
}

// divide draws what is in an area.
func (m *treemap) divide(area audit.Area, path string, in rect, depth int) {
	sizes := make([]float64, len(area.Areas))
	for i, part := range area.Areas {
		sizes[i] = float64(part.Bytes)
	}
	for i, at := range squarify(sizes, in) {
		part := area.Areas[i]
		name := streams.Safe(part.Name)
		for len(part.Areas) == 1 && part.Areas[0].Bytes == part.Bytes { // a folder that only holds one thing
			deleted := part.Deleted
			part = part.Areas[0]
			part.Deleted = part.Deleted || deleted
			name += "/" + streams.Safe(part.Name)
		}
		m.place(part, name, strings.TrimPrefix(path+"/"+name, "/"), at, depth)
	}
}

// place draws an area as a frame around its parts, or as one tile.
func (m *treemap) place(area audit.Area, name, path string, at rect, depth int) {
	if at.W < tileLeast || at.H < tileLeast {
		return
	}
	box := mapBox{rect: at, Full: areaText(area, path)}
	if len(area.Areas) > 0 && at.W >= frameLeastW && at.H >= frameLeastH && depth < deepest {
		box.Class = "frame"
		box.Label = clipSans(name, mapFont, at.W-2*tilePad)
		box.LabelX, box.LabelY = at.X+tilePad, at.Y+13.5
		size := diag.Size(area.Bytes).String()
		if room := at.W - 2*tilePad - sansWidth(box.Label, mapFont) - 8; room >= sansWidth(size, mapFont) && box.Label != "" {
			box.Size, box.SizeY = size, box.LabelY
		}
		m.Frames = append(m.Frames, box)
		m.divide(area, path, at.inset(frameMargin, frameTop), depth+1)
		return
	}
	m.tile(area, name, box)
}

func (m *treemap) tile(area audit.Area, name string, box mapBox) {
	box.Class = kindClass(area.Kind)
	if area.Deleted {
		box.Class += " gone"
		m.Hatch += fmt.Sprintf("M%.1f %.1fh%.1fv%.1fh-%.1fz", box.X, box.Y, box.W, box.H, box.W)
	}
	switch {
	case len(area.Areas) > 0:
		name += "/"
	case name == "…":
		name = moreText(area.Files, box.W-2*tilePad)
	}
	if room := box.W - 2*tilePad; box.H >= 17 && room >= 18 {
		box.Label = clipName(name, mapFont, room)
		box.LabelX, box.LabelY = box.X+tilePad, box.Y+14
		size := diag.Size(area.Bytes).String()
		if box.H >= 33 && box.Label != "" && sansWidth(size, mapFont) <= room {
			box.Size, box.SizeY = size, box.LabelY+14.5
		}
	}
	m.Tiles = append(m.Tiles, box)
}

// moreText says how many small files a tile stands for, in the room there is.
func moreText(files int, room float64) string {
	n := thousands(int64(files))
	for _, text := range []string{n + " more", "+" + n} {
		if sansWidth(text, mapFont) <= room {
			return text
		}
	}
	return ""
}

// areaText is what a pointer on an area is told.
func areaText(area audit.Area, path string) string {
	text := path
	if area.Name == "…" {
		text = strings.TrimSuffix(path, "…") + "… (what is smaller)"
	}
	text += "\n" + diag.Size(area.Bytes).String()
	if area.Files != 1 || len(area.Areas) > 0 {
		text += ", " + countOf(area.Files, "file", "files")
	}
	if area.Kind != "" {
		text += ", " + string(area.Kind)
	}
	if area.Deleted {
		text += ", gone from the checkout"
	}
	return text
}

// describeArea is the largest parts in a sentence, for those who can't see a
// drawing.
func describeArea(root audit.Area) string {
	const most = 5
	var parts []string
	for _, area := range root.Areas[:min(len(root.Areas), most)] {
		parts = append(parts, streams.Safe(area.Name)+" "+diag.Size(area.Bytes).String())
	}
	if more := len(root.Areas) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, ", ")
}

// fileKinds is the kinds in the order that legends and bars have them: what
// seldom belongs in git first.
func fileKinds() []repoclean.FileKind {
	return []repoclean.FileKind{
		repoclean.Model, repoclean.Data, repoclean.Archive, repoclean.Notebook, repoclean.Media,
		repoclean.Code, repoclean.Config, repoclean.Document, repoclean.Other,
	}
}

// kindClass is the colour of a kind of file.
func kindClass(kind repoclean.FileKind) string {
	for _, known := range fileKinds() {
		if kind == known {
			return "f-" + string(kind)
		}
	}
	return "f-other"
}
