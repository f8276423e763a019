package wheels

import (
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// needed are the packages whose marker holds, each once.
func (t Target) needed(locked []Locked) ([]Locked, []diag.Problem) {
	s := selection{target: t, environment: t.Markers(""), at: map[string]int{}, told: map[string]bool{}}
	for _, l := range locked {
		s.add(l)
	}
	return s.needed, s.problems
}

// selection is what has been found of a lock's packages so far.
type selection struct {
	target      Target
	environment Environment
	needed      []Locked
	at          map[string]int  // of needed, by name
	told        map[string]bool // what is said once for a file
	problems    []diag.Problem
}

func (s *selection) errorf(pos diag.Position, hint, format string, args ...any) {
	s.problems = append(s.problems, diag.Errorf(pos, RuleLock, format, args...).WithHint("%s", hint))
}

func (s *selection) holds(l Locked, marker string, pos diag.Position) bool {
	s.environment.Groups = l.Groups
	holds, err := MarkerHolds(marker, s.environment)
	if err != nil {
		s.errorf(pos, "", "%s: %s", l.Name, err)
	}
	return holds && err == nil
}

func (s *selection) add(l Locked) {
	if !s.holds(l, l.Marker, l.Pos) || !s.fits(l) {
		return
	}
	for _, c := range l.Constraints {
		if !s.constrain(&l, c) {
			return
		}
	}
	i, again := s.at[l.Name]
	if !again {
		s.at[l.Name] = len(s.needed)
		s.needed = append(s.needed, l)
		return
	}
	first := &s.needed[i]
	if !SameVersion(first.Version, l.Version) || first.URL != l.URL {
		s.errorf(l.Pos, "write the lock again, or set markers of which one alone holds", "%s is locked to %s here and to %s in %s, and both are needed for %s",
			l.Name, l.pin(), first.pin(), first.Pos, s.target)
		return
	}
	first.Extras = slices.Compact(slices.Sorted(slices.Values(slices.Concat(first.Extras, l.Extras))))
	s.keepHashes(first, l.Hashes, l.Pos)
}

// pin is what the lock pins the package to, as a user would write it.
func (l Locked) pin() string {
	if l.URL != "" {
		return shownURL(l.URL)
	}
	return l.Version
}

// keepHashes leaves only those that both places name.
func (s *selection) keepHashes(l *Locked, hashes []string, pos diag.Position) {
	if len(l.Hashes) == 0 {
		l.Hashes = hashes
		return
	}
	both := slices.DeleteFunc(slices.Clone(l.Hashes), func(hash string) bool { return !slices.Contains(hashes, hash) })
	if len(both) == 0 && len(hashes) > 0 {
		s.errorf(pos, "write both from one lock", "%s has other hashes here than in %s", l.Name, l.Pos)
		return
	}
	if len(hashes) > 0 {
		l.Hashes = both
	}
}

// constrain applies a line of a constraints file.
func (s *selection) constrain(l *Locked, c Constraint) bool {
	if !s.holds(*l, c.Marker, c.Pos) {
		return true
	}
	if all, err := parseSpecifiers(c.Specifier); err == nil {
		if v, ok := parseVersion(l.Version); ok && !all.contains(v) {
			s.errorf(l.Pos, "", "%s %s is locked, but %s constrains it to %s", l.Name, l.Version, c.Pos, c.Specifier)
			return false
		}
	}
	if len(c.Hashes) > 0 {
		s.keepHashes(l, c.Hashes, c.Pos)
	}
	return true
}

// fits says whether the lock is for the interpreter, and says once for a file
// why it isn't.
func (s *selection) fits(l Locked) bool {
	if l.RequiresPython != "" && !s.target.satisfies(l.RequiresPython) {
		s.once(l.Pos.File+l.RequiresPython, diag.Errorf(l.Pos, RuleLock, "the lock is for Python %s, and the image has %s", l.RequiresPython, s.target))
		return false
	}
	for _, marker := range l.Environments {
		if s.holds(l, marker, diag.Position{File: l.Pos.File}) {
			return true
		}
	}
	if len(l.Environments) > 0 {
		s.once(l.Pos.File, diag.Errorf(diag.Position{File: l.Pos.File}, RuleLock, "the lock is for %s, and the image has %s",
			strings.Join(l.Environments, " or "), s.target))
		return false
	}
	return true
}

func (s *selection) once(key string, p diag.Problem) {
	if !s.told[key] {
		s.told[key] = true
		s.problems = append(s.problems, p.WithHint("take a base with such a Python, or lock for this one"))
	}
}

// satisfies says whether the interpreter's version is one of a
// Requires-Python's. What can't be read forbids nothing, as with pip.
func (t Target) satisfies(requiresPython string) bool {
	all, err := parseSpecifiers(requiresPython)
	if err != nil {
		return true
	}
	v, ok := parseVersion(t.Version)
	return !ok || all.contains(v.base()) // pip has a pre-release count as its release
}
