package wheels

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// uvLock is a uv.lock and the pyproject.toml beside it.
type uvLock struct {
	file     string
	root     *tomlNode
	project  *tomlNode
	packages []uvPackage
	byName   map[string][]int
	// names that kinds of archive are limited for, [tool.uv] no-build and such.
	formats formats
	// active are the names that markers of conflicts know as extras.
	active   map[string]bool
	problems []diag.Problem
}

// uvPackage is one [[package]] of the lock.
type uvPackage struct {
	node    *tomlNode
	name    string
	version string
}

// parseUV reads what `uv sync --no-dev --no-install-project` would install.
func parseUV(file string, src []byte, others func(string) ([]byte, bool)) ([]Locked, []diag.Problem) {
	u := &uvLock{file: file, byName: map[string][]int{}, active: map[string]bool{}}
	var problems []diag.Problem
	if u.root, problems = readTOML(file, src); problems != nil {
		return nil, problems
	}
	if v := u.root.get("version"); v.text != "1" {
		return nil, []diag.Problem{diag.Errorf(v.pos, RuleLock, "a uv.lock of version 1 is expected, this is of %q", v.text).
			WithHint("write it with a uv that this Gantline knows, or export it: `uv export -o requirements.lock --no-emit-project`")}
	}
	beside := path.Join(path.Dir(file), "pyproject.toml")
	text, ok := others(beside)
	if !ok {
		return nil, []diag.Problem{diag.Errorf(diag.Position{File: file}, RuleLock, "there is no %s beside the lock", beside).
			WithHint("commit it: it says what the lock's project is")}
	}
	if u.project, problems = readTOML(beside, text); problems != nil {
		return nil, problems
	}
	u.readPackages()
	u.readFormats()
	wanted := u.walk(u.roots())
	locked := u.locked(wanted)
	if diag.HasErrors(u.problems) {
		locked = nil
	}
	return locked, diag.Sorted(u.problems)
}

func (u *uvLock) errorf(pos diag.Position, hint, format string, args ...any) {
	u.problems = append(u.problems, diag.Errorf(pos, RuleLock, format, args...).WithHint("%s", hint))
}

func (u *uvLock) readPackages() {
	for _, node := range u.root.get("package").list {
		p := uvPackage{node, Normalize(node.get("name").str()), node.get("version").str()}
		if p.name == "" {
			u.errorf(node.pos, "", "a package of the lock has no name")
			continue
		}
		u.byName[p.name] = append(u.byName[p.name], len(u.packages))
		u.packages = append(u.packages, p)
	}
}

func (u *uvLock) readFormats() {
	settings := u.project.get("tool", "uv")
	u.formats.wheels.all = settings.get("no-build").isTrue()
	u.formats.sdists.all = settings.get("no-binary").isTrue()
	for _, name := range settings.get("no-build-package").strs() {
		u.formats.wheels.add(name, &formatSet{})
	}
	for _, name := range settings.get("no-binary-package").strs() {
		u.formats.sdists.add(name, &formatSet{})
	}
}

// folder is the directory, from the lock's, of a package of the repository.
func (p uvPackage) folder() (string, bool) {
	for _, kind := range []string{"virtual", "editable", "directory"} {
		if folder := p.node.get("source", kind); folder.set {
			return folder.str(), true
		}
	}
	return "", false
}

// edge is a dependency of the lock: a package, or an extra of it, and when.
type edge struct {
	to   node
	when string
}

// node is a package, by its index, or an extra of it.
type node struct {
	pkg   int
	extra string
}

// roots are what the project needs: its dependencies, and those of its default
// groups other than dev. A workspace without a project needs its members.
func (u *uvLock) roots() []edge {
	name := u.project.get("project", "name")
	if !name.set {
		return u.memberRoots()
	}
	index := slices.IndexFunc(u.packages, func(p uvPackage) bool {
		_, local := p.folder()
		return local && p.name == Normalize(name.str())
	})
	if index < 0 {
		u.errorf(name.pos, "run `uv lock`, and commit uv.lock", "%s doesn't have the project %q", u.file, name.str())
		return nil
	}
	u.checkFresh(u.packages[index])
	return u.projectRoots(index)
}

func (u *uvLock) projectRoots(index int) []edge {
	p := u.packages[index]
	groups := u.defaultGroups(p)
	for _, group := range groups {
		u.active[Normalize(fmt.Sprintf("group-%d-%s-%s", len(p.name), p.name, group))] = true
	}
	u.active[Normalize(fmt.Sprintf("project-%d-%s", len(p.name), p.name))] = true
	edges := u.edges(p.node.get("dependencies"))
	for _, group := range groups {
		edges = append(edges, u.edges(p.node.get("dev-dependencies", group))...)
	}
	return edges
}

