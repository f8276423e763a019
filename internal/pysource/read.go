package pysource

import "math"

// Read reads one source file. Its time is linear in the length of the text,
// and nothing that is nested in the text nests in it without bound.
//
// An error is a [*SyntaxError]; the File then holds what stands in front of it.
func Read(text []byte) (File, error) {
	if len(text) > math.MaxInt32/2 {
		return File{}, errorAt(1, "the file has %d bytes, too many to be a source", len(text))
	}
	text, err := decode(text)
	if err != nil {
		return File{}, err
	}
	first := reader{scanner: scanner{text: text, line: 1, tokens: make([]token, 0, 128)}}
	err = first.read()
	if !first.again {
		return first.file, err
	}
	// What a name stands for can be said below its use, and which strings
	// matter is known at the end: a few files are read twice.
	second := reader{scanner: scanner{text: text, line: 1, tokens: first.tokens, aliases: first.given, every: true}}
	second.bound = bindings(&first)
	err = second.read()
	return second.file, err
}

// reader turns logical lines into a File.
type reader struct {
	scanner
	file File

	again   bool              // there is more to learn from a second reading
	given   map[string]word   // names that stand for words of this package
	renamed []renamed         // what imports bind by "as"
	bound   map[string]module // what names stand for, in the second reading
	hidden  [words]bool       // builtins that the file has its own function for
}

func (r *reader) read() error {
	for {
		if err := r.next(); err != nil {
			return err
		}
		if len(r.tokens) == 0 {
			r.dropHidden()
			return nil
		}
		if err := r.logicalLine(); err != nil {
			return err
		}
	}
}

// logicalLine reads from one line what it has.
func (r *reader) logicalLine() error {
	if r.seen&sImport != 0 {
		if err := r.imports(); err != nil {
			return err
		}
	}
	if r.seen&sCall != 0 {
		r.calls()
	}
	if r.seen&sString != 0 {
		r.strings()
	}
	if r.seen&(sName|sMainText) == sName|sMainText {
		r.file.Main = true
	}
	if r.tokens[0].word == wAll {
		r.all()
	}
	return nil
}

// source is the text of a token.
func (r *reader) source(i int) []byte {
	return r.text[r.tokens[i].pos:r.tokens[i].end]
}

// word is the word of the token at i, wNone beyond the ends.
func (r *reader) word(i int) word {
	if i < 0 || i >= len(r.tokens) || r.tokens[i].kind != kName {
		return wNone
	}
	return r.tokens[i].word
}

// op is the operator or bracket at i, 0 where there is none.
func (r *reader) op(i int) byte {
	if i < 0 || i >= len(r.tokens) {
		return 0
	}
	return r.tokens[i].op
}

// is says whether the token at i is the name.
func (r *reader) is(i int, name string) bool {
	return r.isName(i) && string(r.source(i)) == name
}

func (r *reader) isName(i int) bool {
	return i >= 0 && i < len(r.tokens) && r.tokens[i].kind == kName
}

// searches notes a line that touches where modules are looked for.
func (r *reader) searches(line int32) {
	lines := r.file.SearchPath
	if n := len(lines); n == 0 || lines[n-1] != int(line) {
		r.file.SearchPath = append(lines, int(line))
	}
}
