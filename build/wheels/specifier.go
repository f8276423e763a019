package wheels

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// specifier is one condition on a version, "~=1.4".
type specifier struct {
	op       string
	text     string  // what follows the operator
	version  version // of the text, its wildcard left out; unset for ===
	wildcard bool
}

// specifiers must all hold; none is any version.
type specifiers []specifier

var specifierForm = regexp.MustCompile(`^\s*(===|==|~=|!=|<=|>=|<|>)\s*(\S+)\s*$`)

func parseSpecifiers(text string) (specifiers, error) {
	var all specifiers
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			continue // packaging takes "" and ">1,"
		}
		s, err := parseSpecifier(part)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func parseSpecifier(text string) (specifier, error) {
	bad := fmt.Errorf("%q is no version specifier", strings.TrimSpace(text))
	m := specifierForm.FindStringSubmatch(text)
	if m == nil {
		return specifier{}, bad
	}
	s := specifier{op: m[1], text: m[2]}
	if s.op == "===" {
		return s, nil
	}
	digits := m[2]
	if s.op == "==" || s.op == "!=" {
		digits, s.wildcard = strings.CutSuffix(digits, ".*")
	}
	var ok bool
	s.version, ok = parseVersion(digits)
	switch {
	case !ok,
		s.wildcard && (s.version.dev != nil || s.version.local != nil),
		s.version.local != nil && s.op != "==" && s.op != "!=",
		s.op == "~=" && len(s.version.release) < 2:
		return specifier{}, bad
	}
	return s, nil
}

// contains says whether a version satisfies all. Pre-releases are versions as
// others are: what a lock pins is what was chosen.
func (all specifiers) contains(v version) bool {
	return !slices.ContainsFunc(all, func(s specifier) bool { return !s.contains(v) })
}

func (s specifier) contains(v version) bool {
	switch s.op {
	case "===":
		return strings.EqualFold(v.String(), s.text)
	case "==":
		return s.equal(v)
	case "!=":
		return !s.equal(v)
	case "~=":
		return v.public().compare(s.version) >= 0 && hasPrefix(v, s.version.compatiblePrefix())
	case "<=":
		return v.public().compare(s.version) <= 0
	case ">=":
		return v.public().compare(s.version) >= 0
	case "<":
		return s.less(v)
	default:
		return s.greater(v)
	}
}

func (s specifier) equal(v version) bool {
	switch {
	case s.wildcard:
		return hasPrefix(v, s.version.segments())
	case s.version.local == nil:
		return v.public().compare(s.version) == 0
	default:
		return v.compare(s.version) == 0
	}
}

// less is <, by which 3.1.dev0 isn't before 3.1.
func (s specifier) less(v version) bool {
	if !s.version.prerelease() && v.prerelease() && v.base().compare(s.version.base()) == 0 {
		return false
	}
	return v.compare(s.version) < 0
}

// greater is >, by which neither 3.1.post1 nor 3.1+local is after 3.1.
func (s specifier) greater(v version) bool {
	if v.base().compare(s.version.base()) == 0 && (v.local != nil || s.version.post == nil && v.post != nil) {
		return false
	}
	return v.compare(s.version) > 0
}

// compatiblePrefix is what ~= keeps of a version: all but the last number of
// the release.
func (v version) compatiblePrefix() []string {
	return v.base().segments()[:len(v.release)]
}

// hasPrefix says whether the version's parts begin so, where missing numbers of
// its release are 0.
func hasPrefix(v version, prefix []string) bool {
	numbers := 1
	for numbers < len(prefix) && digits(prefix[numbers]) {
		numbers++
	}
	for len(v.release) < numbers-1 {
		v.release = append(slices.Clone(v.release), "")
	}
	parts := v.segments()
	return len(parts) >= len(prefix) && slices.Equal(parts[:len(prefix)], prefix)
}
