package reach

import (
	"path"
	"strings"
)

// reader finds what the words of a text name. It knows no shell: a word counts
// wherever it stands, and what stands before it tells only how to say it, and
// where a word that has no literal part may be any file.
type reader struct {
	found []mention
	line  int // of the last word
	// program says that python, or what starts it, stood before and waits for
	// a file; launcher, that it has options whose values look like files.
	program, launcher bool
	// value says that the word before was an option.
	value bool
	// module is the option before that wants a module, -m or the like.
	module string
	// open is a word without a literal part that the program may be.
	open *word
	// anyPattern says that the text has a rule of a Makefile for all files.
	anyPattern bool
	// fed says that the command gets its arguments from another: xargs, find.
	fed bool
	// varied says that the command begins with a variable, which may be Python.
	varied bool
	// bare is the single words that were found already.
	bare map[string]bool
	// assigned says whether a variable is given a value in this text.
	assigned func(name string) bool
}

// readWords finds what the words of a text name, as commands do it.
func readWords(text string) []mention {
	r := &reader{bare: map[string]bool{}, anyPattern: strings.Contains(text, " %.py"), assigned: func(variable string) bool { return assignsFiles(text, variable) }}
	moved := false
	for _, w := range splitWords(text) {
		moved = moved || changesDirectory(w.text)
		r.read(w)
	}
	r.end()
	for i := range r.found {
		if m := &r.found[i]; moved && m.scope == nearest {
			m.scope = all
		}
	}
	return r.found
}

// changesDirectory says whether a word makes a command run elsewhere.
func changesDirectory(text string) bool {
	switch strings.ToLower(strings.TrimSuffix(text, ":")) {
	case "cd", "pushd", "chdir", "--chdir", "-c", "--directory", "workdir", "working_dir", "working-directory", "working_directory",
		"workingdir", "cwd", "--cwd":
		return true
	}
	return false
}

// end ends a command.
func (r *reader) end() {
	switch {
	case r.open != nil:
		r.found = append(r.found, mention{line: r.open.line, kind: anything, shown: r.open.raw, runs: true})
	case r.fed && r.program && !r.launcher:
		r.found = append(r.found, mention{line: r.line, kind: anything, shown: "what another command gives", runs: true})
	}
	r.program, r.launcher, r.value, r.module, r.open, r.fed, r.varied = false, false, false, "", nil, false, false
}

// read takes the next word.
func (r *reader) read(w word) {
	if w.ends {
		r.end()
	}
	r.line, r.fed, r.varied = w.line, r.fed || feeds(w.text), r.varied || w.ends && w.text == string(hole)
	wasValue := r.value
	r.value = false
	if !r.starts(w) {
		r.follows(w, wasValue)
	}
}

// starts takes a word that starts a program or, glued to -m, a module.
func (r *reader) starts(w word) bool {
	switch text := w.text; {
	case r.program && gluedModule(text) != "":
		r.module = "-m"
		r.byModule(word{line: w.line, text: gluedModule(text), raw: w.raw})
	case r.program && !r.launcher && endsInM(text):
		r.module, r.open = "-m", nil
	case interpreter(text) || isInterpreterVariable(w):
		r.program, r.launcher, r.open = true, false, nil
	case launcher(text):
		r.program, r.launcher = true, true
	default:
		return false
	}
	return true
}

// follows takes a word that starts nothing.
func (r *reader) follows(w word, wasValue bool) {
	switch text := w.text; {
	case text == "-": // an item of a list
		r.value = wasValue
	case runsTests(text):
		r.add(w, mention{kind: allTests, shown: text, runs: true})
		r.module, r.program = "", false
	case r.module != "":
		r.byModule(w)
	case wantsModule(text):
		r.module, r.open = text, nil
	case strings.HasPrefix(text, "-") && !pythonFile(text):
		r.value, r.program = true, r.program && text != "-c"
	case strings.Trim(text, "./\x00") == "":
		r.unknown(w)
	default:
		r.name(w, wasValue)
	}
}

func (r *reader) add(w word, m mention) {
	m.line = w.line
	r.found = append(r.found, m)
}

// byModule takes the word after -m.
func (r *reader) byModule(w word) {
	text, _, _ := strings.Cut(w.text, ":")
	m := mention{kind: aProgram, text: text, shown: shown(text), runs: true}
	if !r.program || r.module != "-m" {
		m.scope = near
	}
	ok := name(text) || dotted(text)
	if i := strings.IndexByte(text, hole); i >= 0 {
		m.kind, ok = anything, !r.given(w)
		m.shown = w.raw
		if dot := strings.LastIndexByte(text[:i], '.'); dot > 0 {
			m.kind, m.text, ok = aPackage, text[:dot], true
		} else if !r.program {
			ok = false
		}
	}
	r.module = ""
	ok = ok || bareModule(text) // "-m 01-prepare" runs as well as any
	if !ok {
		r.name(w, true)
		return
	}
	r.add(w, m)
	r.program = false
}

// unknown takes a word without a literal part.
func (r *reader) unknown(w word) {
	if r.program && strings.IndexByte(w.text, hole) >= 0 && !r.given(w) {
		r.open = &w
	}
}

