package wheels

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Unmet is a requirement of a package that what is installed doesn't meet.
type Unmet struct {
	// Package and Version are those that have the requirement.
	Package, Version string
	// Needs is the requirement: "numpy>=1.26".
	Needs string
	// Has is what there is of it, "numpy 1.20"; empty where there is nothing.
	Has string
	// Fault is why the requirement can't be read; empty where it can.
	Fault string
}

func (u Unmet) String() string {
	who := u.Package + " " + u.Version
	switch {
	case u.Fault != "":
		return fmt.Sprintf("%s has a requirement %q that can't be read: %s", who, u.Needs, u.Fault)
	case u.Has == "":
		return fmt.Sprintf("%s needs %s, which is not there", who, u.Needs)
	default:
		return fmt.Sprintf("%s needs %s, and %s is there", who, u.Needs, u.Has)
	}
}

// Check says what the packages need and don't have, as `pip check` does, sorted
// by text. They see each other and what else the target has installed. More
// than pip does, it looks at the interpreter that a package needs and at
// extras: those that were asked for, by normalized name of the package, and
// those that packages ask for of each other.
//
// What the base's own packages need isn't looked at, though the set may have
// another version of it: nothing here knows it. A marker that only a running
// kernel decides asks for nothing.
func Check(target Target, packages []Metadata, extras map[string][]string) []Unmet {
	c := checker{target: target, versions: maps.Clone(target.Installed), packages: map[string]Metadata{}, asked: map[string][]string{}}
	if c.versions == nil {
		c.versions = map[string]string{}
	}
	for _, p := range packages {
		name := Normalize(p.Name)
		c.versions[name], c.packages[name] = p.Version, p
	}
	for _, p := range packages {
		c.ask(Normalize(p.Name), append([]string{""}, extras[Normalize(p.Name)]...))
	}
	for len(c.queue) > 0 {
		next := c.queue[0]
		c.queue = c.queue[1:]
		c.check(next.name, next.extra)
	}
	for _, p := range packages {
		if p.RequiresPython != "" && !target.satisfies(p.RequiresPython) {
			c.unmet = append(c.unmet, Unmet{p.Name, p.Version, "Python " + p.RequiresPython, "Python " + target.Version, ""})
		}
	}
	slices.SortFunc(c.unmet, func(a, b Unmet) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(c.unmet)
}

// checker goes over each package once for itself and once for each extra that
// anything asks for.
type checker struct {
	target   Target
	versions map[string]string   // of all that is there, by name
	packages map[string]Metadata // by name
	asked    map[string][]string // extras by name, "" for the package itself
	queue    []asking
	unmet    []Unmet
}

type asking struct{ name, extra string }

// ask queues extras of a package that weren't asked for yet.
func (c *checker) ask(name string, extras []string) {
	for _, extra := range extras {
		if _, known := c.packages[name]; known && !slices.Contains(c.asked[name], extra) {
			c.asked[name] = append(c.asked[name], extra)
			c.queue = append(c.queue, asking{name, extra})
		}
	}
}

func (c *checker) check(name, extra string) {
	p := c.packages[name]
	environment := c.target.Markers(extra)
	for _, text := range p.Requires {
		req, err := parseNeed(text)
		if err != nil {
			c.unmet = append(c.unmet, Unmet{Package: p.Name, Version: p.Version, Needs: text, Fault: err.Error()})
			continue
		}
		if holds, err := MarkerHolds(req.marker, environment); err != nil || !holds {
			continue
		}
		c.ask(req.name, req.extras)
		has, there := c.versions[req.name]
		switch {
		case !there:
			c.unmet = append(c.unmet, Unmet{Package: p.Name, Version: p.Version, Needs: req.String()})
		case !req.allows(has):
			c.unmet = append(c.unmet, Unmet{Package: p.Name, Version: p.Version, Needs: req.String(), Has: req.name + " " + has})
		}
	}
}

// parseNeed reads what a package needs. Nothing is fetched from where it says,
// so that any address will do.
func parseNeed(text string) (requirement, error) {
	p := reqParser{text: text}
	q := requirement{name: Normalize(p.name())}
	var err error
	if q.extras, err = p.extras(); err != nil {
		return q, err
	}
	if p.space(); q.name == "" || !p.take("@") {
		return parseRequirement(text)
	}
	p.space()
	q.url = p.upToSpace()
	q.marker, err = p.marker()
	return q, err
}

// allows says whether a version is one that the requirement takes. An address
// says nothing of versions, and what isn't a version meets no condition.
func (q requirement) allows(text string) bool {
	all, err := parseSpecifiers(q.specifier)
	if err != nil || len(all) == 0 {
		return err == nil
	}
	v, ok := parseVersion(text)
	return ok && all.contains(v)
}

// String is the requirement without its marker: "celery[redis]>=5".
func (q requirement) String() string {
	text := q.name
	if len(q.extras) > 0 {
		text += "[" + strings.Join(q.extras, ",") + "]"
	}
	if q.url != "" {
		return text + " @ " + shownURL(q.url)
	}
	return text + strings.Join(strings.Fields(q.specifier), "")
}
