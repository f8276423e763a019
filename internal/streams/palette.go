package streams

// Palette colours text by what it means. The zero Palette leaves text alone.
// Colour is never the only carrier of a meaning: writers print a sign too.
type Palette struct{ on bool }

// NewPalette is a palette that colours where on is true.
func NewPalette(on bool) Palette { return Palette{on: on} }

// Bold is for titles and names.
func (p Palette) Bold(text string) string { return p.paint("1", text) }

// Faint is for what a hurried reader can leave out.
func (p Palette) Faint(text string) string { return p.paint("2", text) }

// Good is for what was added or went well.
func (p Palette) Good(text string) string { return p.paint("32", text) }

// Bad is for what was removed or failed.
func (p Palette) Bad(text string) string { return p.paint("31", text) }

// Warn is for what changed or needs a look.
func (p Palette) Warn(text string) string { return p.paint("33", text) }

// Link is for places and commands.
func (p Palette) Link(text string) string { return p.paint("36", text) }

func (p Palette) paint(code, text string) string {
	if !p.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
