package pysource

// importer is a function that imports, or finds what others then import.
type importer struct {
	name    string // as it stands in a File
	read    func(*reader, importer, call)
	mention bool // to name it without a call is to hand it to what may call it
}

// call is a call of an importer.
type call struct {
	line int32
	at   int // the token of the name
	open int // the token of the parenthesis
	args arguments
}

// importers is read-only. A name counts whatever it is an attribute of:
// modules are renamed and handed around.
var importers = [words]importer{
	wImportModule:     {"importlib.import_module", (*reader).moduleCall, true},
	wDunderImport:     {"__import__", (*reader).builtinCall, true},
	wLazyImport:       {"__import__", (*reader).builtinCall, true},
	wFindSpec:         {"importlib.util.find_spec", (*reader).moduleCall, true},
	wRunModule:        {"runpy.run_module", (*reader).moduleCall, true},
	wFindModule:       {"imp.find_module", (*reader).moduleCall, false},
	wLoadModule:       {"imp.load_module", (*reader).moduleCall, false},
	wRunPath:          {"runpy.run_path", (*reader).pathCall, true},
	wSpecFromFile:     {"importlib.util.spec_from_file_location", (*reader).pathCall, true},
	wSourceFileLoader: {"importlib.machinery.SourceFileLoader", (*reader).pathCall, true},
	wLoadSource:       {"imp.load_source", (*reader).pathCall, true},
	wWalkPackages:     {"pkgutil.walk_packages", (*reader).walkCall, true},
	wIterModules:      {"pkgutil.iter_modules", (*reader).walkCall, true},
	wEntryPoints:      {"importlib.metadata.entry_points", (*reader).anyCall, false},
	wIterEntryPoints:  {"pkg_resources.iter_entry_points", (*reader).anyCall, true},
	wLoadEntryPoint:   {"pkg_resources.load_entry_point", (*reader).anyCall, true},
	wImportString:     {"import_string", (*reader).objectCall, false},
	wResolveName:      {"pkgutil.resolve_name", (*reader).objectCall, false},
	wLocate:           {"pydoc.locate", (*reader).objectCall, false},
	wAttach:           {"lazy_loader.attach", (*reader).attachCall, false},
	wAttachStub:       {"lazy_loader.attach_stub", (*reader).attachCall, false},
	wExec:             {"exec", (*reader).codeCall, true},
	wEval:             {"eval", (*reader).codeCall, false},
	wCompile:          {"compile", (*reader).codeCall, false},
}

// calls reads from a logical line what imports without an import statement.
func (r *reader) calls() {
	for i := range r.tokens {
		if r.tokens[i].word >= firstSeen {
			r.token(i)
		}
	}
}

// token reads a token whose word matters.
func (r *reader) token(i int) {
	switch t := &r.tokens[i]; {
	case t.kind == kString && t.word == wOptionM:
		r.option(i)
	case t.kind == kString:
		r.spelled(i)
	case t.kind != kName:
	case r.word(i-1) == wDef || r.is(i-1, "class"):
		r.defined(i)
	case t.word >= firstImporter:
		r.importer(i)
	default:
		r.hint(i)
	}
}

// hint reads a name that says how modules are found.
func (r *reader) hint(i int) {
	switch t := &r.tokens[i]; {
	case t.word == wSys && r.op(i+1) == '.' && r.is(i+2, "path"), t.word == wAddSiteDir:
		r.searches(t.line)
	case t.word == wSys && r.op(i+1) == '.' && r.is(i+2, "modules"):
		r.again = r.again || r.op(i+3) == '[' && r.word(i+4) == wName
	case t.word == wPath && r.changed(i):
		r.searches(t.line)
	case t.word == wGetattr:
		r.again = r.again || i == 0
	case t.word == wLazy:
		r.again = r.again || r.op(i+1) == '('
	}
}

// changed says whether a statement begins with the dotted name that ends at i
// and does more than to look at it.
func (r *reader) changed(i int) bool {
	switch before := r.op(r.chain(i) - 1); r.op(i + 1) {
	case '.', '[', ':', '=', '+' | withEquals:
		return before == ';' || before == ':' || r.chain(i) == 0
	}
	return false
}

// spelled reads a string that is the name of an importer: getattr(importlib,
// "import_module") hands out the function.
func (r *reader) spelled(i int) {
	if (r.op(i-1) == ',' || r.op(i-1) == '[') && r.tokens[0].word != wAll {
		r.dynamic(r.tokens[i].line, importers[r.tokens[i].word].name, module{})
	}
}

// defined reads the name of a function or class that the file defines. A
// __getattr__ of one parameter is that of a module.
func (r *reader) defined(i int) {
	switch w := r.tokens[i].word; {
	case w == wGetattr:
		r.again = r.again || r.op(i+1) == '(' && r.isName(i+2) && r.op(i+3) != ','
	case w >= wExec && r.startsLine(i-1):
		r.hidden[w] = true
	}
}

// startsLine says whether the token stands at the left margin.
func (r *reader) startsLine(i int) bool {
	pos := r.tokens[i].pos
	return pos == 0 || r.text[pos-1] == '\n'
}

// dropHidden takes back the calls of builtins that are the file's own.
func (r *reader) dropHidden() {
	if r.hidden == [words]bool{} {
		return
	}
	kept := r.file.Dynamic[:0]
	for _, d := range r.file.Dynamic {
		if w := wordOf([]byte(d.Call)); w < wExec || !r.hidden[w] {
			kept = append(kept, d)
		}
	}
	r.file.Dynamic = kept
}

// importer reads a name that is an importer's.
func (r *reader) importer(i int) {
	w := r.tokens[i].word
	f := importers[w]
	switch {
	case w >= wExec && r.op(i-1) == '.' && !r.is(i-2, "builtins") && !r.is(i-2, "__builtins__"):
		// A method: model.eval(), re.compile().
	case r.op(i+1) == '(':
		f.read(r, f, call{line: r.tokens[r.chain(i)].line, at: i, open: i + 1, args: r.arguments(i + 1)})
	case r.op(i+1) == '=' && r.op(i-1) != '.':
		// A keyword, or a variable; what it gets is read on its own.
	case f.mention && !r.assigned(i, w):
		r.dynamic(r.tokens[i].line, f.name, module{})
	case w == wEval && (r.op(i-1) == '(' || r.op(i-1) == ',') && (r.op(i+1) == ',' || r.op(i+1) == ')') && r.is(i-2, "map"):
		r.dynamic(r.tokens[i].line, f.name, module{})
	}
}

// chain is where the dotted name begins whose last name is at i. It goes so
// far and no further: a chain that names importers all along is walked once for
// each.
func (r *reader) chain(i int) int {
	for n := 0; n < 30 && r.op(i-1) == '.' && r.isName(i-2); n++ {
		i -= 2
	}
	return i
}

// assigned reads "load = importlib.import_module", a statement of its own.
func (r *reader) assigned(i int, w word) bool {
	first := r.chain(i)
	if i+1 != len(r.tokens) || first != 2 || r.op(1) != '=' || !r.isName(0) {
		return false
	}
	r.give(r.source(0), w)
	return true
}

func (r *reader) dynamic(line int32, name string, prefix module) {
	r.again = true
	r.file.Dynamic = append(r.file.Dynamic, Dynamic{int(line), name, prefix.name, prefix.level})
}

func (r *reader) imported(line int32, name string, m module, names []string) {
	r.file.Imports = append(r.file.Imports, Import{int(line), m.level, m.name, names, name})
}
