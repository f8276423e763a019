package reach

import "strings"

// word is one word of a text that isn't Python.
type word struct {
	line int // from 1
	// text has holes, raw has not.
	text, raw string
	// ends says that a command ends before this word, as far as a reader can
	// tell who knows no shell.
	ends bool
}

// splitter cuts a text into words.
type splitter struct {
	text  string
	pos   int
	line  int
	ends  bool // a command ended since the last word
	start int  // of the word, where there is one
	word  []byte
	words []word
	inner []inner
}

// inner is the inside of an expression, whose words may name something, too.
type inner struct {
	line int
	text string
}

// splitWords cuts a text into words: at blanks, quotes, brackets, and what
// separates commands. Variables and expressions become holes; what stands in
// them comes last. Lines that begin with # are left out.
func splitWords(text string) []word {
	words, todo := []word(nil), []inner{{1, text}}
	for depth := 0; len(todo) > 0 && depth < 4; depth++ {
		var more []inner
		for _, t := range todo {
			s := &splitter{text: t.text, line: t.line, ends: true}
			s.lineStart()
			for s.pos < len(s.text) {
				s.next()
			}
			s.flush()
			words, more = append(words, s.words...), append(more, s.inner...)
		}
		todo = more
	}
	return words
}

// flush ends a word.
func (s *splitter) flush() {
	if len(s.word) > 0 {
		s.words = append(s.words, word{line: s.line, text: string(s.word), raw: s.text[s.start:s.pos], ends: s.ends})
		s.word, s.ends = s.word[:0], false
	}
}

// push makes the word longer by c, which stands for n characters.
func (s *splitter) push(c byte, n int) {
	if len(s.word) == 0 {
		s.start = s.pos
	}
	s.word = append(s.word, c)
	s.pos += n
}

// next reads one character, or one expression.
func (s *splitter) next() {
	c := s.text[s.pos]
	switch {
	case c == '\n':
		s.flush()
		s.ends = s.ends || !s.continued()
		s.pos++
		s.line++
		s.lineStart()
	case c == '\\':
		s.flush()
		s.escape()
	case strings.IndexByte("${%[<", c) >= 0:
		s.expression(c)
	case separates(c):
		s.flush()
		s.ends = s.ends || c == ';' || c == '&' || c == '|'
		s.pos++
	default:
		s.push(c, 1)
	}
}

// expression reads a variable, or the character as it is.
func (s *splitter) expression(c byte) {
	n := holeLength(s.text[s.pos:], len(s.word) > 0)
	switch {
	case n > 0:
		text := s.text[s.pos : s.pos+n]
		if strings.ContainsAny(text, "./-") {
			s.inner = append(s.inner, inner{s.line, strings.Trim(text, "${}%()[]<>")})
		}
		s.push(hole, n)
		if lines := strings.Count(text, "\n"); lines > 0 {
			s.flush()
			s.line += lines
		}
	case c == '%':
		s.push(c, 1)
	case strings.HasPrefix(s.text[s.pos:], "$("):
		s.push(hole, 1) // what a command prints
		s.flush()
	default:
		s.flush()
		s.pos++
	}
}

// lineStart passes over lines that are comments.
func (s *splitter) lineStart() {
	for {
		rest := strings.TrimLeft(s.text[s.pos:], " \t")
		if !strings.HasPrefix(rest, "#") || strings.HasPrefix(rest, "#!") {
			return
		}
		end := strings.IndexByte(rest, '\n')
		if end < 0 {
			s.pos = len(s.text)
			return
		}
		s.pos = len(s.text) - len(rest) + end + 1
		s.line++
	}
}

// continued says whether a command goes on after the line that ends here: it
// ends with a backslash, or a list has its items on lines of their own.
func (s *splitter) continued() bool {
	line := strings.TrimRight(s.text[:s.pos], " \t\r")
	if strings.HasSuffix(line, "\\") || strings.HasSuffix(line, ",") || strings.HasSuffix(line, "[") {
		return true
	}
	next := strings.TrimLeft(s.text[s.pos+1:], " \t")
	return strings.HasPrefix(next, "- ")
}

// escape passes over a backslash, with the letter that stands for a blank.
func (s *splitter) escape() {
	s.pos++
	if s.pos == len(s.text) {
		return
	}
	switch s.text[s.pos] {
	case 'n':
		s.ends = true
		s.pos++
	case 't', 'r', '"', '\'', '\\':
		s.pos++
	}
}

// separates says whether a character ends a word.
func separates(c byte) bool {
	return c <= ' ' || strings.IndexByte("\"'`(){}[],;|&<>=#!^", c) >= 0
}