// defaultGroups are the groups that `uv sync --no-dev` installs.
func (u *uvLock) defaultGroups(p uvPackage) []string {
	setting := u.project.get("tool", "uv", "default-groups")
	groups := setting.strs()
	if setting.str() == "all" {
		groups = p.node.get("dev-dependencies").keys
	}
	return slices.DeleteFunc(slices.Clone(groups), func(group string) bool { return group == "dev" })
}

func (u *uvLock) memberRoots() []edge {
	var edges []edge
	for i, p := range u.packages {
		if _, local := p.folder(); local {
			edges = append(edges, u.projectRoots(i)...)
		}
	}
	return edges
}

// checkFresh finds a dependency of the project that the lock doesn't know.
func (u *uvLock) checkFresh(p uvPackage) {
	known := map[string]bool{}
	for _, dependency := range p.node.get("metadata", "requires-dist").list {
		known[Normalize(dependency.get("name").str())] = true
	}
	dependencies := u.project.get("project", "dependencies")
	for _, dependency := range dependencies.list {
		req := reqParser{text: dependency.str()}
		name := Normalize(req.name())
		if name != "" && !known[name] && name != p.name {
			u.errorf(dependency.pos, "run `uv lock`, and commit uv.lock", "%s doesn't have the dependency %q", u.file, name)
		}
	}
}

// edgesOf are the dependencies of a package, or those that an extra adds.
func (u *uvLock) edgesOf(n node) []edge {
	p := u.packages[n.pkg].node
	if n.extra != "" {
		return u.edges(p.get("optional-dependencies", n.extra))
	}
	return u.edges(p.get("dependencies"))
}

// edges reads a list of dependencies.
func (u *uvLock) edges(list *tomlNode) []edge {
	var all []edge
	for _, dependency := range list.list {
		when, known := u.condition(dependency.get("marker"))
		if known == never {
			continue
		}
		to, ok := u.find(dependency)
		if !ok {
			continue
		}
		all = append(all, edge{node{pkg: to}, when})
		for _, extra := range dependency.get("extra").strs() {
			all = append(all, edge{node{to, Normalize(extra)}, when})
		}
	}
	return all
}

// condition is an edge's marker without what it says of extras, by which uv
// writes conflicts.
func (u *uvLock) condition(text *tomlNode) (string, truth) {
	if text.str() == "" {
		return "", always
	}
	m, err := parseMarker(text.str())
	if err != nil {
		u.problems = append(u.problems, markerProblem(text, err))
		return "", never
	}
	m, known := m.foldExtras(u.active)
	if known != undecided {
		return "", known
	}
	return m.String(), undecided
}

// markerProblem is what is wrong with the marker that a file holds as a string.
func markerProblem(text *tomlNode, err error) diag.Problem {
	offset := 0
	if bad, ok := err.(*markerError); ok { //nolint:errorlint // parseMarker wraps none
		offset = bad.offset
	}
	return diag.Errorf(text.inside(offset), RuleLock, "%s", err)
}

// find is the package that a dependency means: its name's, or of several that
// of its version and source.
func (u *uvLock) find(dependency *tomlNode) (int, bool) {
	name := Normalize(dependency.get("name").str())
	version, source := dependency.get("version"), dependency.get("source")
	var found []int
	for _, i := range u.byName[name] {
		p := u.packages[i]
		if version.set && version.str() != p.version || source.set && !sameSource(source, p.node.get("source")) {
			continue
		}
		found = append(found, i)
	}
	if len(found) == 1 {
		return found[0], true
	}
	what := "doesn't have"
	if len(found) > 1 {
		what = "has several packages for"
	}
	u.errorf(dependency.pos, "write it again with `uv lock`", "the lock %s the dependency %q", what, name)
	return 0, false
}

func sameSource(a, b *tomlNode) bool {
	if len(a.keys) != len(b.keys) {
		return false
	}
	for _, key := range a.keys {
		if a.get(key).text != b.get(key).text {
			return false
		}
	}
	return true
}

// wants is what the lock needs of a package: when, and which extras.
type wants struct {
	when   condition
	extras []string
}

