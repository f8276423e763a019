package wheels

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// chooser chooses one package's archive as pip does.
type chooser struct {
	target Target
	ranks  map[string]int // of tags, best first
	locked Locked
	fit    []candidate
	// Why there may be no fitting one.
	asked    []string // indexes
	offered  int      // archives of the version that were seen
	unfit    []string // archives that the lock's hashes allow
	unhashed int      // archives of the version without a sha256
	other    string   // an archive that would fit, under another hash
}

// candidate is an archive with what it is ranked by.
type candidate struct {
	indexFile
	kind    Kind
	version version
	text    string // the version as the archive spells it
	rank    int    // of its best tag; an sdist comes after all wheels
	build   string
}

// consider goes over what there is for the package: the archive that the lock
// names, those that it knows, or those of the indexes.
func (c *chooser) consider(index Index, pages map[pageKey]page) {
	l := c.locked
	switch {
	case l.URL != "":
		f := LockedFile{Name: fileOf(l.URL), URL: l.URL}
		if len(l.Hashes) == 1 {
			f.SHA256 = l.Hashes[0]
		}
		c.add(indexFile{LockedFile: f})
	case len(l.Files) > 0:
		for _, f := range l.Files {
			c.add(indexFile{LockedFile: f})
		}
	default:
		for _, base := range index.basesFor(l) {
			has := pages[pageKey{base, l.Name}]
			c.asked = append(c.asked, shownURL(base)+has.why())
			for _, f := range has.files {
				c.add(f)
			}
		}
	}
}

// add takes an archive in if it is the pinned version's, under one of the lock's
// hashes, and for the interpreter.
func (c *chooser) add(f indexFile) {
	found, fits := c.read(f)
	if found.kind == "" {
		return
	}
	c.offered++
	switch allowed := slices.Contains(c.locked.Hashes, f.SHA256); {
	case f.SHA256 == "":
		c.unhashed++
	case allowed && fits:
		c.fit = append(c.fit, found)
	case allowed:
		c.unfit = append(c.unfit, f.Name)
	case fits:
		c.other = f.Name
	}
}

// read is what an archive's name says; one without a kind isn't of the pinned
// version. Fits says whether the interpreter can use it.
func (c *chooser) read(f indexFile) (found candidate, fits bool) {
	found = candidate{indexFile: f}
	if path.Base(f.Name) != f.Name {
		return found, false // a path, which could lead anywhere where it is written
	}
	if w, ok := splitWheelName(f.Name); ok && Normalize(w.name) == c.locked.Name && c.isPinned(w.version, &found) {
		found.kind, found.build = KindWheel, w.build
		found.rank = len(c.ranks)
		for _, tag := range w.tags {
			if rank, ok := c.ranks[tag]; ok {
				found.rank = min(found.rank, rank)
			}
		}
		fits = found.rank < len(c.ranks)
	} else if v, ok := sdistVersion(f.Name, c.locked.Name); ok && c.isPinned(v, &found) {
		found.kind, found.rank, fits = KindSDist, len(c.ranks), true
	} else if c.locked.URL != "" && isSDist(f.Name) { // such as /archive/main.tar.gz
		found.kind, found.rank, fits = KindSDist, len(c.ranks), true
		found.text = c.locked.Version
	}
	if c.locked.Kind != "" && found.kind != c.locked.Kind {
		fits = false
	}
	return found, fits && c.target.satisfies(f.requiresPython)
}

// isPinned says whether an archive's version is the lock's. A lock without a
// local version takes any.
func (c *chooser) isPinned(text string, found *candidate) bool {
	v, ok := parseVersion(text)
	found.version, found.text = v, text
	switch pin, valid := parseVersion(c.locked.Version); {
	case c.locked.Version == "":
		return true
	case !ok || !valid:
		return text == c.locked.Version
	case pin.local == nil:
		return v.public().compare(pin) == 0
	default:
		return v.compare(pin) == 0
	}
}

// best is the candidate that pip prefers.
func (c *chooser) best() (Archive, bool) {
	if len(c.fit) == 0 {
		return Archive{}, false
	}
	b := slices.MinFunc(c.fit, candidate.compare)
	return Archive{
		Name: c.locked.Name, Version: b.text, File: b.Name, URL: b.URL, SHA256: b.SHA256, Size: b.Size,
		Kind: b.kind, Pos: c.locked.Pos,
	}, true
}

// compare orders the better one first: not yanked, the higher local version,
// the better tag, the higher build.
func (a candidate) compare(b candidate) int {
	yanked := map[bool]int{true: 1}
	return cmp.Or(
		cmp.Compare(yanked[a.yanked], yanked[b.yanked]),
		b.version.compare(a.version),
		cmp.Compare(a.rank, b.rank),
		compareBuild(b.build, a.build),
	)
}

// compareBuild orders build tags: a number, then the rest as text.
func compareBuild(a, b string) int {
	numberA, restA := splitBuild(a)
	numberB, restB := splitBuild(b)
	return cmp.Or(cmp.Compare(min(1, len(a)), min(1, len(b))), numberA.compare(numberB), cmp.Compare(restA, restB))
}

func splitBuild(build string) (number, string) {
	rest := strings.TrimLeft(build, "0123456789")
	return toNumber(build[:len(build)-len(rest)]), rest
}

// problem says why the package has no archive, and what to do.
func (c *chooser) problem() diag.Problem {
	l := c.locked
	p := func(hint, format string, args ...any) diag.Problem {
		what := strings.TrimSpace(l.Name + " " + l.Version)
		return diag.Errorf(l.Pos, RuleLock, "%s has no archive for %s: %s", what, c.target, fmt.Sprintf(format, args...)).WithHint("%s", hint)
	}
	const again = "write the lock again with hashes of all archives, as `uv pip compile --generate-hashes` does"
	switch {
	case l.URL != "" && len(l.Hashes) > 1:
		return p("keep the archive's own", "its address has %d hashes, and one archive has one", len(l.Hashes))
	case c.offered == 0 && l.URL != "":
		return p("name a wheel or an sdist of it", "%s isn't an archive of it", shownURL(l.URL))
	case c.offered == 0 && c.asked != nil:
		return p("if another index has it, name that in gantline.yaml, `python: {index: …}`", "not offered by %s", strings.Join(c.asked, ", "))
	case len(c.unfit) > 0 && c.other != "":
		return p(again, "the lock's hashes are of %s; %s would fit", few(c.unfit), c.other)
	case len(c.unfit) > 0:
		return p("take a base with a Python that has one, or lock another version", "the lock's hashes are of %s", few(c.unfit))
	case c.other != "":
		return p(again+"; if it was written from another index, name that in gantline.yaml, `python: {index: …}`",
			"none of the %d offered is under the lock's hashes; %s would fit", c.offered, c.other)
	case c.unhashed > 0:
		return p("use an index that tells sha256 hashes", "none of the %d offered has a sha256", c.unhashed)
	default:
		return p(again, "none of the %d offered is under the lock's hashes", c.offered)
	}
}

// few are the first names of a list.
func few(names []string) string {
	const shown = 3
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}
