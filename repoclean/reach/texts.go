package reach

import (
	"path"
	"regexp"
	"strings"

	"gantline.dev/gantline/internal/pysource"
)

// statement is what a text that isn't Python says of Python.
type statement struct {
	path string
	// outside says that it needn't be in the context.
	outside  bool
	mentions []mention
	// imports is the import statements in it: of python -c, of heredocs, of
	// configuration that has such.
	imports []pysource.Import
	// searchPath is the lines that set PYTHONPATH to what isn't known.
	searchPath []int
	// searchDirs is the directories that PYTHONPATH names.
	searchDirs []string
}

// readText reads a text that isn't Python.
func readText(file, text string) statement {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	if strings.HasSuffix(file, ".bat") || strings.HasSuffix(file, ".cmd") || strings.HasSuffix(file, ".ps1") {
		text = strings.ReplaceAll(text, `\`, "/")
	}
	s := statement{path: file}
	switch base := path.Base(file); {
	case base == "pyproject.toml" || base == "setup.cfg" || base == "tox.ini" || base == "entry_points.txt":
		text = withoutLinters(text)
		s.mentions = entryPoints(text)
	case strings.Contains(strings.ToLower(base), "dockerfile"):
		text = withoutCopies(text)
	}
	text = importsOnALine(text)
	s.mentions = append(s.mentions, readWords(text)...)
	if strings.Contains(text, "tool.kedro") {
		for i, line := range lines(text) {
			if m := moduleKey.FindStringSubmatch(line); m != nil {
				s.mentions = append(s.mentions, mention{line: i + 1, kind: aPackage, text: m[1], shown: m[1]})
			}
		}
	}
	for i, line := range lines(text) {
		s.readLine(i+1, line)
	}
	return s
}

// inParentheses is an import whose names stand in parentheses.
var inParentheses = regexp.MustCompile(`(\bimport\s*)\(([^()]*)\)`)

// importsOnALine puts the names of an import on one line; the lines after it
// keep their numbers.
func importsOnALine(text string) string {
	if !strings.Contains(text, "import") {
		return text
	}
	return inParentheses.ReplaceAllStringFunc(text, func(found string) string {
		m := inParentheses.FindStringSubmatch(found)
		names := strings.Join(strings.Fields(m[2]), " ")
		return m[1] + strings.TrimRight(names, ", ") + strings.Repeat("\n", strings.Count(m[2], "\n"))
	})
}

// lines numbers the lines of a text, from 0.
func lines(text string) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(text) {
			if !yield(n, line) {
				return
			}
			n++
		}
	}
}

var (
	importLine = regexp.MustCompile(`(?:from\s+([\w.]+)\s+)?\bimport\s+([\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*|\*|\()`)
	moduleKey  = regexp.MustCompile(`^\s*(?:-\s+)?["']?(?:\w*_)?(?:modules?|packages?|plugins?|scripts?|app|handler|entry_?point|imports?)(?:_name)?["']?\s*[:=]\s*["']?([A-Za-z_]\w*)["']?\s*,?\s*$`)
	dynamic    = regexp.MustCompile(`(?:import_module|__import__|run_module|run_path|spec_from_file_location)\(\s*[^"'\s]`)
	pythonPath = regexp.MustCompile(`\bPYTHONPATH\b["']?\s*[:=]\s*["']?([^\s"']*)`)
)

// readLine looks for what words don't tell.
func (s *statement) readLine(n int, line string) {
	if strings.Contains(line, "import") {
		s.readImports(n, line)
		if dynamic.MatchString(line) {
			s.mentions = append(s.mentions, mention{line: n, kind: anything, shown: "an import by a name known only at run time", runs: true})
		}
	}
	if m := moduleKey.FindStringSubmatch(line); m != nil {
		s.mentions = append(s.mentions, mention{line: n, kind: aModule, text: m[1], shown: m[1], scope: near})
	}
	if strings.Contains(line, "PYTHONPATH") {
		s.readSearchPath(n, line)
	}
}

// readImports finds import statements within a line.
func (s *statement) readImports(n int, line string) {
	for _, m := range importLine.FindAllStringSubmatch(line, -1) {
		var names []string
		for part := range strings.SplitSeq(m[2], ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(part), " ")
			names = append(names, name)
		}
		if m[1] != "" {
			s.imports = append(s.imports, pysource.Import{Line: n, Module: m[1], Names: names})
			continue
		}
		for _, name := range names {
			s.imports = append(s.imports, pysource.Import{Line: n, Module: name})
		}
	}
}

// readSearchPath reads a line that sets PYTHONPATH.
func (s *statement) readSearchPath(n int, line string) {
	if strings.HasPrefix(strings.TrimSpace(line), "#") {
		return
	}
	m := pythonPath.FindStringSubmatch(line)
	if m == nil {
		s.searchPath = append(s.searchPath, n)
		return
	}
	for dir := range strings.SplitSeq(m[1], ":") {
		switch dir = strings.Trim(dir, `"'`); {
		case dir == "" || dir == "." || isWorkDir(dir) || strings.Contains(dir, "PYTHONPATH"):
		case strings.ContainsAny(dir, "${}`()%~") || path.IsAbs(dir) || strings.HasPrefix(dir, ".."):
			s.searchPath = append(s.searchPath, n)
		default:
			s.searchDirs = append(s.searchDirs, path.Clean(dir))
		}
	}
}

// isWorkDir says whether a word of a shell or Makefile is where it is run.
func isWorkDir(text string) bool {
	switch text {
	case "$PWD", "${PWD}", "$(PWD)", "$(pwd)", "`pwd`", "$(CURDIR)", "$CURDIR", "${CURDIR}":
		return true
	}
	return false
}
