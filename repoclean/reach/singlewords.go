package reach

import (
	"path"
	"strings"
)

// single takes a word that is a module's name if there is such a module:
// scripts get the names of modules as arguments, and configuration lists them.
func (r *reader) single(w word, text string) {
	text = strings.TrimRight(text, ".:,")
	if !bareModule(text) || dotted(text) || r.bare[text] {
		return
	}
	r.bare[text] = true
	r.add(w, mention{kind: aModule, text: text, shown: shown(text), scope: near, bare: true})
}

// bareModule says whether a word can be the name of a module for those who
// import by name: unlike in a statement, it may begin with a digit and have
// hyphens.
func bareModule(text string) bool {
	for part := range strings.SplitSeq(text, ".") {
		for i := 0; i < len(part); i++ {
			if !identifier(part[i]) && part[i] != '-' {
				return false
			}
		}
		if part == "" || part[0] == '-' {
			return false
		}
	}
	return true
}

// existing leaves out the single words that no file or directory is named
// after.
func existing(x *index, found []mention) []mention {
	kept := found[:0]
	for _, m := range found {
		last := path.Base(slashed(m.text))
		if !m.bare || len(x.modules[last]) > 0 || len(x.dirNames[last]) > 0 {
			kept = append(kept, m)
		}
	}
	return kept
}

// feeds says whether a program starts another with arguments that the text
// doesn't say.
func feeds(text string) bool {
	switch path.Base(text) {
	case "xargs", "parallel", "-exec", "-execdir", "-ok":
		return true
	}
	return false
}

// gluedModule is the module of -mtrain and -umtrain; "" if the word is none.
func gluedModule(text string) string {
	flags, module, ok := strings.Cut(text, "m")
	if !ok || !pythonFlags(flags) || !bareModule(module) && strings.IndexByte(module, hole) < 0 {
		return ""
	}
	return module
}

// endsInM says whether a word is options of Python's of one letter, of which
// the last wants a module: -um.
func endsInM(text string) bool {
	flags, ok := strings.CutSuffix(text, "m")
	return ok && flags != "-" && pythonFlags(flags)
}

// pythonFlags says whether a word is Python's options without values.
func pythonFlags(text string) bool {
	flags, ok := strings.CutPrefix(text, "-")
	return ok && strings.Trim(flags, "bBdEhiIOPqsSuvVx") == ""
}
