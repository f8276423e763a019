package wheels

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"gantline.dev/gantline/internal/diag"
)

// reqLine is a line of a requirements file without its comment, with its
// continuation lines joined, as pip joins them.
type reqLine struct {
	file   string
	text   string
	pieces []piece
}

// piece says which line of the file a part of a reqLine comes from.
type piece struct {
	at   int // the first byte, in the joined text
	line int
	skip int // characters of the line before it
}

// at is the place of a byte of the joined text.
func (l reqLine) at(offset int) diag.Position {
	offset = min(offset, len(l.text))
	of := l.pieces[0]
	for _, p := range l.pieces[1:] {
		if p.at <= offset {
			of = p
		}
	}
	return diag.Position{
		File: l.file, Line: of.line,
		Column: 1 + of.skip + utf8.RuneCountInString(l.text[min(of.at, offset):offset]),
	}
}

var wholeComment = regexp.MustCompile(`^\s*#`)

// reqLines splits a requirements file. A line of comment alone ends what is
// continued.
func reqLines(file string, src []byte) []reqLine {
	var all []reqLine
	open := reqLine{file: file}
	var joined strings.Builder // a line may go on for megabytes
	end := func() {
		if open.text = withoutComment(joined.String()); strings.TrimSpace(open.text) != "" {
			all = append(all, open)
		}
		open = reqLine{file: file}
		joined.Reset()
	}
	text := strings.TrimPrefix(string(src), "\ufeff")
	number := 0
	for raw := range strings.SplitSeq(text, "\n") {
		number++
		raw = strings.TrimSuffix(raw, "\r")
		skip := 0
		comment := wholeComment.MatchString(raw)
		continued := strings.HasSuffix(raw, `\`) && !comment
		if continued {
			raw = raw[:len(raw)-1]
		}
		if comment && len(open.pieces) > 0 {
			raw, skip = " "+raw, -1 // so that it is seen as a comment
		}
		open.pieces = append(open.pieces, piece{joined.Len(), number, skip})
		joined.WriteString(raw)
		if !continued {
			end()
		}
	}
	end()
	return all
}

// withoutComment drops what follows a # at the start or after a space.
func withoutComment(text string) string {
	for i := range len(text) {
		if text[i] == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t') {
			return text[:i]
		}
	}
	return text
}

// word is a part of a line between spaces.
type word struct {
	at   int
	text string
}

func (l reqLine) words() []word {
	var all []word
	for at := 0; at < len(l.text); {
		rest := l.text[at:]
		at += len(rest) - len(strings.TrimLeft(rest, " \t"))
		length := strings.IndexAny(l.text[at:], " \t")
		if length < 0 {
			length = len(l.text) - at
		}
		if length > 0 {
			all = append(all, word{at, l.text[at : at+length]})
		}
		at += length
	}
	return all
}

// option is a flag of a line with its value.
type option struct {
	at      int
	name    string
	value   string
	valueAt int
	valued  bool
}

// options splits a line into what stands before its first flag, and its flags.
// A value follows after = or a space, and right after a short flag's letter.
func (l reqLine) options() (before string, all []option) {
	before = l.text
	words := l.words()
	for i := 0; i < len(words); i++ {
		w := words[i]
		if !strings.HasPrefix(w.text, "-") || w.text == "-" {
			continue
		}
		if all == nil {
			before = l.text[:w.at]
		}
		o := splitOption(w)
		if !o.valued && i+1 < len(words) && !strings.HasPrefix(words[i+1].text, "-") {
			i++
			o.value, o.valueAt, o.valued = words[i].text, words[i].at, true
		}
		o.value = strings.Trim(o.value, `"'`)
		all = append(all, o)
	}
	return before, all
}

func splitOption(w word) option {
	o := option{at: w.at, name: w.text, valueAt: w.at + len(w.text)}
	if !strings.HasPrefix(w.text, "--") && len(w.text) > 2 {
		o.name, o.value, o.valued = w.text[:2], strings.TrimPrefix(w.text[2:], "="), true
	} else if name, value, valued := strings.Cut(w.text, "="); valued {
		o.name, o.value, o.valued = name, value, true
	}
	o.valueAt -= len(o.value)
	return o
}
