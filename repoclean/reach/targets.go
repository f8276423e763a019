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
		return t.program(m, own)
	case aPackage:
		return t.inPackage(slashed(m.text))
	case anything:
		return t.allPython(func(p string) bool { return !isTest(p) })
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
		if x.dirs[p] && p != "" {
			// Who is given a directory of code loads the file of the same name.
			ids = x.appendFile(x.appendFile(ids, path.Join(p, path.Base(p)+".py")), path.Join(p, "__init__.py"))
		}
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

// named finds the module that a dotted name means, or whose attribute it is. It
// may be a directory of modules, too.
func (t *tracer) named(text, own string, where scope) []int {
	module := slashed(text)
	var ids []int
	if strings.Contains(module, "/") {
		for _, dir := range t.packageDirs(module) {
			if !t.has(dir, "__init__.py") {
				ids = append(ids, t.pythonBelow(dir)...)
			}
		}
	}
	found := false
	for at := module; at != ""; at = parent(at) {
		if at != module && extension(path.Base(module)) && !strings.Contains(at, "/") {
			break // the name of a file: "config.yaml"
		}
		here := t.nearby(at, own)
		found = found || len(here) > 0
		if strings.Contains(at, "/") {
			if !found && where != near {
				here = t.fallback(at)
			}
			here = slices.Concat(here, t.elsewhere(at))
		}
		ids = append(ids, here...)
	}
	return ids
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
func (t *tracer) program(m mention, own string) []int {
	module := slashed(m.text)
	main := module + "/__main__"
	ids := slices.Concat(t.nearby(main, own), t.nearby(module, own))
	if m.scope == all || m.scope == nearest && len(ids) == 0 {
		ids = slices.Concat(ids, t.fallback(main), t.fallback(module))
	}
	ids = slices.Concat(ids, t.elsewhere(main), t.elsewhere(module))
	if m.scope == near {
		ids = append(ids, t.named(m.text, own, near)...)
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
