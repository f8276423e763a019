package wheels

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// Hashed says whether a requirements file names archives by hash: whether it is
// a lock.
func Hashed(src []byte) bool {
	return slices.ContainsFunc(reqLines("", src), func(l reqLine) bool {
		_, options := l.options()
		return slices.ContainsFunc(options, func(o option) bool { return o.name == "--hash" })
	})
}

// Includes are the files that the -r and -c lines of a requirements file name,
// as paths from the repository's root. URLs are left out: Parse refuses them.
func Includes(file string, src []byte) []string {
	var paths []string
	for _, line := range reqLines(file, src) {
		_, options := line.options()
		for _, o := range options {
			if includeFlags[o.name] && !strings.Contains(o.value, "://") {
				paths = append(paths, path.Join(path.Dir(file), o.value))
			}
		}
	}
	return paths
}

var includeFlags = map[string]bool{"-r": true, "--requirement": true, "-c": true, "--constraint": true}

// requirements is what is read of a requirements file and of those that it
// includes. Options hold for all of them, wherever they stand.
type requirements struct {
	others      func(string) ([]byte, bool)
	open        []string // files, each included by the one before
	constraint  bool     // the open file is one of constraints
	locked      []Locked
	constraints map[string][]Constraint
	index       string
	extra       []string
	formats     formats
	problems    []diag.Problem
}

func parseRequirements(file string, src []byte, others func(string) ([]byte, bool)) ([]Locked, []diag.Problem) {
	r := &requirements{others: others, constraints: map[string][]Constraint{}}
	r.read(file, src)
	for i := range r.locked {
		l := &r.locked[i]
		l.Index, l.ExtraIndexes = r.index, r.extra
		if l.URL == "" {
			l.Kind = r.formats.kind(l.Name)
		}
		l.Constraints = r.constraints[l.Name]
		if len(l.Hashes) == 0 && !slices.ContainsFunc(l.Constraints, func(c Constraint) bool { return len(c.Hashes) > 0 }) {
			r.problems = append(r.problems, diag.Errorf(l.Pos, RuleUnhashed, "%s has no --hash", l.Name).
				WithHint("write the file with `uv pip compile --generate-hashes` or `pip-compile --generate-hashes`"))
		}
	}
	return r.locked, diag.Sorted(r.problems)
}

func (r *requirements) errorf(pos diag.Position, hint, format string, args ...any) {
	r.problems = append(r.problems, diag.Errorf(pos, RuleLock, format, args...).WithHint("%s", hint))
}

func (r *requirements) read(file string, src []byte) {
	r.open = append(r.open, file)
	defer func() { r.open = r.open[:len(r.open)-1] }()
	for _, line := range reqLines(file, src) {
		if at := strings.Index(line.text, "${"); at >= 0 {
			r.errorf(line.at(at), "write the value, or name the index in gantline.yaml, `python: {index: …}`",
				"the line takes a value from the environment, which isn't part of the commit")
			continue
		}
		before, options := line.options()
		if strings.TrimSpace(before) == "" {
			for _, o := range options {
				r.option(line, o)
			}
			continue
		}
		r.requirement(line, before, options)
	}
}

// ignored are flags without effect on what a lock installs.
var ignored = map[string]bool{"--require-hashes": true, "--pre": true, "--prefer-binary": true, "--use-feature": true}

// known are the flags with a value that stand on a line of their own.
var known = map[string]bool{
	"-i": true, "--index-url": true, "--pypi-url": true, "--extra-index-url": true, "-e": true, "--editable": true,
	"-r": true, "--requirement": true, "-c": true, "--constraint": true,
	"--no-binary": true, "--only-binary": true, "--trusted-host": true,
}

