package reach

import (
	"bytes"
	"regexp"
	"strings"

	"gantline.dev/gantline/internal/pysource"
)

// moduleColon is a string that names a thing in a module of one word:
// "environments:Grid-v0".
var moduleColon = regexp.MustCompile(`["']([A-Za-z_]\w*):[A-Za-z_][\w.-]*["']`)

// moduleColons is the modules of one word that strings name before a colon.
func moduleColons(text []byte) []mention {
	var found []mention
	for _, s := range matched(moduleColon, text) {
		found = append(found, mention{line: s.Line, kind: aModule, text: s.Text, shown: s.Text, scope: near})
	}
	return found
}

// resource is a call that takes the name of a package, to find what is in it.
var resource = regexp.MustCompile(`\b(?:files|open_text|open_binary|read_text|read_binary|contents|is_resource|get_data|resource_\w+|PackageLoader|path)\(\s*["']([A-Za-z_]\w*)["']`)

// resources is the packages of one word that are imported for what is in them,
// and the modules that a configuration of OpenMMLab imports.
func resources(text []byte) []mention {
	has := func(s string) bool { return bytes.Contains(text, []byte(s)) }
	var words []pysource.String
	if has("resources") || has("get_data") || has("PackageLoader") {
		words = matched(resource, text)
	}
	if has("custom_imports") {
		words = append(words, quotedWords(text)...)
	}
	var found []mention
	for _, s := range words {
		found = append(found, mention{line: s.Line, kind: aModule, text: s.Text, shown: s.Text, scope: near})
	}
	return found
}

// shellLines is what the lines of a notebook name that a shell runs, or that
// run a file.
func shellLines(code []byte) []mention {
	var found []mention
	for n, line := range lines(string(code)) {
		rest, ok := strings.CutPrefix(strings.TrimLeft(line, " \t"), notPython)
		if !ok {
			continue
		}
		line = strings.TrimLeft(rest, "%!")
		if after, ok := strings.CutPrefix(line, "run "); ok {
			line = "python " + after
		}
		for _, m := range readWords(line) {
			if !m.bare {
				m.line, m.scope = n+1, all
				found = append(found, m)
			}
		}
	}
	return found
}

// quotedWords is the strings of a text that are one word.
func quotedWords(text []byte) []pysource.String {
	var found []pysource.String
	line := 1
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\n':
			line++
		case '"', '\'':
			end := i + 1
			for end < len(text) && identifier(text[end]) {
				end++
			}
			if end < len(text) && text[end] == c && name(string(text[i+1:end])) {
				found = append(found, pysource.String{Line: line, Text: string(text[i+1 : end])})
			}
			i = end - 1
		}
	}
	return found
}

// matched is what the first group of an expression matches in a text.
func matched(what *regexp.Regexp, text []byte) []pysource.String {
	var found []pysource.String
	line, last := 1, 0
	for _, at := range what.FindAllSubmatchIndex(text, -1) {
		line += bytes.Count(text[last:at[2]], []byte("\n"))
		last = at[2]
		found = append(found, pysource.String{Line: line, Text: string(text[at[2]:at[3]])})
	}
	return found
}
