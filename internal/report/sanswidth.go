package report

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sansWidth is how wide a text is in a sans-serif font of so many pixels,
// rather too wide than too narrow: pages are laid out where no font is known.
func sansWidth(text string, font float64) float64 {
	width := 0.0
	for _, r := range text {
		width += sansEm(r)
	}
	return width * font
}

// sansEm is the width of a character in ems, as in wide fonts of the kind that
// style.css names.
func sansEm(r rune) float64 {
	switch {
	case strings.ContainsRune("iljI.,:;'|!", r):
		return .33
	case strings.ContainsRune("ftr ()[]/-\\*\"`", r):
		return .43
	case strings.ContainsRune("mwMW%@", r):
		return 1
	case r == '…':
		return 1
	case unicode.IsUpper(r), strings.ContainsRune("_&#+=<>~$?", r):
		return .8
	case r < 0x300:
		return .64
	}
	return float64(max(cellsOfRune(r), 1))
}

// clipName shortens a file's name to a width: without its extension where that
// is enough, which is often what tells files apart.
func clipName(name string, font, room float64) string {
	if sansWidth(name, font) <= room {
		return name
	}
	if stem := strings.TrimSuffix(name, path.Ext(name)) + "…"; stem != "…" && sansWidth(stem, font) <= room {
		return stem
	}
	return clipSans(name, font, room)
}

// clipSans shortens a text to a width, "" where only a few characters fit.
func clipSans(text string, font, room float64) string {
	if sansWidth(text, font) <= room {
		return text
	}
	room -= font // the ellipsis
	width := 0.0
	for i, r := range text {
		if width += sansEm(r) * font; width > room {
			text = text[:i]
			break
		}
	}
	if utf8.RuneCountInString(text) < 4 {
		return ""
	}
	return text + "…"
}