// walk goes over the graph from the edges on, until no more is found of when a
// package is needed. An extra of a package is a node of its own.
func (u *uvLock) walk(roots []edge) map[int]*wants {
	conditions, edges := map[node]condition{}, map[node][]edge{}
	wanted := map[int]*wants{}
	var queue []node
	add := func(from condition, edges []edge) {
		for _, e := range edges {
			joined, grew := conditions[e.to].or(from.and(e.when))
			if !grew {
				continue
			}
			conditions[e.to] = joined
			queue = append(queue, e.to)
		}
	}
	add(condition{{}}, roots)
	for steps := 0; len(queue) > 0; steps++ {
		n := queue[0]
		queue = queue[1:]
		p := u.packages[n.pkg].node
		if len(conditions[n]) > maxWays || steps > maxSteps {
			u.errorf(p.pos, "export the lock: `uv export -o requirements.lock --no-emit-project`",
				"the ways that lead to %q have too many different markers", u.packages[n.pkg].name)
			return nil
		}
		if _, read := edges[n]; !read {
			edges[n] = u.edgesOf(n)
		}
		add(conditions[n], edges[n])
	}
	for n, when := range conditions {
		w := wanted[n.pkg]
		if w == nil {
			w = &wants{}
			wanted[n.pkg] = w
		}
		if n.extra != "" {
			w.extras = append(w.extras, n.extra)
		}
		w.when, _ = w.when.or(when)
	}
	return wanted
}

// maxWays and maxSteps bound what a hostile lock costs; real ones need a few.
const (
	maxWays  = 200
	maxSteps = 100_000
)

// locked are the wanted packages in the lock's order.
func (u *uvLock) locked(wanted map[int]*wants) []Locked {
	var all []Locked
	for i, p := range u.packages {
		w := wanted[i]
		if w == nil {
			continue
		}
		if folder, local := p.folder(); local {
			u.warnLocal(p, folder)
			continue
		}
		l := Locked{
			Name: p.name, Version: p.version, Marker: w.when.String(), Extras: slices.Sorted(slices.Values(w.extras)),
			Kind: u.formats.kind(p.name), Pos: p.node.get("name").pos,
			RequiresPython: u.root.get("requires-python").str(), Environments: u.root.get("supported-markers").strs(),
		}
		u.readSource(p, &l)
		all = append(all, l)
	}
	return all
}

// warnLocal says that a package of the repository stays where it is.
func (u *uvLock) warnLocal(p uvPackage, folder string) {
	if path.Clean(folder) == "." {
		return
	}
	folder = path.Join(path.Dir(u.file), folder)
	u.problems = append(u.problems, diag.Warnf(p.node.get("name").pos, RuleLock,
		"%s isn't installed, only what it depends on: it is part of the code, in %s", p.name, folder).
		WithHint("set PYTHONPATH in the image's `env:`, so that Python finds it below `code.to`"))
}

// readSource reads where the package's archives are.
func (u *uvLock) readSource(p uvPackage, l *Locked) {
	source := p.node.get("source")
	if git := source.get("git"); git.set {
		u.errorf(git.pos, "depend on a wheel or an sdist of it, by its address", "%s is locked to a git repository, which has no hash", p.name)
		return
	}
	if file := source.get("path"); file.set {
		u.errorf(file.pos, "serve it from a package index, or depend on its address",
			"%s is locked to a file of the repository: dependencies are installed before those are there", p.name)
		return
	}
	l.Index = source.get("registry").str()
	if l.Index != "" && !strings.Contains(l.Index, "://") {
		u.errorf(source.get("registry").pos, "serve the archives as a package index (PEP 503)",
			"%s is locked to archives in a directory, which the image's build doesn't see", p.name)
		return
	}
	archives := p.node.get("wheels").list
	if sdist := p.node.get("sdist"); sdist.set {
		archives = append(slices.Clone(archives), sdist)
	}
	for _, archive := range archives {
		u.readArchive(archive, source.get("url").str(), l)
	}
	slices.Sort(l.Hashes)
	l.Hashes = slices.Compact(l.Hashes)
	if len(archives) == 0 {
		u.errorf(l.Pos, "write the lock again with `uv lock`", "the lock has no archive of %s", p.name)
	}
}

// readArchive reads one wheel or sdist. What a package's source gives by its own
// address repeats it or not.
func (u *uvLock) readArchive(archive *tomlNode, direct string, l *Locked) {
	f := LockedFile{URL: archive.get("url").str(), Name: archive.get("filename").str(), Size: archive.get("size").size()}
	if f.URL == "" {
		f.URL = direct
	}
	if f.URL == "" || !strings.Contains(f.URL, "://") {
		u.errorf(archive.pos, "serve the archives as a package index (PEP 503)", "an archive of %s has no address", l.Name)
		return
	}
	if f.Name == "" {
		f.Name = fileOf(f.URL)
	}
	hash, ok := strings.CutPrefix(archive.get("hash").str(), "sha256:")
	if !ok || !isSHA256(hash) {
		u.errorf(archive.pos, "use an index that tells sha256 hashes", "%s of %s has no sha256", f.Name, l.Name)
		return
	}
	f.SHA256 = hash
	l.Files = append(l.Files, f)
	l.Hashes = append(l.Hashes, hash)
}
