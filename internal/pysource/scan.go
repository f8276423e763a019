package pysource

import "bytes"

// maxDepth is how many brackets may be open at once, as in CPython. The
// fields of f-strings count.
const maxDepth = 200

// scanner cuts a text into tokens, one logical line at a time.
type scanner struct {
	text []byte
	pos  int
	line int32 // of pos, from 1

	tokens []token // of the logical line
	seen   sights  // what it has in it

	open   [maxDepth]int32 // the tokens of the brackets that are open
	depth  int
	modes  []mode // the f-strings and fields that are open
	inText bool   // the innermost of them is read as text, not as code

	aliases map[string]word // names that the file gave to words
	every   bool            // report strings without a dot too
}

// class is what a byte begins.
type class uint8

const (
	cNone class = iota
	cName
	cDigit
	cBlank
	cNewline
	cComment
	cQuote
	cBackslash
	cDot
	cOpen
	cClose
	cOperator
)

var classes = func() (table [256]class) {
	set := func(c class, chars string) {
		for i := range len(chars) {
			table[chars[i]] = c
		}
	}
	set(cName, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
	for c := 0x80; c < 0x100; c++ {
		table[c] = cName
	}
	set(cDigit, "0123456789")
	set(cBlank, " \t\f")
	set(cNewline, "\n")
	set(cComment, "#")
	set(cQuote, `'"`)
	set(cBackslash, `\`)
	set(cDot, ".")
	set(cOpen, "([{")
	set(cClose, ")]}")
	set(cOperator, "+-*/%@&|^~<>=!:,;")
	return table
}()

// inWord says whether a byte goes on with a name: it is a cName or a cDigit.
func inWord(c byte) bool { return classes[c]-cName <= cDigit-cName }

// next reads one logical line into tokens: up to the end of a line outside all
// brackets. No tokens are the end of the text.
func (s *scanner) next() error {
	s.tokens, s.seen = s.tokens[:0], 0
	for s.pos < len(s.text) {
		if s.inText {
			if err := s.formatText(); err != nil {
				return err
			}
			continue
		}
		c := s.text[s.pos]
		switch classes[c] {
		case cName:
			if err := s.name(); err != nil {
				return err
			}
		case cDigit:
			s.number()
		case cBlank:
			for s.pos++; s.pos < len(s.text) && s.text[s.pos] == ' '; s.pos++ {
			}
		case cNewline:
			s.pos++
			s.line++
			if s.depth == 0 && len(s.tokens) > 0 {
				return nil
			}
		case cComment:
			s.comment()
		default:
			if err := s.mark(c); err != nil {
				return err
			}
		}
	}
	return s.end()
}

// mark reads what is neither a word nor a blank.
func (s *scanner) mark(c byte) error {
	switch classes[c] {
	case cDot:
		if s.pos+1 < len(s.text) && classes[s.text[s.pos+1]] == cDigit {
			s.number()
		} else {
			s.add(kOperator, c, 1)
		}
	case cQuote:
		return s.str(0)
	case cOpen:
		return s.openBracket(c)
	case cClose:
		return s.closeBracket(c)
	case cOperator:
		return s.operator(c)
	case cBackslash:
		if s.pos+1 < len(s.text) && s.text[s.pos+1] != '\n' {
			return errorAt(s.line, "a backslash is followed by more than the end of the line")
		}
		s.pos += 2
		s.line++
	default:
		return errorAt(s.line, "character %q has no meaning in Python", c)
	}
	return nil
}

// end checks that nothing is open at the end of the text.
func (s *scanner) end() error {
	s.pos = len(s.text) // a backslash at the end went beyond
	if n := len(s.modes); n > 0 {
		return errorAt(s.tokens[s.modes[n-1].start].line, "the string that begins here doesn't end")
	}
	if s.depth > 0 {
		t := s.tokens[s.open[s.depth-1]]
		return errorAt(t.line, "the %q here is never closed", t.op)
	}
	return nil
}

// add appends a token of so many bytes at pos, and goes on behind it.
func (s *scanner) add(k kind, op byte, length int) {
	s.tokens = append(s.tokens, token{kind: k, op: op, line: s.line, pos: int32(s.pos), end: int32(s.pos + length)})
	s.pos += length
}

// name reads a name, or a string behind its prefix.
func (s *scanner) name() error {
	text, start := s.text, s.pos
	p := start + 1
	for p < len(text) && inWord(text[p]) {
		p++
	}
	if p-start <= 2 && p < len(text) && classes[text[p]] == cQuote {
		if b, ok := prefix(text[start:p]); ok {
			s.pos = p
			return s.str(b)
		}
	}
	w := wordOf(text[start:p])
	if w == wNone && s.aliases != nil {
		w = s.aliases[string(text[start:p])]
	}
	switch {
	case w == wNone:
	case w == wImport || w == wFrom:
		s.seen |= sImport
	case w == wName:
		s.seen |= sName
	case w >= firstSeen:
		s.seen |= sCall
	}
	s.tokens = append(s.tokens, token{kind: kName, word: w, line: s.line, pos: int32(start), end: int32(p)})
	s.pos = p
	return nil
}

// number reads a number, and whatever word is written against it ("1if").
func (s *scanner) number() {
	p := s.pos + 1
	for p < len(s.text) && (inWord(s.text[p]) || s.text[p] == '.') {
		p++
	}
	s.add(kNumber, 0, p-s.pos)
}

func (s *scanner) comment() {
	n := bytes.IndexByte(s.text[s.pos:], '\n')
	if n < 0 {
		n = len(s.text) - s.pos
	}
	s.pos += n
}

func (s *scanner) operator(c byte) error {
	if s.inField() {
		switch c {
		case ':':
			s.add(kOperator, c, 1)
			s.modes[len(s.modes)-1].spec = true
			s.inText = true
			return nil
		case '!':
			if s.pos+1 < len(s.text) && s.text[s.pos+1] != '=' { // a conversion, as in {x!r}
				s.add(kOperator, c, 1)
				return nil
			}
		}
	}
	if s.pos+1 < len(s.text) && s.text[s.pos+1] == '=' && c != ',' && c != ';' && c != '~' {
		s.add(kOperator, c|withEquals, 2)
		return nil
	}
	if c == '!' {
		return errorAt(s.line, "character %q has no meaning in Python", c)
	}
	s.add(kOperator, c, 1)
	return nil
}

func (s *scanner) openBracket(c byte) error {
	if s.depth == maxDepth {
		return errorAt(s.line, "more than %d brackets are open", maxDepth)
	}
	s.open[s.depth] = int32(len(s.tokens))
	s.depth++
	s.add(kOpen, c, 1)
	return nil
}

func (s *scanner) closeBracket(c byte) error {
	if s.depth == 0 {
		return errorAt(s.line, "the %q here closes nothing", c)
	}
	at := s.open[s.depth-1]
	opened := &s.tokens[at]
	if opened.op != c-2 && (opened.op != '(' || c != ')') {
		return errorAt(s.line, "the %q here closes the %q of line %d", c, opened.op, opened.line)
	}
	if s.inField() {
		s.leaveField()
	}
	opened.link = int32(len(s.tokens))
	s.depth--
	s.add(kClose, c, 1)
	s.tokens[len(s.tokens)-1].link = at
	return nil
}
