package pysource

import "bytes"

// mode is an f-string that is open, or a field in one: what stands between
// braces.
type mode struct {
	quote  byte
	triple bool
	raw    bool
	field  bool
	spec   bool  // a field whose format is being read: text again
	depth  int   // of a field, the brackets open in front of it and its own
	start  int32 // the token that begins the f-string
}

var stringBits = func() (table [256]bits) {
	table['.'], table['/'] = bDot, bDot
	for _, c := range []byte(" \t\f\v") {
		table[c] = bBlank
	}
	table['\n'] = bBlank | bStop
	table['\\'] = bEscape | bStop
	table['"'], table['\''] = bStop, bStop
	return table
}()

// prefix is what the letters before a quote say, and whether they may stand
// there.
func prefix(letters []byte) (b bits, ok bool) {
	for _, c := range letters {
		switch c | 0x20 {
		case 'r':
			ok, b = b&bRaw == 0, b|bRaw
		case 'b':
			ok, b = true, b|bBytes
		case 'f', 't':
			ok, b = true, b|bFormat
		case 'u':
			ok = true
		default:
			return 0, false
		}
	}
	return b, ok && (len(letters) == 1 || b&bRaw != 0 && b != bRaw)
}

// str reads the string whose opening quote is at pos, or the opening of an
// f-string.
func (s *scanner) str(b bits) error {
	quote := s.text[s.pos]
	triple := s.quotes(s.pos, quote)
	t := token{kind: kString, bits: b, line: s.line, pos: int32(s.pos + 1)}
	if triple {
		t.pos += 2
	}
	s.pos = int(t.pos)
	if b&bFormat != 0 {
		t.kind, t.end = kFormatStart, t.pos
		s.modes = append(s.modes, mode{quote: quote, triple: triple, raw: b&bRaw != 0, start: int32(len(s.tokens))})
		s.inText = true
		s.tokens = append(s.tokens, t)
		return nil
	}
	var ok bool
	if triple {
		ok = s.longString(quote, &t)
	} else {
		ok = s.shortString(quote, &t)
	}
	if !ok {
		return errorAt(t.line, "the string that begins here doesn't end")
	}
	s.sight(&t)
	s.tokens = append(s.tokens, t)
	return nil
}

// quotes says whether three of the quote stand at p.
func (s *scanner) quotes(p int, quote byte) bool {
	return p+2 < len(s.text) && s.text[p] == quote && s.text[p+1] == quote && s.text[p+2] == quote
}

// shortString goes to the end of a string within one line.
func (s *scanner) shortString(quote byte, t *token) bool {
	text, p, seen := s.text, s.pos, t.bits
	for p < len(text) {
		c := text[p]
		p++
		k := stringBits[c]
		seen |= k
		if k&bStop == 0 {
			continue
		}
		switch c {
		case quote:
			t.bits, t.end, s.pos = seen&^bStop, int32(p-1), p
			return true
		case '\n':
			return false
		case '\\':
			if p < len(text) {
				if text[p] == '\n' {
					s.line++
				}
				p++
			}
		}
	}
	return false
}

// longString goes to the end of a string in triple quotes.
func (s *scanner) longString(quote byte, t *token) bool {
	start, p := s.pos, s.pos
	for {
		n := bytes.IndexByte(s.text[p:], quote)
		if n < 0 {
			return false
		}
		p += n
		escapes := 0
		for p-escapes > start && s.text[p-escapes-1] == '\\' {
			escapes++
		}
		switch {
		case escapes%2 == 1:
			p++
		case s.quotes(p, quote):
			content := s.text[start:p]
			s.line += int32(bytes.Count(content, []byte("\n")))
			t.end, s.pos = int32(p), p+3
			t.bits |= bBlank
			if len(content) <= maxRaw {
				t.bits = t.bits&^bBlank | look(content)
			}
			return true
		default:
			p++
		}
	}
}

// look is what a text has in it.
func look(content []byte) (seen bits) {
	for _, c := range content {
		seen |= stringBits[c]
	}
	return seen &^ bStop
}

