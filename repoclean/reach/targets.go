package reach

import (
	"path"
	"strings"
)

// targets is the files that a mention means: in a file of the directory dir,
// whose own modules are looked for in own.
func (t *tracer) targets(m mention, dir, own string) []int {
	switch m.kind {
	case aPath:
		return t.path(m.text, dir, m.alone)
	case aGlob:
		return t.fitting(m.text)
	case aModule:
		return t.named(m.text, own, m.alone)
	case aProgram:
		return t.program(m)
	case aPackage:
		return t.inPackage(slashed(m.text))
	case anything:
		return t.allPython(func(string) bool { return true })
	case allTests:
		return t.allPython(isTest)
	}
	return nil
}

// slashed is a dotted name as a path.
func slashed(module string) string { return strings.ReplaceAll(module, ".", "/") }

// maxAlike is the most files of one name that a path which leads to none of
// them exactly may mean, unless they are Python.
const maxAlike = 10

// path finds the files that a path means: from the root or from the directory
// of the file that has it, and else whatever ends like it. A path to Python
// means all of them, unless exact is asked for: who says it may stand anywhere.
func (x *index) path(text, dir string, exact bool) []int {
	isPython := pythonFile(text)
	var ids []int
	for _, p := range []string{path.Join(dir, text), path.Clean(text)} {
		ids = x.appendFile(ids, p)
	}
	if len(ids) > 0 && (exact || !isPython) || exact {
		return ids
	}
	text = path.Clean(text)
	for strings.HasPrefix(text, "../") {
		text = text[3:]
	}
	base := path.Base(text)
	if base == "__init__.py" || base == "__main__.py" && !strings.Contains(text, "/") {
		return ids // who names these alone asks whether they are there
	}
	for rest := strings.TrimPrefix(text, "/"); rest != ""; {
		if alike := x.ending(rest); len(alike) > 0 && (isPython || len(alike) <= maxAlike) {
			return append(ids, alike...)
		}
		if !strings.HasPrefix(text, "/") {
			break
		}
		_, rest, _ = strings.Cut(rest, "/") // a path in the image: the directory of the code comes first
	}
	return ids
}

// fitting is the files that a pattern fits: Python only, unless it has an
// extension of something else.
func (x *index) fitting(pattern string) []int {
	pattern = strings.TrimPrefix(path.Clean(pattern), "/")
	for strings.HasPrefix(pattern, "../") {
		pattern = pattern[3:]
	}
	var ids []int
	for id, p := range x.paths {
		if k := kindOf(p); (k == python || k == notebook) && fits(pattern, p) {
			ids = append(ids, id)
		}
	}
	return ids
}

// named finds the module that a dotted name means, or whose attribute it is.
// Where it is neither, it may be a directory of modules.
func (t *tracer) named(text, own string, alone bool) []int {
	module := slashed(text)
	for at := module; at != ""; at = parent(at) {
		ids := t.lookup(at, own)
		if len(ids) == 0 && strings.Contains(at, "/") && !alone {
			ids = t.fallback(at)
		}
		if len(ids) == 0 && at == module && strings.Contains(at, "/") {
			ids = t.inPackage(at)
		}
		if at != module && len(ids) > 0 && extension(path.Base(module)) && !strings.Contains(at, "/") {
			return nil // the name of a file: "config.yaml"
		}
		if len(ids) > 0 {
			return ids
		}
	}
	return nil
}

// extension says whether a word is rather the end of a file's name than that of
// a function.
func extension(word string) bool {
	switch word {
	case "yaml", "yml", "json", "jsonl", "toml", "ini", "cfg", "txt", "md", "rst", "csv", "tsv", "parquet", "png", "jpg", "jpeg",
		"gif", "svg", "pdf", "html", "gz", "zip", "tar", "pt", "pth", "ckpt", "safetensors", "npz", "npy", "pkl", "onnx", "h5",
		"sh", "ipynb", "lock", "com", "org", "io", "dev":
		return true
	}
	return false
}

// program finds what -m runs: a module, or the __main__.py of a package.
func (t *tracer) program(m mention) []int {
	module := slashed(m.text)
	ids := t.lookup(module, noDir)
	if main := t.lookup(module+"/__main__", noDir); len(main) > 0 {
		ids = append(main, ids...)
	}
	if len(ids) == 0 && !m.alone {
		ids = append(t.fallback(module+"/__main__"), t.fallback(module)...)
	}
	if len(ids) == 0 && m.alone {
		ids = t.named(m.text, noDir, true)
	}
	return ids
}

// inPackage is the Python files below the directories of a name.
func (t *tracer) inPackage(module string) []int {
	var ids []int
	for _, dir := range t.packageDirs(module) {
		ids = append(ids, t.pythonBelow(dir)...)
	}
	return ids
}

// pythonBelow is the Python files below a directory.
func (t *tracer) pythonBelow(dir string) []int {
	var ids []int
	for _, id := range t.below(dir) {
		if t.facts[id] != nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// allPython is every Python file whose path is wanted.
func (t *tracer) allPython(wanted func(string) bool) []int {
	var ids []int
	for id, p := range t.paths {
		if t.facts[id] != nil && wanted(p) {
			ids = append(ids, id)
		}
	}
	return ids
}
