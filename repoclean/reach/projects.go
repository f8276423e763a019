package reach

import (
	"regexp"
	"strings"
)

// section is a header of TOML and INI files.
var section = regexp.MustCompile(`^\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$`)

// sections calls visit with each line and the header that it stands below.
func sections(text string, visit func(n int, header, line string)) {
	header := ""
	for n, line := range lines(text) {
		if m := section.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			header = strings.ReplaceAll(m[1], `"`, "")
		}
		visit(n, header, line)
	}
}

// lints says whether a section belongs to a tool that looks at code and
// doesn't run it.
func lints(header string) bool {
	header = strings.TrimPrefix(header, "tool.")
	tool, _, _ := strings.Cut(header, ".")
	tool, _, _ = strings.Cut(tool, ":")
	tool, _, _ = strings.Cut(tool, "-")
	switch tool {
	case "ruff", "black", "isort", "mypy", "pyright", "basedpyright", "flake8", "pylint", "coverage", "bandit", "vulture",
		"pydocstyle", "yapf", "codespell", "interrogate", "autoflake", "pycodestyle", "deptry", "refurb", "ty", "pyrefly":
		return true
	}
	return false
}

// withoutLinters blanks the sections of linters; lines keep their numbers.
func withoutLinters(text string) string {
	var b strings.Builder
	sections(text, func(_ int, header, line string) {
		if lints(header) {
			line = "\n"
		}
		b.WriteString(line)
	})
	return b.String()
}

// entryPoint is a line that gives a command or a plugin one word as a module.
var entryPoint = regexp.MustCompile(`=\s*["']?([A-Za-z_]\w*)["']?\s*$`)

// entryPoints finds the entry points that name one word: words with a dot or a
// colon are found as all others are.
func entryPoints(text string) []mention {
	var found []mention
	sections(text, func(n int, header, line string) {
		if !strings.Contains(header, "scripts") && !strings.Contains(header, "entry") && !strings.Contains(header, "plugins") {
			return
		}
		if m := entryPoint.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil {
			found = append(found, mention{line: n + 1, kind: aModule, text: m[1], shown: m[1], scope: near})
		}
	})
	return found
}

// copies is a line of a Dockerfile that copies files by a pattern.
var copies = regexp.MustCompile(`(?im)^[ \t]*(?:COPY|ADD)[ \t].*[*?].*$`)

// withoutCopies blanks the lines of a Dockerfile that copy by a pattern: that
// runs nothing.
func withoutCopies(text string) string { return copies.ReplaceAllString(text, "") }