// sight notes what a string can be.
func (s *scanner) sight(t *token) {
	content := s.text[t.pos:t.end]
	switch {
	case t.bits&bBytes != 0:
		return
	case t.bits&bEscape != 0, t.bits&bBlank == 0 && (s.every || t.bits&bDot != 0 || hasEntryPoint(content)):
		s.seen |= sString
	case t.bits&bBlank != 0:
		if len(content) <= maxRaw && hasCommand(content) {
			s.seen |= sString
		}
		return
	}
	switch string(content) {
	case "__main__":
		s.seen |= sMainText
	case spelling[wDunderImport], spelling[wImportModule], spelling[wOptionM]:
		t.word = wordOf(content)
		s.seen |= sCall
	}
}

// inField says whether code is read directly in a field, outside all brackets
// of its own.
func (s *scanner) inField() bool {
	n := len(s.modes)
	return n > 0 && s.modes[n-1].field && s.modes[n-1].depth == s.depth
}

// leaveField goes back to the text around a field, whose brace closes.
func (s *scanner) leaveField() {
	s.modes = s.modes[:len(s.modes)-1]
	s.inText = true
}

// formatText reads the text of an f-string, or of the format of a field, up to
// the next brace or the end.
func (s *scanner) formatText() error {
	m := s.modes[len(s.modes)-1]
	t := token{kind: kText, line: s.line, pos: int32(s.pos)}
	if m.raw {
		t.bits = bRaw
	}
	text := s.text
	for s.pos < len(text) {
		c := text[s.pos]
		t.bits |= stringBits[c]
		switch {
		case c == '{' || c == '}':
			if m.spec || s.pos+1 == len(text) || text[s.pos+1] != c {
				return s.brace(c, t)
			}
			t.bits |= bBrace
			s.pos += 2
		case c == '\\':
			s.escape(m.raw)
		case c == '\n' && !m.triple:
			if !m.spec {
				return errorAt(s.tokens[m.start].line, "the string that begins here doesn't end")
			}
			s.modes[len(s.modes)-1].spec = false
			s.inText = false
			return nil
		case c == m.quote && (!m.triple || s.quotes(s.pos, c)):
			return s.endFormat(m, t)
		default:
			if c == '\n' {
				s.line++
			}
			s.pos++
		}
	}
	return nil // the end of the text; see end
}

// escape passes a backslash in an f-string with what it protects: not a brace.
func (s *scanner) escape(raw bool) {
	s.pos++
	if s.pos >= len(s.text) {
		return
	}
	switch c := s.text[s.pos]; {
	case c == '{' || c == '}':
		return
	case c == '\n':
		s.line++
	case c == 'N' && !raw && s.pos+1 < len(s.text) && s.text[s.pos+1] == '{':
		if n := bytes.IndexAny(s.text[s.pos:min(len(s.text), s.pos+200)], "}\n\"'"); n > 0 && s.text[s.pos+n] == '}' {
			s.pos += n
		}
	}
	s.pos++
}

// brace ends a piece of text t at a single brace.
func (s *scanner) brace(c byte, t token) error {
	s.addText(t)
	m := s.modes[len(s.modes)-1]
	if c == '}' {
		if !m.spec {
			return errorAt(s.line, "a single '}' stands in an f-string")
		}
		s.inText = false
		return s.closeBracket(c)
	}
	m.field, m.spec = true, false
	s.inText = false
	if err := s.openBracket(c); err != nil {
		return err
	}
	m.depth = s.depth
	s.modes = append(s.modes, m)
	return nil
}

// endFormat ends an f-string at its closing quote.
func (s *scanner) endFormat(m mode, t token) error {
	if m.field {
		return errorAt(s.line, "an f-string ends within a field")
	}
	s.addText(t)
	at := int32(len(s.tokens))
	length := 1
	if m.triple {
		length = 3
	}
	s.add(kFormatEnd, 0, length)
	s.tokens[at].link = m.start
	s.tokens[m.start].link = at
	s.modes = s.modes[:len(s.modes)-1]
	s.inText = len(s.modes) > 0 && !s.modes[len(s.modes)-1].field
	return nil
}

func (s *scanner) addText(t token) {
	if t.end = int32(s.pos); t.end > t.pos {
		t.bits &^= bStop
		if s.every || t.bits&(bDot|bEscape) != 0 || hasCommand(s.text[t.pos:t.end]) {
			s.seen |= sString
		}
		s.tokens = append(s.tokens, t)
	}
}
