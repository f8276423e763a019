package reach

import (
	"bytes"

	"gantline.dev/gantline/internal/pysource"
)

// calledImports is the modules in calls of functions that import, by their own
// name: lazy_import("x"), optional_import("x"), lazy_loader.load("x"),
// pytest.importorskip("x"). Every project has its own.
func calledImports(text []byte) []pysource.Import {
	var found []pysource.Import
	for _, part := range []string{"mport", "azy"} {
		for from := 0; ; {
			i := bytes.Index(text[from:], []byte(part))
			if i < 0 {
				break
			}
			at := from + i
			from = at + len(part)
			if module := firstArgument(text[from:]); module != "" {
				line := 1 + bytes.Count(text[:at], []byte("\n"))
				found = append(found, pysource.Import{Line: line, Module: module})
			}
		}
	}
	return found
}

// firstArgument is the name in quotes that a call is given first, where the
// text is what follows the beginning of the function's name.
func firstArgument(text []byte) string {
	i := 0
	for i < len(text) && (identifier(text[i]) || text[i] == '.') {
		i++
	}
	if i == len(text) || text[i] != '(' {
		return ""
	}
	text = bytes.TrimLeft(text[i+1:], " \t\r\n")
	if len(text) == 0 || text[0] != '"' && text[0] != '\'' {
		return ""
	}
	quote := text[0]
	end := bytes.IndexByte(text[1:min(len(text), 200)], quote)
	if end < 0 {
		return ""
	}
	if module := string(text[1 : 1+end]); name(module) || dotted(module) {
		return module
	}
	return ""
}
