package reach

import (
	"path"
	"strings"
)

// search is the directories in which programs look for modules.
type search struct {
	// every is those in which every program does: the root, src, and what the
	// project's files name as such.
	every map[string]bool
	// some is those in which some do: from where a program is started by its
	// path, and what PYTHONPATH names.
	some map[string]bool
	// changers is the outermost packages with files that change the list, "" for
	// files in no package and for a PYTHONPATH that isn't known: see mayBeIn.
	changers map[string]bool
}

// newSearch finds those that can be told before anything is traced.
func newSearch(x *index, all map[int]*facts, statements []statement, texts map[string][]byte) search {
	s := search{every: map[string]bool{"": true}, some: map[string]bool{}, changers: map[string]bool{}}
	if x.dirs["src"] {
		s.every["src"] = true
	}
	for _, file := range []string{"pyproject.toml", "setup.cfg", "setup.py"} {
		s.addProject(x, string(texts[file]))
	}
	for p := range x.ids {
		switch path.Base(p) {
		case "pyproject.toml", "setup.cfg", "setup.py":
			s.addInstalled(x, parent(p))
		}
	}
	for _, statement := range statements {
		s.addStatement(x, statement)
	}
	for id, p := range x.paths {
		if f := all[id]; f != nil && (f.Main || f.shebang) && !isTest(p) && !x.has(parent(p), "__init__.py") {
			s.some[parent(p)] = true
		}
	}
	return s
}

// addProject adds the directories that a project's file names, unless they are
// packages, and what these are in: where = ["lib"], packages = ["lib/agent"].
func (s *search) addProject(x *index, text string) {
	for _, w := range splitWords(text) {
		dir := path.Clean(w.text)
		for ; dir != "." && dir != "" && x.dirs[dir]; dir = parent(dir) {
			if !x.has(dir, "__init__.py") {
				s.every[dir] = true
			}
		}
	}
}

// addInstalled adds where the modules of a project stand that pip may install.
func (s *search) addInstalled(x *index, dir string) {
	if dir == "" {
		return
	}
	s.some[dir] = true
	for _, below := range []string{"src", "lib", "python"} {
		if x.dirs[path.Join(dir, below)] {
			s.some[path.Join(dir, below)] = true
		}
	}
}

// addModule adds the directories from which a module is run by its name.
func (s *search) addModule(x *index, module string) {
	for _, wanted := range []string{module, module + "/__main__"} {
		for _, p := range x.modules[lastTwo(wanted)] {
			if dir, ok := strings.CutSuffix(p.module, wanted); ok && strings.HasSuffix(dir, "/") {
				s.some[strings.TrimSuffix(dir, "/")] = true
			}
		}
	}
}

// addStatement adds what a text says of PYTHONPATH, and the directories of the
// programs that it starts.
func (s *search) addStatement(x *index, statement statement) {
	if len(statement.searchPath) > 0 {
		s.changers[""] = true
	}
	for _, dir := range statement.searchDirs {
		s.some[dir] = true
	}
	for _, m := range statement.mentions {
		if m.kind == aProgram && m.runs && m.scope != near {
			s.addModule(x, slashed(m.text))
		}
		if m.kind == aPath && m.runs {
			for _, id := range x.path(m.text, parent(statement.path), m.scope) {
				s.some[parent(x.paths[id])] = true
			}
		}
	}
}

// anyChanges says whether any directory but those of every may be looked in.
func (s *search) anyChanges() bool { return len(s.changers) > 0 || len(s.some) > 0 }