// option reads a flag that stands on a line of its own.
func (r *requirements) option(line reqLine, o option) {
	pos := line.at(o.at)
	switch {
	case ignored[o.name]:
	case o.name == "-f", o.name == "--find-links", o.name == "--no-index":
		r.errorf(pos, "serve the archives as a package index (PEP 503) and name it with --extra-index-url",
			"%s isn't supported: a list of links says nothing about what it will hold tomorrow", o.name)
	case !known[o.name]:
		r.errorf(pos, "", "requirements have no option %s", o.name)
	case !o.valued:
		r.errorf(pos, "", "%s has no value", o.name)
	case o.name == "-i", o.name == "--index-url", o.name == "--pypi-url":
		if r.isIndex(line, o) {
			r.index = o.value
		}
	case o.name == "--extra-index-url":
		if r.isIndex(line, o) && !slices.Contains(r.extra, o.value) {
			r.extra = append(r.extra, o.value)
		}
	case includeFlags[o.name]:
		r.include(line, o)
	case o.name == "--no-binary":
		r.formats.sdists.add(o.value, &r.formats.wheels)
	case o.name == "--only-binary":
		r.formats.wheels.add(o.value, &r.formats.sdists)
	case o.name == "-e", o.name == "--editable":
		r.local(pos, o.value)
	case o.name == "--trusted-host":
		r.errorf(pos, "leave it out, and have this machine trust the index's certificate", "--trusted-host would skip the check of a certificate")
	}
}

func (r *requirements) isIndex(line reqLine, o option) bool {
	u, err := url.Parse(o.value)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		r.errorf(line.at(o.valueAt), "", "%s needs the address of a package index, https://…", o.name)
		return false
	}
	return true
}

// include reads another file in place.
func (r *requirements) include(line reqLine, o option) {
	pos := line.at(o.valueAt)
	if strings.Contains(o.value, "://") {
		r.errorf(pos, "commit the file, and name it by its path", "a lock can't include what isn't part of the commit")
		return
	}
	file := path.Join(path.Dir(r.open[len(r.open)-1]), o.value)
	if slices.Contains(r.open, file) {
		r.errorf(pos, "", "%s includes itself", file)
		return
	}
	src, ok := r.others(file)
	if !ok {
		r.errorf(pos, "", "the commit has no file %s", file)
		return
	}
	was := r.constraint
	r.constraint = was || o.name == "-c" || o.name == "--constraint"
	r.read(file, src)
	r.constraint = was
}

func (r *requirements) local(pos diag.Position, what string) {
	r.errorf(pos, "leave it out: the code is importable as it is",
		"%q installs from the repository, but dependencies are installed before the code is there", what)
}

// requirement reads a line that names a package.
func (r *requirements) requirement(line reqLine, before string, options []option) {
	start := len(before) - len(strings.TrimLeft(before, " \t"))
	req, err := parseRequirement(before[start:])
	if err != nil {
		r.reject(line, start, before[start:], err)
		return
	}
	pos := line.at(start)
	hashes, ok := r.hashes(line, options)
	if !ok {
		return
	}
	if req.fragment != "" {
		hashes = append(hashes, req.fragment)
	}
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	if r.constraint {
		r.constraints[req.name] = append(r.constraints[req.name], Constraint{
			Specifier: req.specifier, Marker: req.marker, Hashes: hashes, Pos: pos,
		})
		return
	}
	l := Locked{Name: req.name, Extras: req.extras, Marker: req.marker, URL: req.url, Hashes: hashes, Pos: pos}
	var pinned bool
	l.Version, pinned = req.pinned()
	if !pinned {
		r.errorf(line.at(start+req.specifierAt), "write the lock with `uv pip compile --generate-hashes`, which pins each package",
			"a lock pins %s to one version, %[1]s==VERSION", req.name)
		return
	}
	r.locked = append(r.locked, l)
}

// reject says why a line is no requirement.
func (r *requirements) reject(line reqLine, start int, text string, err error) {
	text = strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(text, "."), strings.HasPrefix(text, "/"), strings.HasPrefix(text, "file:"):
		r.local(line.at(start), text)
	default:
		offset := 0
		if bad, ok := err.(*markerError); ok { //nolint:errorlint // parseRequirement wraps none
			offset = bad.offset
		}
		r.errorf(line.at(start+offset), "", "%s", err)
	}
}

// hashes are the sha256 of a requirement's --hash flags. Others are left out:
// a package with those alone is a problem, and none of it is ok.
func (r *requirements) hashes(line reqLine, options []option) (all []string, ok bool) {
	others := 0
	for _, o := range options {
		algorithm, hash, _ := strings.Cut(o.value, ":")
		switch {
		case o.name != "--hash":
			r.errorf(line.at(o.at), "", "%s has no effect on an archive that is installed as it is", o.name)
		case algorithm == "sha384" || algorithm == "sha512":
			others++
		case algorithm != "sha256" || !isSHA256(strings.ToLower(hash)):
			r.errorf(line.at(o.valueAt), "", "%q is no hash: sha256: and 64 hexadecimal digits are expected", o.value)
			others++
		default:
			all = append(all, strings.ToLower(hash))
		}
	}
	if len(all) == 0 && others > 0 {
		r.errorf(line.at(0), "write the lock with sha256 hashes, as `uv pip compile --generate-hashes` does", "the line has no sha256")
	}
	return all, len(all) > 0 || others == 0
}

