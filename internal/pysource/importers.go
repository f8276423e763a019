package pysource

import (
	"bytes"
	"strconv"
	"strings"
)

// moduleCall reads a function that takes the name of a module, and perhaps
// the package that a name with leading dots counts from.
func (r *reader) moduleCall(f importer, c call) {
	if c.args.count == 0 && !c.args.rest {
		return // a method of a loader
	}
	name := r.value(c.args, 0, "name", "mod_name", "fullname")
	in := r.value(c.args, 1, "package")
	if _, given := r.argument(c.args, 1, "package"); !given && !c.args.rest {
		in = value{base: baseOwn, whole: true}
	}
	r.found(f, c, name, in)
}

// found reports the module that a name stands for, whose leading dots count
// from the package in.
func (r *reader) found(f importer, c call, name, in value) {
	parent, text, ok := resolve(name, in)
	switch {
	case !ok:
		r.dynamic(c.line, f.name, module{})
	case !name.whole:
		text = text[:max(0, strings.LastIndexByte(text, '.'))]
		r.dynamic(c.line, f.name, parent.child(strings.TrimRight(text, ".")))
	case parent.child(text) != module{}:
		r.imported(c.line, f.name, parent.child(text), nil)
	}
}

// resolve splits the name that a value is, or begins, into the module that it
// counts from and the text behind the dots.
func resolve(name, in value) (parent module, text string, ok bool) {
	text = strings.TrimLeft(name.text, ".")
	dots := len(name.text) - len(text)
	switch name.base {
	case baseOwn:
		return module{level: 1}, text, dots == 1 || name.text == ""
	case baseModule:
		return name.of, text, dots == 1 || name.text == ""
	case baseUnknown:
		return module{}, "", false
	}
	if dots == 0 {
		return module{}, text, true
	}
	parent, ok = relative(dots, in)
	return parent, text, ok
}

// relative is the module that leading dots stand for in a package.
func relative(dots int, in value) (module, bool) {
	if !in.whole {
		return module{}, false
	}
	inside := strings.Trim(in.text, ".")
	switch in.base {
	case baseOwn:
		if inside == "" {
			return module{level: dots}, true
		}
		return module{1, inside}.above(dots - 1)
	case baseModule:
		return in.of.child(inside).above(dots - 1)
	case baseNone:
		return module{0, inside}.above(dots - 1)
	}
	return module{}, false
}

// builtinCall reads __import__(name, globals, locals, fromlist, level).
func (r *reader) builtinCall(f importer, c call) {
	name := r.value(c.args, 0, "name")
	level, ok := r.level(c.args)
	switch {
	case !ok || level > 0 && name.base != baseNone:
		r.dynamic(c.line, f.name, module{})
		return
	case level > 0:
		name.text = strings.Repeat(".", level) + name.text
	}
	list, given := r.argument(c.args, 3, "fromlist")
	names, constant := r.constants(list)
	if !name.whole || len(names) == 0 {
		r.found(f, c, name, value{base: baseOwn, whole: true})
	} else if parent, text, ok := resolve(name, value{base: baseOwn, whole: true}); ok && parent.child(text) != (module{}) {
		r.imported(c.line, f.name, parent.child(text), names)
	}
	if given && !constant && name.whole {
		// What the list names is imported too, where it is a module.
		name.text, name.whole = name.text+".", false
		r.found(f, c, name, value{base: baseOwn, whole: true})
	}
}

// level is the argument of that name: how many packages up __import__ begins.
func (r *reader) level(a arguments) (int, bool) {
	one, given := r.argument(a, 4, "level")
	if !given {
		return 0, !a.rest
	}
	if one.to-one.from != 1 {
		return 0, false
	}
	n, err := strconv.Atoi(string(r.source(one.from)))
	return n, err == nil && n >= 0 && n <= maxDepth
}

// constants is the strings of a list or tuple, and whether that is all of it.
func (r *reader) constants(list argument) (names []string, all bool) {
	if list.to-list.from < 2 || int(r.tokens[list.from].link) != list.to-1 || r.op(list.from) == '{' {
		return nil, false
	}
	for i := list.from + 1; i < list.to-1; {
		if r.op(i) == ',' {
			i++
			continue
		}
		if !r.startsGroup(i) {
			return names, false
		}
		v, next := r.literal(i)
		text, constant := v.constant()
		if !constant {
			return names, false
		}
		if text != "" {
			names = append(names, text)
		}
		i = next
	}
	return names, true
}

