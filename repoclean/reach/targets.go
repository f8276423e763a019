package reach

import (
	"path"
	"slices"
	"strings"
)

// targets is the files that a mention means: in a file of the directory dir,
// whose own modules are looked for in own.
func (t *tracer) targets(m mention, dir, own string) []int {
	switch m.kind {
	case aPath:
		return t.path(m.text, dir, m.scope)
	case aGlob:
		return t.fitting(m.text)
	case aModule:
		return t.named(m.text, own, m.scope)
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

// path finds the files that a path means: from the root, or from the directory
// of the file that has it.
func (x *index) path(text, dir string, where scope) []int {
	var ids []int
	for _, p := range []string{path.Clean(text), path.Join(dir, text)} {
		ids = x.appendFile(ids, p)
	}
	if where == near || len(ids) > 0 && (where == nearest || !pythonFile(text)) {
		return ids
	}
	return append(ids, x.alike(path.Clean(text))...)
}

// alike is the files whose paths end like a path.
func (x *index) alike(text string) []int {
	for strings.HasPrefix(text, "../") {
		text = text[3:]
	}
	absolute := strings.HasPrefix(text, "/")
	for rest := strings.TrimPrefix(text, "/"); rest != ""; _, rest, _ = strings.Cut(rest, "/") {
		switch rest {
		case "__init__.py", "__main__.py", "conftest.py", "setup.py":
			return nil // who names these alone asks whether they are there
		}
		ids := x.ending(rest)
		if len(ids) > 0 && (pythonFile(text) || len(ids) <= maxAlike) {
			return ids
		}
		if !absolute {
			break
		}
		// In an image the directory of the code comes first.
	}
	return nil
}

// fitting is the Python files that a pattern fits.
func (t *tracer) fitting(pattern string) []int {
	pattern = strings.TrimPrefix(path.Clean(pattern), "/")
	for strings.HasPrefix(pattern, "../") {
		pattern = pattern[3:]
	}
	ids, ok := t.fits[pattern]
	if !ok {
		ids = t.allPython(func(p string) bool { return fits(pattern, p) })
		t.fits[pattern] = slices.Clip(ids)
	}
	return ids
}

// named finds the module that a dotted name means, or whose attribute it is.
// Where it is neither, it may be a directory of modules.
func (t *tracer) named(text, own string, where scope) []int {
	module := slashed(text)
	for at := module; at != ""; at = parent(at) {
		ids := t.nearby(at, own)
		if strings.Contains(at, "/") {
			ids = t.lookup(at, own)
		}
		if len(ids) == 0 && strings.Contains(at, "/") && where != near {
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
	ids := append(t.lookup(module+"/__main__", noDir), t.lookup(module, noDir)...)
	if len(ids) == 0 && m.scope == nearest || m.scope == all {
		ids = slices.Concat(ids, t.fallback(module+"/__main__"), t.fallback(module))
	}
	if len(ids) == 0 && m.scope == near {
		ids = t.named(m.text, noDir, near)
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
	from, to := t.below(dir)
	first, _ := slices.BinarySearch(t.python, from)
	last, _ := slices.BinarySearch(t.python, to)
	return t.python[first:last:last]
}

// allPython is every Python file whose path is wanted.
func (t *tracer) allPython(wanted func(string) bool) []int {
	var ids []int
	for _, id := range t.python {
		if wanted(t.paths[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}
