package report

import (
	"io"
	"strings"

	"gantline.dev/gantline/internal/streams"
)

// ImagesText writes images for a terminal of so many columns.
func ImagesText(w io.Writer, images []Image, palette streams.Palette, width int) error {
	t := auditText{palette: palette, width: min(max(width, narrowest), widest), explains: true}
	for i, image := range images {
		if i > 0 {
			t.line("")
		}
		t.image(image)
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

// image is one image: what it is, and its lists.
func (t *auditText) image(image Image) {
	if image.View == nil {
		t.line(t.palette.Bold(streams.Safe(image.Name)) + "  not built")
		return
	}
	if image.Against != nil {
		t.line(t.palette.Bold(streams.Safe(image.Name)) + "  " + streams.Safe(image.Against.sentence()))
	} else {
		t.line(t.palette.Bold(streams.Safe(image.Name)))
	}
	for _, f := range imageFacts(image) {
		// A digest is not broken: it is there to be copied.
		t.line("  " + padded(strings.ToLower(f.Name), 10, false) + streams.Safe(f.Value))
	}
	for _, table := range imageTables(image) {
		t.table(table)
	}
}
