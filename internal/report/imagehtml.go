package report

import (
	"io"
	"strconv"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/streams"
)

// ImagesHTML writes images as one self-contained page. Title is what was asked
// for: a commit and its subject, or a reference.
func ImagesHTML(w io.Writer, title, tool string, images []Image) error {
	page := imagesPage{}
	var verdict *verdictLine
	for i, image := range images {
		one := imagePageOf(image, i)
		if len(images) == 1 {
			one.Lead = "" // the verdict says it
		}
		page.Images = append(page.Images, one)
		if v := imageVerdict(image); v != nil && (verdict == nil || image.View == nil) {
			verdict = v
		}
	}
	if len(images) > 1 && verdict != nil && verdict.Class != "failed" {
		verdict = nil // each image says its own
	}
	return writePage(w, "image.html", shell{
		Title: "Image: " + title, Eyebrow: []string{"image"}, Heading: title, Verdict: verdict, Links: page.links(), Tool: tool, Body: page,
	})
}

// imageVerdict is what a reader must know first, nil for nothing.
func imageVerdict(image Image) *verdictLine {
	switch {
	case image.View == nil:
		return &verdictLine{Class: "failed", Word: "Not built", Text: "The registry has no image " + image.Name + " of this commit."}
	case image.Against != nil:
		return &verdictLine{Word: diag.Size(image.Against.bytes()).String() + " to pull", Text: sentence(image.Against.sentence())}
	case image.Inside != nil && image.Inside.Wasted > 0:
		return &verdictLine{Word: diag.Size(image.Inside.Wasted).String() + " wasted", Text: "Of " + diag.Size(image.Inside.Unpacked).String() + " that the layers unpack to, " + share(image.Inside.Wasted, image.Inside.Unpacked) + " is replaced or deleted by a higher layer."}
	}
	return nil
}

// imagesPage is what templates/image.html shows.
type imagesPage struct{ Images []imagePage }

type imagePage struct {
	ID, Name string
	Built    bool
	Lead     string
	Facts    []fact
	Parts    []meter
	Key      []layerKind
	// PullKey explains what is drawn for the node.
	PullKey  []layerKind
	Drawings []layerStack
	Tables   []tableView
}

func (p imagesPage) links() []link {
	var out []link
	for _, image := range p.Images {
		if len(p.Images) > 1 {
			out = append(out, link{image.ID, image.Name})
			continue
		}
		out = append(out, link{image.ID, "Layers"})
		for _, table := range image.Tables[min(1, len(image.Tables)):] {
			out = append(out, link{table.ID, table.short()})
		}
	}
	return out
}

// short is a table's name in the links of the page.
func (t tableView) short() string {
	for id, name := range map[string]string{"largest": "Largest files", "wasted": "Wasted", "duplicates": "Copies"} {
		if t.ID == id {
			return name
		}
	}
	return t.Title
}

func imagePageOf(image Image, i int) imagePage {
	p := imagePage{ID: "image-" + strconv.Itoa(i+1), Name: streams.Safe(image.Name), Built: image.View != nil}
	if image.View == nil {
		return p
	}
	p.Facts = imageFacts(image)
	if image.Against != nil {
		p.Lead = sentence(image.Against.sentence())
		p.PullKey = []layerKind{{Class: "shared", Name: "the node has it"}}
		if image.Against.Unpacked > image.Against.Layers {
			p.PullKey = append(p.PullKey, layerKind{Class: "code again", Name: "pale: it has it, and unpacks it again"})
		}
	}
	p.strip(image)
	p.Drawings = []layerStack{drawLayers(image, false), drawLayers(image, true)}
	for k, table := range imageTables(image) {
		if k == 0 { // what is drawn above it, in figures
			table = withoutBars(table)
			table.Title, table.Note = "", ""
		}
		view := tableViewOf(table)
		if i > 0 {
			view.ID += "-" + strconv.Itoa(i+1)
		}
		p.Tables = append(p.Tables, view)
	}
	return p
}

// withoutBars is a table whose sizes are drawn elsewhere.
func withoutBars(t auditTable) auditTable {
	for i := range t.Rows {
		t.Rows[i].Solid, t.Rows[i].Shaded = 0, 0
	}
	return t
}

// strip is the layers side by side, as wide as their sizes, and what kinds add
// up to.
func (p *imagePage) strip(image Image) {
	total := float64(image.View.Bytes())
	var start int64
	at := map[string]int{}
	sizes := []int64{}
	for i, l := range image.View.Layers() {
		p.Parts = append(p.Parts, meterOf(stackClass(image, i), float64(start), float64(l.Size), total))
		start += l.Size
		name := streams.Safe(l.Kind.Text())
		k, ok := at[name]
		if !ok {
			k = len(p.Key)
			at[name] = k
			p.Key, sizes = append(p.Key, layerKind{Class: layerClass(string(l.Kind)), Name: name}), append(sizes, 0)
		}
		sizes[k] += l.Size
		p.Key[k].Size = diag.Size(sizes[k]).String()
	}
}
