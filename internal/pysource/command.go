package pysource

import (
	"bytes"
	"strings"
)

// What Import.Call and Dynamic.Call say of imports that no function of this
// process makes.
const (
	pythonModule = "python -m"
	entryPoint   = "entry point"
)

// hasCommand says whether a text with blanks can be a command line that starts
// Python.
func hasCommand(text []byte) bool {
	return bytes.Contains(text, []byte(".py")) || bytes.Contains(text, []byte("-m ")) || hasEntryPoint(text)
}

// hasEntryPoint says whether a text can declare an entry point.
func hasEntryPoint(text []byte) bool {
	at := bytes.IndexByte(text, '=')
	return at > 0 && bytes.IndexByte(text[at:], ':') > 0
}

// entryPoints reads lines such as "train = agent.train:main", by which setup.py
// declares programs.
func (r *reader) entryPoints(p piece) {
	if !hasEntryPoint([]byte(p.text)) {
		return
	}
	for line := range strings.SplitSeq(p.text, "\n") {
		name, object, _ := strings.Cut(line, "=")
		object, _, _ = strings.Cut(object, "[") // extras
		modules, attribute, _ := strings.Cut(strings.Trim(object, blanks), ":")
		name = strings.NewReplacer("-", "_", ".", "_").Replace(strings.Trim(name, blanks))
		if isIdentifier(name) && isDotted(modules) && isDotted(attribute) {
			top, _, _ := strings.Cut(attribute, ".")
			r.imported(p.line, entryPoint, module{0, modules}, []string{top})
		}
	}
}

// command reads a text that may be a command line, or several: the words that
// are files of Python, and the modules that "-m" names.
func (r *reader) command(p piece) {
	if len(p.text) > maxRaw || !hasCommand([]byte(p.text)) {
		return
	}
	before := ""
	for word := range strings.FieldsSeq(p.text) {
		word = strings.Trim(word, "`'\"()[],;:|&<>=")
		switch {
		case len(word) > maxText:
		case before == "-m" && isDotted(word):
			r.imported(p.line, pythonModule, module{0, word}, nil)
		case before == "-m" && p.part && isDotted(strings.TrimSuffix(word, ".")):
			// What follows is a field: f"python -m agent.steps.{name}".
			r.dynamic(p.line, pythonModule, module{0, strings.TrimSuffix(word, ".")})
		case strings.HasSuffix(word, ".py") && strings.Trim(word, marks) != "py":
			r.file.Strings = append(r.file.Strings, String{int(p.line), word, true})
		}
		before = word
	}
}

// option reads the list ["python", "-m", "agent.train"], the "-m" at i.
func (r *reader) option(i int) {
	if r.op(i+1) != ',' || i+2 >= len(r.tokens) || !r.startsGroup(i+2) {
		return
	}
	v, _ := r.literal(i + 2)
	text, constant := v.constant()
	switch at := strings.LastIndexByte(text, '.'); {
	case constant && isDotted(text):
		r.imported(r.tokens[i].line, pythonModule, module{0, text}, nil)
	case !constant && at > 0 && isDotted(text[:at]):
		r.dynamic(r.tokens[i].line, pythonModule, module{0, text[:at]})
	}
}

// isDotted says whether a text is a name, or several with dots between.
func isDotted(text string) bool {
	for part := range strings.SplitSeq(text, ".") {
		if !isIdentifier(part) {
			return false
		}
	}
	return true
}
