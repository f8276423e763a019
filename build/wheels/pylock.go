package wheels

import (
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// pylock is a pylock.toml (PEP 751).
type pylock struct {
	root     *tomlNode
	problems []diag.Problem
}

// parsePylock reads what an installer installs that is asked for no extras and
// for the default groups.
func parsePylock(file string, src []byte) ([]Locked, []diag.Problem) {
	p := &pylock{}
	var problems []diag.Problem
	if p.root, problems = readTOML(file, src); problems != nil {
		return nil, problems
	}
	if v := p.root.get("lock-version"); !strings.HasPrefix(v.str()+".", "1.") {
		return nil, []diag.Problem{diag.Errorf(v.pos, RuleLock, "a pylock.toml of version 1 is expected, this is of %q", v.str())}
	}
	var all []Locked
	for _, node := range p.root.get("packages").list {
		if l, ok := p.locked(node); ok {
			all = append(all, l)
		}
	}
	return all, diag.Sorted(p.problems)
}

func (p *pylock) errorf(pos diag.Position, hint, format string, args ...any) {
	p.problems = append(p.problems, diag.Errorf(pos, RuleLock, format, args...).WithHint("%s", hint))
}

func (p *pylock) locked(node *tomlNode) (Locked, bool) {
	name := node.get("name")
	l := Locked{
		Name: Normalize(name.str()), Version: node.get("version").str(), Marker: node.get("marker").str(),
		Index: node.get("index").str(), Groups: p.root.get("default-groups").strs(),
		RequiresPython: join(p.root.get("requires-python").str(), node.get("requires-python").str()),
		Environments:   p.root.get("environments").strs(), Pos: name.pos,
	}
	if l.Name == "" {
		p.errorf(node.pos, "", "a package of the lock has no name")
		return l, false
	}
	if l.Marker != "" {
		if _, err := parseMarker(l.Marker); err != nil {
			p.problems = append(p.problems, markerProblem(node.get("marker"), err))
			return l, false
		}
	}
	for _, kind := range []string{"vcs", "directory"} {
		if source := node.get(kind); source.set {
			p.errorf(source.pos, "lock a wheel or an sdist of it, or leave it out: the repository's own code is importable as it is",
				"%s is locked to a %s, which has no hash", l.Name, map[string]string{"vcs": "repository", "directory": "directory"}[kind])
			return l, false
		}
	}
	archives := slices.Clone(node.get("wheels").list)
	for _, kind := range []string{"sdist", "archive"} {
		if archive := node.get(kind); archive.set {
			archives = append(archives, archive)
		}
	}
	ok := true
	for _, archive := range archives {
		ok = p.archive(archive, &l) && ok
	}
	if len(archives) == 0 {
		p.errorf(l.Pos, "write the lock again", "the lock has no archive of %s", l.Name)
	}
	slices.Sort(l.Hashes)
	l.Hashes = slices.Compact(l.Hashes)
	return l, ok && len(archives) > 0
}

func (p *pylock) archive(archive *tomlNode, l *Locked) bool {
	f := LockedFile{
		URL: archive.get("url").str(), Name: archive.get("name").str(), Size: archive.get("size").size(),
		SHA256: strings.ToLower(archive.get("hashes", "sha256").str()),
	}
	if f.Name == "" {
		f.Name = fileOf(f.URL)
	}
	switch {
	case !strings.Contains(f.URL, "://"):
		p.errorf(archive.pos, "serve it from a package index, or lock its address",
			"an archive of %s has no address: dependencies are installed before the repository's files are there", l.Name)
		return false
	case !isSHA256(f.SHA256):
		p.errorf(archive.pos, "use a locker that writes sha256 hashes", "%s of %s has no sha256", f.Name, l.Name)
		return false
	}
	l.Files = append(l.Files, f)
	l.Hashes = append(l.Hashes, f.SHA256)
	return true
}

// join is both conditions on a version.
func join(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	default:
		return a + "," + b
	}
}
