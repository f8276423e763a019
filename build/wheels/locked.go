package wheels

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"gantline.dev/gantline/internal/diag"
)

// Locked is a package that a lock pins.
type Locked struct {
	// Name is the normalized name of the package.
	Name string
	// Version is the pinned one, as the lock spells it; empty where URL alone
	// says it.
	Version string
	// Marker says for which interpreters the package is needed; empty is all.
	Marker string
	// Extras of the package that were asked for, normalized and sorted.
	Extras []string
	// Hashes are the sha256, in hex, of the archives that may be installed.
	Hashes []string
	// URL is the archive's address where the lock names one alone; empty where an
	// index is asked or Files are known.
	URL string
	// Index is the index that the lock names for the package, in place of the
	// default ones; empty for those.
	Index string
	// ExtraIndexes are asked as well.
	ExtraIndexes []string
	// Files are the archives with their addresses, where the lock has them: no
	// index is asked then.
	Files []LockedFile
	// Kind is the one kind of archive that may be chosen; empty is any.
	Kind Kind
	// RequiresPython is the specifier that the interpreter's version must satisfy;
	// empty is any.
	RequiresPython string
	// Environments are markers of which one must hold for the interpreter, or
	// the lock isn't for it; none is any.
	Environments []string
	// Groups are the dependency groups that markers ask for (PEP 751).
	Groups []string
	// Constraints are what other lines say of the package's version.
	Constraints []Constraint
	// Pos is the place that pins it.
	Pos diag.Position
}

// LockedFile is an archive that a lock knows.
type LockedFile struct {
	Name   string // as in "idna-3.10-py3-none-any.whl"
	URL    string
	SHA256 string
	Size   int64 // bytes; 0 is unknown
}

// Constraint is a line of a constraints file.
type Constraint struct {
	Specifier string
	Marker    string
	Hashes    []string // sha256 in hex
	Pos       diag.Position
}

// RuleUnhashed is the rule of the problem that a requirement names no hash: the
// file isn't a lock, and pip may install it.
const RuleUnhashed = "unhashed"

// RuleLock is the rule of everything else that is wrong with a lock.
const RuleLock = "lock"

// Parse reads a lock file: uv.lock with the pyproject.toml beside it,
// pylock.toml or pylock.NAME.toml (PEP 751), or else a requirements file. The
// name is a path from the repository's root with slashes; others gives the
// content of other files by such paths.
func Parse(file string, src []byte, others func(path string) ([]byte, bool)) ([]Locked, []diag.Problem) {
	if !utf8.Valid(src) || bytes.IndexByte(src, 0) >= 0 {
		return nil, []diag.Problem{diag.Errorf(diag.Position{File: file}, RuleLock, "the lock is no text in UTF-8").
			WithHint("write it again; PowerShell's > writes UTF-16, and the -o of pip-compile and uv doesn't")}
	}
	var locked []Locked
	var problems []diag.Problem
	switch base := path.Base(file); {
	case base == "uv.lock":
		locked, problems = parseUV(file, src, others)
	case base == "pylock.toml" || strings.HasPrefix(base, "pylock.") && strings.HasSuffix(base, ".toml"):
		locked, problems = parsePylock(file, src)
	default:
		locked, problems = parseRequirements(file, src, others)
	}
	for _, l := range locked {
		if problem, ok := l.addressProblem(); ok {
			problems = append(problems, problem)
		}
	}
	return locked, diag.Sorted(problems)
}

// addressProblem is what is wrong with the addresses that the lock names for
// the package: the first thing.
func (l Locked) addressProblem() (diag.Problem, bool) {
	for _, address := range l.addresses() {
		if why := unfetchable(address); why != "" && address != "" {
			return diag.Errorf(l.Pos, RuleLock, "the address that the lock names for %s can't be used: %s", l.Name, why).
				WithHint("serve it from a package index, or lock the https address of a wheel or an sdist"), true
		}
		if hasLogin(address) {
			return diag.Errorf(l.Pos, RuleLock, "an address that the lock names for %s holds a user or password", l.Name).
				WithHint("take it out of the address: it stands in git"), true
		}
	}
	return diag.Problem{}, false
}

// addresses are all that the lock names for the package.
func (l Locked) addresses() []string {
	all := append([]string{l.URL, l.Index}, l.ExtraIndexes...)
	for _, f := range l.Files {
		all = append(all, f.URL)
	}
	return all
}

// unfetchable is why nothing can be fetched from an address; empty where it can.
func unfetchable(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "it can't be read"
	case strings.Contains(u.Scheme, "+"):
		return "a repository has no hash: lock a wheel or an sdist of it, by its address"
	case u.Scheme == "file" || u.Scheme == "":
		return "it installs from a local file: dependencies are installed before the repository's files are there"
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Sprintf("an archive is fetched by https, not by %q", u.Scheme)
	case u.Host == "":
		return "it names no host"
	}
	return ""
}

func hasLogin(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.User != nil
}

var separators = regexp.MustCompile(`[-_.]+`)

// Normalize is the name of a package as PEP 503 has it, by which names are
// compared: lower case, with one - for each run of -, _ and dots.
func Normalize(name string) string {
	return strings.ToLower(separators.ReplaceAllString(name, "-"))
}
