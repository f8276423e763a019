package reach

import (
	"bytes"
	"encoding/json"
	"errors"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"gantline.dev/gantline/internal/pysource"
)

// facts is what is known of one Python file by its text.
type facts struct {
	pysource.File
	// text is the file as it is, the code of a notebook's cells.
	text []byte
	// starts says that the file starts Python programs.
	starts bool
	// unread says why the text can't be read as Python, from unreadLine on.
	unread     string
	unreadLine int
	// widens says that the file changes where modules are looked for.
	widens bool
	// shebang says that the first line names Python.
	shebang bool
	// lists says that what "from it import *" takes is more than File.All.
	lists bool
	// mentions is what lines name that strings don't: parts of commands.
	mentions []mention
	// packages is the words in quotes of a file that gives a framework
	// packages to load.
	packages []pysource.String
}

// readPython reads all Python files among the texts, each processor some, and
// answers by number of the file.
func readPython(x *index, texts map[string][]byte, read func([]byte) (pysource.File, error)) map[int]*facts {
	all := map[int]*facts{}
	var todo []int
	for i, p := range x.paths {
		text, known := texts[p]
		k := kindOf(p)
		if known {
			k = kindOfText(k, text)
		}
		_, link := x.links[i]
		switch {
		case link || k != python && k != notebook:
		case !known:
			all[i] = &facts{unread: "was not read: it is too large, or its content is not here"}
		default:
			all[i] = nil
			todo = append(todo, i)
		}
	}
	results := make([]*facts, len(todo))
	each(len(todo), func(n int) {
		p := x.paths[todo[n]]
		results[n] = readFacts(p, texts[p], read)
	})
	for n, i := range todo {
		all[i] = results[n]
	}
	return all
}

// each calls do with every number below n, on all processors.
func each(n int, do func(int)) {
	var wg sync.WaitGroup
	workers := min(runtime.NumCPU(), n)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				do(i)
			}
		})
	}
	wg.Wait()
}

