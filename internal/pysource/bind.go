package pysource

import "strings"

// module is a dotted name with the dots in front of it.
type module struct {
	level int
	name  string
}

// child is the module of a name below m.
func (m module) child(name string) module {
	switch {
	case name == "":
		return m
	case m.name == "":
		return module{m.level, name}
	}
	return module{m.level, m.name + "." + name}
}

// above is the package so many levels above m.
func (m module) above(levels int) (module, bool) {
	for range levels {
		at := strings.LastIndexByte(m.name, '.')
		if at < 0 {
			return module{}, false
		}
		m.name = m.name[:at]
	}
	return m, true
}

// bindings is what the names that imports bind stand for, so far as they are
// modules.
func bindings(r *reader) map[string]module {
	bound := map[string]module{}
	for _, imported := range r.file.Imports {
		if imported.Call != "" {
			continue
		}
		from := module{imported.Level, imported.Module}
		if len(imported.Names) == 0 {
			top, _, _ := strings.Cut(imported.Module, ".")
			bound[top] = module{0, top}
		}
		for _, name := range imported.Names {
			bound[name] = from.child(name)
		}
	}
	for _, as := range r.renamed {
		imported := r.file.Imports[as.imported]
		m := module{imported.Level, imported.Module}
		if as.name >= 0 {
			m = m.child(imported.Names[as.name])
		}
		bound[as.to] = m
	}
	return bound
}

// moduleName is the value of M.__name__, M the dotted name from first to last.
func (r *reader) moduleName(first, last int) value {
	m, ok := r.bound[string(r.source(first))]
	if !ok {
		return unknown
	}
	if first < last {
		m = m.child(r.joined(first+2, last))
	}
	return value{base: baseModule, of: m, whole: true}
}
