package reach

import "strings"

// mentionKind is what a text names.
type mentionKind int

const (
	aPath    mentionKind = iota // "tools/record.py"
	aModule                     // "agent.model", "agent.model.Policy"
	aProgram                    // what is run by -m
	aGlob                       // "tools/*.py"; with holes
	aPackage                    // everything in a package: "agent.models" of "agent.models.${name}"
	anything                    // every Python file
	allTests                    // every test
)

// scope is where what is named is looked for.
type scope int

const (
	nearest scope = iota // from the root or from the file that names it; if it isn't there, everywhere
	near                 // only there: it is a word that means many things
	all                  // everywhere: who says it may stand in any directory
)

// mention is a place where a text names a module or a file.
type mention struct {
	line int
	kind mentionKind
	// text is what is named, without decoration.
	text string
	// shown is how the text says it.
	shown string
	// runs says that the text starts it; else it only names it.
	runs  bool
	scope scope
	// bare says that it is a word like any other, which happens to be the name
	// of a module: "train" in "run.sh train".
	bare bool
}

// how words the mention for a chain.
func (m mention) how() string {
	verb := "names "
	if m.runs {
		verb = "runs "
	}
	switch m.kind {
	case anything:
		return verb + m.shown + ", which may be any file"
	case allTests:
		return verb + m.shown + ", which runs the tests"
	}
	return verb + m.shown
}

// classify finds what a word names by its form; ok is false if it names
// nothing.
func classify(text string) (m mention, ok bool) {
	if len(text) > 300 {
		return mention{}, false
	}
	if module, ok := inScheme(text); ok {
		return mention{kind: aModule, text: module, shown: text}, true
	}
	if strings.Contains(text, "://") {
		return mention{}, false
	}
	text = strings.TrimRight(strings.TrimLeft(text, "-@~+"), ".:,")
	if pythonFile(text) {
		text = strings.ReplaceAll(text, "%", "*") // a pattern of a Makefile
	}
	return byForm(text)
}

// byForm finds what a word without a scheme names.
func byForm(text string) (m mention, ok bool) {
	m = mention{kind: aPath, text: text, shown: shown(text)}
	head, tail, colon := strings.Cut(text, ":")
	switch {
	case pythonFile(head) && strings.IndexByte(head, hole) < 0 && !strings.ContainsAny(head, "*?"):
		m.text = head
	case pythonFile(head):
		m.kind, m.text = aGlob, head
		return m, literal(strings.TrimSuffix(head, pythonExtension(head)))
	case dotted(head):
		m.kind, m.text = aModule, head
	case colon && dotted(tail) && strings.HasPrefix(head, "python/"):
		m.kind, m.text = aModule, tail // a tag of PyYAML
	case strings.HasPrefix(head, "\x00.") && dotted(head[2:]):
		m.kind, m.text, m.scope = aModule, head[2:], all
	case colon && name(head) && bareModule(strings.ReplaceAll(tail, ".", "_")):
		m.kind, m.text, m.scope = aModule, head, near
	case openPackage(text) != "":
		m.kind, m.text = aPackage, openPackage(text)
	case strings.ContainsAny(text, "*?\x00"):
		return mention{}, false // of data, or nothing that anybody runs
	default:
		return m, strings.Contains(text, "/") || strings.Contains(text, ".")
	}
	return m, true
}

// inScheme is the module of a name with a scheme that stands for Python's
// modules: "pkg://agent.conf", "module://agent.backend".
func inScheme(text string) (string, bool) {
	scheme, rest, ok := strings.Cut(text, "://")
	rest = slashless(rest)
	switch scheme {
	case "pkg", "module", "python", "py", "import":
		return rest, ok && (name(rest) || dotted(rest))
	}
	return "", false
}

// slashless is a path of modules with dots.
func slashless(text string) string { return strings.ReplaceAll(text, "/", ".") }

// openPackage is the package of a dotted name with a hole in it: "agent.models"
// of agent.models.${name}.Model; "" if the text is none.
func openPackage(text string) string {
	prefix, _, ok := strings.Cut(text, string(hole))
	i := strings.LastIndexByte(prefix, '.')
	if !ok || i <= 0 || !dotted("x."+prefix[:i]) || prefix[i+1:] != "" && !name(prefix[i+1:]) {
		return ""
	}
	return prefix[:i]
}

// pythonExtension is the extension of a Python file or notebook.
func pythonExtension(text string) string {
	for _, extension := range []string{".py", ".pyw", ".ipynb"} {
		if strings.HasSuffix(text, extension) {
			return extension
		}
	}
	return ""
}

// pythonFile says whether a path is that of a Python file or notebook.
func pythonFile(text string) bool { return pythonExtension(text) != "" }

// literal says whether a pattern has anything in it that isn't open.
func literal(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r != hole && !strings.ContainsRune("*?./", r) })
}

// name says whether a text is one identifier of Python.
func name(text string) bool {
	for i := 0; i < len(text); i++ {
		if !identifier(text[i]) {
			return false
		}
	}
	return text != "" && (text[0] < '0' || text[0] > '9')
}

// dotted says whether a text is identifiers with dots between them, two at
// least.
func dotted(text string) bool {
	if !strings.Contains(text, ".") {
		return false
	}
	for part := range strings.SplitSeq(text, ".") {
		if !name(part) {
			return false
		}
	}
	return true
}

// shown is a word for people: holes become dots.
func shown(text string) string {
	return strings.ReplaceAll(text, string(hole), "…")
}