// given says whether a variable's value stands elsewhere: an argument of the
// text, which whoever runs it says, or a variable that gets files by name.
func (r *reader) given(w word) bool {
	variable := strings.Trim(w.raw, "${}()\"")
	switch {
	case variable == "":
		return false
	case strings.Trim(variable, "0123456789@*#:") == "":
		return true
	case variable == "<" || variable == "^":
		return !r.anyPattern // what a rule of a Makefile is made from
	}
	return name(variable) && r.assigned(variable)
}

// name takes a word that may name something.
func (r *reader) name(w word, wasValue bool) {
	texts := []string{w.text}
	if strings.Contains(w.text, ":") && strings.Contains(w.text, ".py") {
		texts = strings.Split(w.text, ":")
	}
	for _, text := range texts {
		r.part(w, text, wasValue)
	}
}

// part takes a word, or one of several that colons join.
func (r *reader) part(w word, text string, wasValue bool) {
	m, ok := classify(text)
	inProgram := r.program && !wasValue || r.varied && pythonFile(text)
	r.single(w, text)
	switch {
	case inProgram && directory(text):
		r.program = false // a directory that what comes next is in
		m, ok = mention{kind: aGlob, text: text + "**", shown: w.raw, runs: true}, true
	case ok && pythonFile(m.text):
		m.runs = r.program || strings.HasPrefix(text, "./")
		r.program, r.open = false, nil
	case inProgram && strings.IndexByte(text, hole) >= 0 && m.kind != aPackage:
		m = mention{kind: aGlob, text: text + "**", shown: w.raw, runs: true}
		ok = literal(text)
		r.program = r.program && !(r.fed && ok)
	case inProgram && !r.launcher && r.open == nil:
		r.program = r.fed // its arguments come from a file, as likely as not
		m, ok = mainOf(text, m, ok)
	}
	if ok {
		r.add(w, m)
	}
}

// directory says whether a word is that of a directory by its form.
func directory(text string) bool { return strings.HasSuffix(text, "/") && literal(text) }

// mainOf takes what Python is given and is no file of it: a directory or a zip
// file, with a __main__.py, unless it names something else.
func mainOf(text string, m mention, ok bool) (mention, bool) {
	if ok && m.kind != aPath {
		return m, ok
	}
	return mention{kind: aPath, text: path.Join(text, "__main__.py"), shown: shown(text), runs: true, scope: near}, true
}

// interpreter says whether a word starts Python.
func interpreter(text string) bool {
	base := path.Base(text)
	for _, program := range []string{"python", "pypy", "ipython"} {
		if rest, ok := strings.CutPrefix(base, program); ok && strings.Trim(rest, "0123456789.w") == "" {
			return true
		}
	}
	return false
}

// isInterpreterVariable says whether a word is a variable that by its name is
// Python: $(PYTHON), ${PY}.
func isInterpreterVariable(w word) bool {
	return w.text == string(hole) && strings.Contains(strings.ToLower(w.raw), "py") && name(strings.Trim(w.raw, "${}()"))
}

// launcher says whether a word is a program that starts a Python file among
// its arguments.
func launcher(text string) bool {
	switch path.Base(text) {
	case "torchrun", "accelerate", "deepspeed", "uv", "poetry", "pdm", "hatch", "pipenv", "coverage", "streamlit", "ray",
		"spark-submit", "horovodrun", "mpirun", "kernprof", "mprof", "viztracer", "py-spy", "papermill", "jupyter", "marimo",
		"flask", "celery", "dagster", "prefect", "fastapi", "gradio", "debugpy", "nsys", "colossalai", "composer":
		return true
	}
	return false
}

// wantsModule says whether a word is an option, or a variable, whose value is
// a module.
func wantsModule(text string) bool {
	switch text {
	case "-m", "--module", "-A", "--app", "FLASK_APP", "DJANGO_SETTINGS_MODULE", "--settings", "--pyargs", "-p", "--package":
		return true
	}
	return false
}

// runsTests says whether a word starts all tests.
func runsTests(text string) bool {
	switch path.Base(text) {
	case "pytest", "py.test", "unittest", "tox", "nox", "nosetests":
		return true
	}
	return false
}

// assignsFiles says whether a text gives a variable values, each of which
// names a Python file.
func assignsFiles(text, variable string) bool {
	found := false
	for rest := text; ; {
		i := strings.Index(rest, variable)
		if i < 0 {
			return found
		}
		before, after := rest[:i], rest[i+len(variable):]
		rest = after
		if before != "" && identifier(before[len(before)-1]) || after == "" {
			continue
		}
		values, ok := assigned(after)
		if !ok {
			continue
		}
		values, _, _ = strings.Cut(values, "\n")
		values, _, _ = strings.Cut(values, ";")
		for _, value := range strings.Fields(values) {
			if m, ok := classify(strings.Trim(value, `"',{}[]`)); !ok || m.kind != aPath || !pythonFile(m.text) {
				return false
			}
		}
		found = true
	}
}

// assigned is what follows a variable's name where it is given a value.
func assigned(after string) (values string, ok bool) {
	after = strings.TrimLeft(after, " \t")
	for _, operator := range []string{"=", ":=", "+=", ": ", "in "} {
		if values, ok = strings.CutPrefix(after, operator); ok {
			return values, true
		}
	}
	return "", false
}
