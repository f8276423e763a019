package wheels

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// number is a whole number of any size in decimal digits without leading
// zeros; zero is empty. Versions hold dates and hashes as numbers.
type number string

func toNumber(digits string) number { return number(strings.TrimLeft(digits, "0")) }

func (n number) compare(other number) int {
	return cmp.Or(cmp.Compare(len(n), len(other)), cmp.Compare(n, other))
}

func (n number) String() string {
	if n == "" {
		return "0"
	}
	return string(n)
}

// version is a version by PEP 440.
type version struct {
	epoch     number
	release   []number
	pre       string // "a", "b", "rc"; empty where it is none
	preNumber number
	post, dev *number
	local     []string
}

var versionForm = regexp.MustCompile(`(?i)^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)` +
	`(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]*))?` +
	`(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?` +
	`(?:[-_.]?(dev)[-_.]?([0-9]*))?` +
	`(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`)

// preLetters are the spellings of a kind of pre-release.
var preLetters = map[string]string{
	"": "", "a": "a", "alpha": "a", "b": "b", "beta": "b", "c": "rc", "rc": "rc", "pre": "rc", "preview": "rc",
}

func parseVersion(text string) (version, bool) {
	m := versionForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return version{}, false
	}
	v := version{epoch: toNumber(m[1]), pre: preLetters[strings.ToLower(m[3])], preNumber: toNumber(m[4])}
	for digits := range strings.SplitSeq(m[2], ".") {
		v.release = append(v.release, toNumber(digits))
	}
	if m[5] != "" || m[6] != "" {
		n := toNumber(m[5] + m[7])
		v.post = &n
	}
	if m[8] != "" {
		n := toNumber(m[9])
		v.dev = &n
	}
	if m[10] != "" {
		for _, part := range separators.Split(strings.ToLower(m[10]), -1) {
			if digits(part) {
				part = toNumber(part).String()
			}
			v.local = append(v.local, part)
		}
	}
	return v, true
}

func digits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// segments are the version's normalized parts without the local one: the
// epoch, the release, then "a1", "post2", "dev3" where they are.
func (v version) segments() []string {
	parts := []string{v.epoch.String()}
	for _, n := range v.release {
		parts = append(parts, n.String())
	}
	if v.pre != "" {
		parts = append(parts, v.pre+v.preNumber.String())
	}
	if v.post != nil {
		parts = append(parts, "post"+v.post.String())
	}
	if v.dev != nil {
		parts = append(parts, "dev"+v.dev.String())
	}
	return parts
}

// String is the normalized spelling.
func (v version) String() string {
	parts := v.segments()
	text := strings.Join(parts[1:1+len(v.release)], ".")
	if v.epoch != "" {
		text = parts[0] + "!" + text
	}
	for _, suffix := range parts[1+len(v.release):] {
		if strings.HasPrefix(suffix, "post") || strings.HasPrefix(suffix, "dev") {
			text += "."
		}
		text += suffix
	}
	if v.local != nil {
		text += "+" + strings.Join(v.local, ".")
	}
	return text
}

// public is the version without its local part.
func (v version) public() version {
	v.local = nil
	return v
}

// base is epoch and release alone.
func (v version) base() version { return version{epoch: v.epoch, release: v.release} }

func (v version) prerelease() bool { return v.pre != "" || v.dev != nil }

func (v version) compare(other version) int {
	return cmp.Or(
		v.epoch.compare(other.epoch),
		slices.CompareFunc(trimmed(v.release), trimmed(other.release), number.compare),
		cmp.Compare(v.preRank(), other.preRank()),
		v.preNumber.compare(other.preNumber),
		compareOptional(v.post, other.post, -1),
		compareOptional(v.dev, other.dev, 1),
		slices.CompareFunc(v.local, other.local, compareLocal),
	)
}

// preRank orders the stages before a release: a development version of no
// stage comes first, the release itself last.
func (v version) preRank() int {
	switch {
	case v.pre == "" && v.post == nil && v.dev != nil:
		return 0
	case v.pre == "":
		return 4
	default:
		return map[string]int{"a": 1, "b": 2, "rc": 3}[v.pre]
	}
}

// compareOptional orders by number; a missing one is before all (-1) or
// after (1).
func compareOptional(a, b *number, missing int) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return missing
	case b == nil:
		return -missing
	default:
		return a.compare(*b)
	}
}

// compareLocal orders two parts of local versions: words before numbers.
func compareLocal(a, b string) int {
	switch {
	case digits(a) && digits(b):
		return toNumber(a).compare(toNumber(b))
	case digits(a):
		return 1
	case digits(b):
		return -1
	default:
		return cmp.Compare(a, b)
	}
}

func trimmed(release []number) []number {
	for len(release) > 0 && release[len(release)-1] == "" {
		release = release[:len(release)-1]
	}
	return release
}

// SameVersion says whether two spellings are one version by PEP 440: "1.0" is
// "1.0.0". Versions that aren't valid are equal when their text is.
func SameVersion(a, b string) bool {
	v, okV := parseVersion(a)
	w, okW := parseVersion(b)
	if !okV || !okW {
		return strings.TrimSpace(a) == strings.TrimSpace(b)
	}
	return v.compare(w) == 0
}
