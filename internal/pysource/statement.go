package pysource

import "bytes"

// renamed is a name that an import binds by "as": to a module where name is
// -1, else to that one of the names taken from it.
type renamed struct {
	to       string
	imported int // in File.Imports
	name     int
}

// imports reads the import statements of a logical line. A statement begins
// at the beginning of the line, and outside brackets after each ; and :.
func (r *reader) imports() (err error) {
	begins := true
	for i := 0; i < len(r.tokens); {
		t := &r.tokens[i]
		switch {
		case t.link > int32(i):
			i, begins = int(t.link)+1, false
			continue
		case t.op == ';' || t.op == ':':
			begins = true
		case begins && r.startsImport(i):
			if i, err = r.importStatement(i); err != nil {
				return err
			}
			continue
		default:
			begins = false
		}
		i++
	}
	return nil
}

// startsImport says whether the statement at i imports. "lazy" may stand in
// front (PEP 810).
func (r *reader) startsImport(i int) bool {
	w := r.word(i)
	if w == wLazy && r.is(i, "lazy") {
		w = r.word(i + 1)
	}
	return w == wImport || w == wFrom
}

// importStatement reads the statement at i and answers where it ends. It takes
// their meaning from the words in it, so that no other reader stops at them.
func (r *reader) importStatement(i int) (end int, err error) {
	start := i
	if r.tokens[i].word == wLazy {
		i++
	}
	if r.tokens[i].word == wImport {
		end, err = r.importModules(i+1, int(r.tokens[start].line))
	} else {
		end, err = r.fromImport(i+1, int(r.tokens[start].line))
	}
	if err == nil && end < len(r.tokens) && r.tokens[end].op != ';' {
		err = r.malformed(end)
	}
	for k := start; k < end; k++ {
		r.tokens[k].word = wNone
	}
	return end, err
}

func (r *reader) malformed(i int) error {
	line := r.tokens[len(r.tokens)-1].line
	if i < len(r.tokens) {
		line = r.tokens[i].line
	}
	return errorAt(line, "this import statement can't be read")
}

// importModules reads "a.b as c, d" from i.
func (r *reader) importModules(i, line int) (int, error) {
	for {
		name, next := r.dotted(i)
		if name == "" {
			return i, r.malformed(i)
		}
		r.file.Imports = append(r.file.Imports, Import{Line: line, Module: name})
		to, next, err := r.as(next)
		if err != nil {
			return next, err
		}
		if to >= 0 {
			r.rename(to, -1)
		}
		if r.op(next) != ',' {
			return next, nil
		}
		i = next + 1
	}
}

// fromImport reads "..a.b import x as y, z" from i.
func (r *reader) fromImport(i, line int) (int, error) {
	statement := Import{Line: line}
	for r.op(i) == '.' {
		statement.Level++
		i++
	}
	if r.word(i) != wImport {
		statement.Module, i = r.dotted(i)
	}
	if r.word(i) != wImport || statement.Level == 0 && statement.Module == "" {
		return i, r.malformed(i)
	}
	i++
	end := len(r.tokens)
	closed := -1
	if r.op(i) == '(' {
		closed = int(r.tokens[i].link)
		end = closed
		i++
	}
	r.file.Imports = append(r.file.Imports, statement)
	i, err := r.names(i, end)
	if err != nil {
		return i, err
	}
	if closed >= 0 {
		if i != closed {
			return i, r.malformed(i)
		}
		i++
	}
	return i, nil
}

// names reads what the last import takes, up to end.
func (r *reader) names(i, end int) (int, error) {
	statement := &r.file.Imports[len(r.file.Imports)-1]
	if r.op(i) == '*' {
		statement.Names = []string{"*"}
		return i + 1, nil
	}
	for i < end && r.isName(i) {
		statement.Names = append(statement.Names, string(r.source(i)))
		taken := i
		to, next, err := r.as(i + 1)
		if err != nil {
			return next, err
		}
		r.takes(taken, to)
		if i = next; r.op(i) != ',' {
			break
		}
		i++
	}
	if len(statement.Names) == 0 {
		return i, r.malformed(i)
	}
	return i, nil
}

// takes notes what it means for names that a from-import takes the name at
// taken, and calls it by that at to where to is not -1.
func (r *reader) takes(taken, to int) {
	statement := &r.file.Imports[len(r.file.Imports)-1]
	w := r.tokens[taken].word
	builtin := w < wExec || statement.Module == "builtins"
	switch {
	case to >= 0:
		r.rename(to, len(statement.Names)-1)
		if (w >= firstImporter || w == wSys) && builtin {
			r.give(r.source(to), w)
		}
	case !builtin:
		r.hidden[w] = true
	}
	if statement.Module == "sys" && r.is(taken, "path") {
		r.searches(r.tokens[taken].line)
	}
}

// as reads "as name" at i, where it stands, and answers where the name is (-1)
// and what follows.
func (r *reader) as(i int) (to, next int, err error) {
	if r.word(i) != wAs {
		return -1, i, nil
	}
	if !r.isName(i + 1) {
		return -1, i, r.malformed(i + 1)
	}
	return i + 1, i + 2, nil
}

func (r *reader) rename(to, name int) {
	at := len(r.file.Imports) - 1
	r.renamed = append(r.renamed, renamed{string(r.source(to)), at, name})
	if name < 0 && r.file.Imports[at].Module == "sys" {
		r.give(r.source(to), wSys)
	}
}

// give makes a name stand for a word in the second reading.
func (r *reader) give(name []byte, w word) {
	if wordOf(name) == w {
		return
	}
	if r.given == nil {
		r.given = map[string]word{}
	}
	r.given[string(name)] = w
	r.again = true
}

// dotted reads a dotted name at i, "" where there is none.
func (r *reader) dotted(i int) (name string, next int) {
	first := i
	for r.isName(i) && r.tokens[i].word != wImport {
		if r.op(i+1) != '.' {
			return r.joined(first, i), i + 1
		}
		i += 2
	}
	return "", i
}

// joined is the text of tokens, without what stands between them.
func (r *reader) joined(first, last int) string {
	whole := r.text[r.tokens[first].pos:r.tokens[last].end]
	if bytes.ContainsAny(whole, " \t\f\n\\#") {
		var parts []byte
		for k := first; k <= last; k++ {
			parts = append(parts, r.source(k)...)
		}
		return string(parts)
	}
	return string(whole)
}