func isSHA256(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}

// formats say which kinds of archive may be installed, as --no-binary and
// --only-binary do.
type formats struct{ wheels, sdists formatSet }

type formatSet struct {
	all   bool
	names map[string]bool
}

// add is a flag's value: names, or :all: or :none:. A later flag takes from the
// other what it names.
func (s *formatSet) add(value string, other *formatSet) {
	if s.names == nil {
		s.names = map[string]bool{}
	}
	for name := range strings.SplitSeq(value, ",") {
		switch name = strings.TrimSpace(name); name {
		case ":all:":
			*s, *other = formatSet{all: true, names: map[string]bool{}}, formatSet{}
		case ":none:":
			*s = formatSet{names: map[string]bool{}}
		default:
			s.names[Normalize(name)] = true
			delete(other.names, Normalize(name))
		}
	}
}

func (f formats) kind(name string) Kind {
	switch {
	case f.wheels.names[name]:
		return KindWheel
	case f.sdists.names[name]:
		return KindSDist
	case f.wheels.all:
		return KindWheel
	case f.sdists.all:
		return KindSDist
	default:
		return ""
	}
}

// requirement is one by PEP 508.
type requirement struct {
	name        string
	extras      []string
	specifier   string
	specifierAt int // in the text it was read from
	url         string
	fragment    string // the URL's sha256
	marker      string
}

// pinned is the one version that the requirement allows. An archive's own says
// it for a URL.
func (q requirement) pinned() (string, bool) {
	if q.url != "" {
		name, isWheel := splitWheelName(fileOf(q.url))
		if !isWheel {
			return "", true
		}
		return name.version, true
	}
	all, err := parseSpecifiers(q.specifier)
	if err != nil || len(all) != 1 || all[0].wildcard || all[0].op != "==" && all[0].op != "===" {
		return "", false
	}
	return all[0].text, true
}

// fileOf is the name of the file at an address.
func fileOf(address string) string {
	if u, err := url.Parse(address); err == nil {
		return path.Base(u.Path)
	}
	return path.Base(address)
}

// parseRequirement reads "name[extras]==1.0 ; marker", "name @ URL ; marker" or
// the address of a wheel. Its error is a *markerError.
func parseRequirement(text string) (requirement, error) {
	if scheme, _, ok := strings.Cut(text, "://"); ok && !strings.ContainsAny(scheme, " @[;=<>~!'\"") {
		return parseAddress(text)
	}
	p := reqParser{text: text}
	q := requirement{name: Normalize(p.name())}
	if q.name == "" {
		return q, p.errorf("a line needs a package's name")
	}
	var err error
	if q.extras, err = p.extras(); err != nil {
		return q, err
	}
	p.space()
	q.specifierAt = p.at
	if p.take("@") {
		p.space()
		start := p.at
		err = q.address(start, p.upToSpace())
	} else {
		q.specifier, err = p.specifiers()
	}
	if err == nil {
		q.marker, err = p.marker()
	}
	return q, err
}

// parseAddress reads a requirement that is an address alone: that of a wheel,
// whose name says the package's.
func parseAddress(text string) (requirement, error) {
	p := reqParser{text: text}
	var q requirement
	if err := q.address(0, p.upToSpace()); err != nil {
		return q, err
	}
	name, ok := splitWheelName(fileOf(q.url))
	if !ok {
		return q, &markerError{0, "the address doesn't say which package it is: write NAME @ ADDRESS"}
	}
	q.name = Normalize(name.name)
	var err error
	q.marker, err = p.marker()
	return q, err
}

// address sets the URL and what its fragment says.
func (q *requirement) address(at int, text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return &markerError{at, fmt.Sprintf("%q is no address", text)}
	}
	if why := unfetchable(text); why != "" {
		return &markerError{at, why}
	}
	for part := range strings.SplitSeq(u.Fragment, "&") {
		if hash, ok := strings.CutPrefix(part, "sha256="); ok && isSHA256(strings.ToLower(hash)) {
			q.fragment = strings.ToLower(hash)
		}
	}
	u.Fragment = ""
	q.url = u.String()
	return nil
}