// readFacts reads one file.
func readFacts(file string, text []byte, read func([]byte) (pysource.File, error)) *facts {
	f := &facts{}
	if kindOf(file) == notebook {
		cells, err := notebookCode(text)
		if err != nil {
			f.unread = "can't be read as a notebook: " + err.Error()
			return f
		}
		text = cells
	}
	f.text, f.starts = text, startsPython(text)
	var err error
	if f.File, err = read(text); err != nil {
		f.unread = "can't be read as Python: " + err.Error()
		var syntax *pysource.SyntaxError
		if errors.As(err, &syntax) {
			f.unread, f.unreadLine = "can't be read as Python: "+syntax.Reason, syntax.Line
		}
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	f.shebang = bytes.HasPrefix(line, []byte("#!")) && bytes.Contains(line, []byte("python"))
	has := func(s string) bool { return bytes.Contains(text, []byte(s)) }
	f.widens = len(f.SearchPath) > 0 || has("PYTHONPATH")
	all := bytes.Count(text, []byte("__all__"))
	f.lists = all > 1 || all == 1 && len(f.All) == 0
	if has("INSTALLED_APPS") || has("autodiscover_tasks") || has("SPIDER_MODULES") {
		f.packages = givenPackages(text)
	}
	f.mentions = openNames(text, f.starts)
	f.mentions = append(f.mentions, resources(text)...)
	if kindOf(file) == notebook {
		f.mentions = append(f.mentions, shellLines(text)...)
	}
	if has("entry_point") || has("gym") {
		f.mentions = append(f.mentions, moduleColons(text)...)
	}
	f.Imports = slices.Concat(f.Imports, inlineImports(text), calledImports(text))
	if path.Base(file) == "setup.py" {
		f.mentions = readWords(string(text)) // entry points
	}
	return f
}

// bareName is a string that is the end of a Python file's name, or a name that
// has nothing but open parts: name + ".py", f"{name}.py".
var bareName = regexp.MustCompile(`["'](?:\{[^{}]*\}/?|%s/?|\*+/?)*\.py["']`)

var (
	startsAny  = regexp.MustCompile(`subprocess|os\.system|os\.exec|os\.spawn|[pP]open|create_subprocess|pexpect`)
	pythonWord = regexp.MustCompile(`["'\s/]python[0-9.]*["'\s]`)
)

// startsPython says whether a text starts Python programs.
func startsPython(text []byte) bool {
	return bytes.Contains(text, []byte("sys.executable")) || bytes.Contains(text, []byte("python")) && startsAny.Match(text) && pythonWord.Match(text)
}

// openNames finds the files and modules whose names lines compute within longer
// strings: "tools/{}.py", f"python -m agent.{step}". Names without an open part
// are constants, which pysource finds.
func openNames(text []byte, starts bool) []mention {
	var found []mention
	if !starts && !bytes.Contains(text, []byte(".py")) && !bytes.Contains(text, []byte("-m ")) {
		return nil
	}
	for n, line := range lines(string(text)) {
		if !strings.Contains(line, ".py") && !strings.Contains(line, "-m ") && !(starts && strings.Contains(line, "python")) {
			continue
		}
		if starts && bareName.MatchString(line) {
			found = append(found, mention{line: n + 1, kind: anything, shown: "a file whose name is computed", runs: true})
		}
		for _, m := range readWords(line) {
			if m.kind == aPackage || m.kind == aGlob && (strings.IndexByte(m.text, hole) >= 0 || strings.HasSuffix(m.text, "**")) {
				m.line = n + 1
				found = append(found, m)
			}
		}
	}
	return found
}

// inlineImports is the import statements that begin a string, as in
// python -c "import x" and exec("import x").
func inlineImports(text []byte) []pysource.Import {
	if !bytes.Contains(text, []byte("-c")) && !bytes.Contains(text, []byte("exec(")) {
		return nil
	}
	begins := func(line string) bool {
		for _, start := range []string{`"import `, `'import `, `"from `, `'from `, `; import `, `; from `} {
			if strings.Contains(line, start) {
				return true
			}
		}
		return false
	}
	if !begins(string(text)) {
		return nil
	}
	var s statement
	for n, line := range lines(string(text)) {
		if strings.Contains(line, "import") && begins(line) {
			s.readImports(n+1, line)
		}
	}
	return s.imports
}

var (
	// gives is what a list of packages for a framework begins with.
	gives = regexp.MustCompile(`(?:\b(?:\w*_APPS|SPIDER_MODULES)["']?\s*(?:\+?=|:)|\bautodiscover_tasks\()[^\])}]*`)
	// quoted is a word in quotes that may be the name of a package.
	quoted = regexp.MustCompile(`["']([A-Za-z_][\w.]*)["']`)
)

// givenPackages is the packages that a file gives a framework to load.
func givenPackages(text []byte) []pysource.String {
	var words []pysource.String
	for _, list := range gives.FindAllIndex(text, -1) {
		for _, at := range quoted.FindAllSubmatchIndex(text[list[0]:list[1]], -1) {
			word := text[list[0]+at[2] : list[0]+at[3]]
			words = append(words, pysource.String{Line: 1 + bytes.Count(text[:list[0]+at[2]], []byte("\n")), Text: string(word)})
		}
	}
	return words
}

// notPython is what lines of a notebook that aren't Python are put behind.
const notPython = "pass # "

// notebookCode is the code of a notebook's cells. What isn't Python in them
// (lines that begin with % or !) becomes comments.
func notebookCode(text []byte) ([]byte, error) {
	var book struct {
		Cells []struct {
			Type   string          `json:"cell_type"`
			Source json.RawMessage `json:"source"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(text, &book); err != nil {
		return nil, err
	}
	var code bytes.Buffer
	for _, cell := range book.Cells {
		if cell.Type != "code" {
			continue
		}
		source, err := cellSource(cell.Source)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(source) {
			if strings.HasPrefix(line, "%") || strings.HasPrefix(line, "!") || strings.HasPrefix(line, "?") {
				line = notPython + line
			}
			code.WriteString(line)
		}
		code.WriteByte('\n')
	}
	return code.Bytes(), nil
}

// cellSource is a text, or a list of its lines.
func cellSource(raw json.RawMessage) (string, error) {
	var parts []string
	if len(raw) > 0 && raw[0] == '[' {
		err := json.Unmarshal(raw, &parts)
		return strings.Join(parts, ""), err
	}
	var one string
	if len(raw) == 0 {
		return "", nil
	}
	err := json.Unmarshal(raw, &one)
	return one, err
}