// pathCall reads a function that takes the path of a file. A constant path is
// one of the strings.
func (r *reader) pathCall(f importer, c call) {
	path := r.value(c.args, 1, "location", "path", "pathname")
	if r.tokens[c.at].word == wRunPath {
		path = r.value(c.args, 0, "path_name")
	}
	text, constant := path.constant()
	switch {
	case !constant:
		r.dynamic(c.line, f.name, module{})
	case len(text) > maxText || strings.Trim(text, marks+blanks) == "":
	case strings.ContainsAny(text, blanks) || !strings.ContainsAny(text, "./"):
		r.file.Strings = append(r.file.Strings, String{Line: int(c.line), Text: text})
	}
}

// walkCall reads walk_packages(path, prefix): it finds all modules in a
// package, which are then imported.
func (r *reader) walkCall(f importer, c call) {
	if c.args.count == 0 && !c.args.rest {
		return // what is installed, at its top
	}
	prefix := r.value(c.args, 1, "prefix")
	if m, text, ok := resolve(prefix, unknown); ok && prefix.whole && prefix.text+prefix.of.name != "" {
		r.dynamic(c.line, f.name, m.child(strings.TrimRight(text, ".")))
		return
	}
	r.dynamic(c.line, f.name, r.walked(c))
}

// walked is the package whose directories a call walks.
func (r *reader) walked(c call) module {
	path, _ := r.argument(c.args, 0, "path")
	for i := path.from; i < min(path.to, path.from+50); i++ { // as long as any real one
		switch r.word(i) {
		case wFile:
			return module{level: 1}
		case wPath:
			if first := r.chain(i); first < i {
				return r.moduleName(first, i-2).of
			}
			return module{level: 1}
		}
	}
	return module{}
}

// anyCall reads a function that imports what other packages declare.
func (r *reader) anyCall(f importer, c call) { r.dynamic(c.line, f.name, module{}) }

// objectCall reads a function that takes the dotted name of a thing in a
// module. A constant one is one of the strings.
func (r *reader) objectCall(f importer, c call) {
	if r.tokens[c.at].word == wLocate && r.op(c.at-1) == '.' && !r.is(c.at-2, "pydoc") {
		return
	}
	name := r.value(c.args, 0, "name", "dotted_path", "import_name", "path")
	if _, constant := name.constant(); !constant {
		r.found(f, c, name.open(), value{base: baseOwn, whole: true})
	}
}

// attachCall reads lazy_loader's attach(__name__, modules, {module: names}):
// all strings in it may be modules of the file's own package.
func (r *reader) attachCall(f importer, c call) {
	if first, ok := r.argument(c.args, 0, "package_name"); !ok || r.word(first.from) != wName {
		return
	}
	var names []string
	all := r.tokens[c.at].word == wAttach && !c.args.rest
	for _, one := range c.args.list[1:c.args.count] {
		more, constant := r.nested(one)
		names = append(names, more...)
		all = all && constant
	}
	if len(names) > 0 {
		r.imported(c.line, f.name, module{level: 1}, names)
	}
	if !all {
		r.dynamic(c.line, f.name, module{level: 1})
	}
}

// nested is the names in lists and dicts of strings, and whether they are
// nothing else. It ends at the first that is: what is called in a call is read
// on its own.
func (r *reader) nested(one argument) (names []string, all bool) {
	for i := one.from; i < one.to; i++ {
		switch t := r.tokens[i]; {
		case t.kind == kString && isIdentifier(string(r.source(i))):
			names = append(names, string(r.source(i)))
		case t.kind == kOpen, t.kind == kClose, t.op == ',', t.op == ':':
		default:
			return names, false
		}
	}
	return names, true
}

// codeCall reads exec, eval and compile: what they run is Python of its own.
func (r *reader) codeCall(f importer, c call) {
	one, ok := r.argument(c.args, 0, "source")
	if ok && one.to-one.from == 1 && r.tokens[one.from].kind == kString && !bytes.Contains(r.source(one.from), []byte("import")) {
		return
	}
	if c.args.count > 0 || c.args.rest {
		r.dynamic(c.line, f.name, module{})
	}
}
