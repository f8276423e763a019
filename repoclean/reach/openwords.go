package reach

// bareRoots reaches the modules that single words of texts name: arguments of
// scripts, lists of plugins. They come last, for whatever else leads to a file
// tells more.
func (t *tracer) bareRoots() {
	for _, s := range t.texts {
		if isTest(s.path) && !s.outside {
			continue
		}
		for _, m := range s.mentions {
			if !m.bare {
				continue
			}
			for _, id := range t.targets(m, parent(s.path), parent(s.path)) {
				if !isTest(t.paths[id]) {
					t.reach(id, -1, Step{Path: s.path, Line: m.line, How: m.how()})
				}
			}
		}
	}
	t.drain()
}

// openNames reaches the packages that single words name, where something that
// was reached imports by a name that may be any: the word may be a part of it.
// It says whether there was anything new.
func (t *tracer) openNames() bool {
	if t.open == nil {
		return false
	}
	if !t.words[-1] {
		t.words[-1] = true
		for _, s := range t.texts {
			for _, m := range s.mentions {
				if m.bare && (!isTest(s.path) || s.outside) {
					t.packageWord(-1, Step{Path: s.path, Line: m.line, How: m.how()}, m.text)
				}
			}
		}
	}
	for _, id := range t.python {
		f := t.facts[id]
		if t.marks[id].reached && f != nil && !t.words[id] {
			t.words[id] = true
			for _, s := range quotedWords(f.text) {
				if len(t.modules[s.Text]) == 0 && len(t.dirNames[s.Text]) == 0 {
					continue
				}
				t.packageWord(id, Step{Path: t.paths[id], Line: s.Line, How: "names " + s.Text}, s.Text)
			}
		}
	}
	return len(t.queue) > 0
}

// packageWord reaches the module or the whole package that a single word names.
func (t *tracer) packageWord(from int, step Step, word string) {
	step.How += ", and " + t.open.Path + " imports by a name known only at run time"
	for _, id := range t.nearby(word, noDir) {
		t.reach(id, from, step)
	}
	for _, dir := range t.packageDirs(word) {
		if t.opened(dir, false) {
			continue
		}
		for _, id := range t.pythonBelow(dir) {
			if !isTest(t.paths[id]) {
				t.reach(id, from, step)
			}
		}
	}
}
