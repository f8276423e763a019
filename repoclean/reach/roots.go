package reach

import (
	"path"
	"strings"
)

// textRoots reaches what the texts of a class name, and says whether that is
// any Python.
func (t *tracer) textRoots(class Class) bool {
	named := false
	for _, s := range t.texts {
		if (isTest(s.path) && !s.outside) != (class == Test) {
			continue
		}
		at := func(line int, how string) Step { return Step{Path: s.path, Line: line, How: how} }
		for _, m := range s.mentions {
			if m.kind == allTests && !s.outside || m.bare {
				continue
			}
			for _, id := range t.targets(m, parent(s.path), parent(s.path)) {
				if class == Run && !s.outside && isTest(t.paths[id]) && t.facts[id] != nil {
					continue // who runs tests in general is not known to run them in the image
				}
				named = named || t.facts[id] != nil || pythonFile(t.paths[id])
				t.reach(id, -1, at(m.line, m.how()))
			}
		}
		for _, imp := range s.imports {
			t.imported("", imp, parent(s.path), func(id int, module string) {
				named = true
				t.reach(id, -1, at(imp.Line, "imports "+module))
			})
		}
	}
	return named
}

// ownRoots reaches the files that are roots by themselves.
func (t *tracer) ownRoots(class Class) {
	for id, p := range t.paths {
		f := t.facts[id]
		if f == nil || t.marks[id].reached {
			continue
		}
		if step, c := t.ownRoot(p, f); c == class {
			step.Path = p
			t.reach(id, -1, step)
		}
	}
}

// ownRoot says of what class a file is that nothing names, and why.
func (t *tracer) ownRoot(p string, f *facts) (Step, Class) {
	base := path.Base(p)
	switch {
	case base == "setup.py" && !isTest(p):
		return Step{How: "is run by pip"}, Run
	case (base == "sitecustomize.py" || base == "usercustomize.py") && (t.every[parent(p)] || t.some[parent(p)]):
		return Step{How: "is run whenever Python starts"}, Run
	case servesModel(t.index, p):
		return Step{How: "is loaded by a model server: config.pbtxt is beside its version"}, Run
	case isTest(p):
		return Step{How: "is a test, or helps one"}, Test
	case f.Main:
		return Step{How: `may be started by hand: it asks for __name__ == "__main__"`}, Script
	case f.shebang:
		return Step{Line: 1, How: "may be started by hand: its first line names Python"}, Script
	case kindOf(p) == notebook:
		return Step{How: "may be opened by hand: it is a notebook"}, Script
	case kindOf(p) != python:
		return Step{Line: 1, How: "may be started by hand: its first line names Python"}, Script
	case base == "__main__.py":
		return Step{How: "may be started by hand: python -m " + strings.ReplaceAll(parent(p), "/", ".")}, Script
	}
	return plainRoot(base, f)
}

// plainRoot is ownRoot for a file that is nothing special by itself.
func plainRoot(base string, f *facts) (Step, Class) {
	for _, imp := range f.Imports {
		if top, _, _ := strings.Cut(imp.Module, "."); imp.Level == 0 && loadsByPath(top) {
			return Step{Line: imp.Line, How: "imports " + top + ", which loads files by path"}, Script
		}
	}
	if byConvention(base) {
		return Step{How: "has a name by which a tool loads it"}, Script
	}
	if f.unread != "" {
		return Step{Line: f.unreadLine, How: f.unread}, Kept
	}
	if strings.ContainsFunc(base, func(r rune) bool { return r < 0x80 && separates(byte(r)) }) {
		return Step{How: "has a name that can't be told from several words"}, Kept
	}
	return Step{}, Unreached
}

// byConvention says whether a tool looks for a file of this name.
func byConvention(base string) bool {
	switch base {
	case "gunicorn.conf.py", "locustfile.py", "fabfile.py", "noxfile.py", "tasks.py", "dodo.py", "hubconf.py", "SConstruct.py", "wsgi.py", "asgi.py",
		"main.py", "app.py", "api.py", "celeryconfig.py", "hatch_build.py", "pdm_build.py", "lambda_function.py", "function_app.py",
		"inference.py", "handler.py", "jupyter_server_config.py", "jupyter_notebook_config.py", "superset_config.py",
		"webserver_config.py", "airflow_local_settings.py":
		return true
	}
	return false
}

// loadsByPath says whether a framework starts the files that import it, by
// their path or from a directory of them.
func loadsByPath(module string) bool {
	switch module {
	case "airflow", "streamlit", "locust", "invoke", "nox", "marimo", "alembic", "prefect", "dagster", "metaflow", "modal", "kfp":
		return true
	}
	return false
}

// servesModel says whether a file is the model of a Triton server:
// name/config.pbtxt, name/1/model.py.
func servesModel(x *index, p string) bool {
	version := parent(p)
	return path.Base(p) == "model.py" && version != "" && strings.Trim(path.Base(version), "0123456789") == "" &&
		x.has(parent(version), "config.pbtxt")
}

// isTest says whether a file is a test or helps tests, by its path.
func isTest(p string) bool {
	base := path.Base(p)
	if base == "conftest.py" || strings.HasPrefix(base, "test_") && strings.HasSuffix(base, ".py") || strings.HasSuffix(base, "_test.py") {
		return true
	}
	for dir := range strings.SplitSeq(parent(p), "/") {
		if dir == "tests" || dir == "test" {
			return true
		}
	}
	return false
}
