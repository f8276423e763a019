package wheels

import (
	"fmt"
	"slices"
	"strings"
)

// Environment is what markers (PEP 508) are evaluated in.
type Environment struct {
	// Values are the variables by name. A variable that isn't there is unknown.
	Values map[string]string
	// Extras and Groups are the sets `extras` and `dependency_groups` of
	// PEP 751, normalized.
	Extras, Groups []string
}

// Markers is the target's environment for what is asked for with the extra, ""
// for none. The kernel's release and version are unknown: an image runs on any.
func (t Target) Markers(extra string) Environment {
	values := map[string]string{
		"extra":                          Normalize(extra),
		"implementation_name":            t.Implementation,
		"os_name":                        "posix",
		"platform_machine":               t.Machine,
		"platform_python_implementation": t.implementationName(),
		"platform_system":                "Linux",
		"python_full_version":            t.Version,
		"python_version":                 t.minorVersion(),
		"sys_platform":                   "linux",
	}
	if t.Implementation == "cpython" { // others count their own versions
		values["implementation_version"] = t.Version
	}
	return Environment{Values: values}
}

// variables are the names that markers may have, with how each compares.
var variables = map[string]comparison{
	"extra": byName, "extras": inSet, "dependency_groups": inSet,
	"python_version": byVersion, "python_full_version": byVersion, "implementation_version": byVersion,
	"os_name": byText, "sys_platform": byText, "platform_machine": byText, "platform_system": byText,
	"platform_python_implementation": byText, "implementation_name": byText,
	"platform_release": byText, "platform_version": byText,
}

type comparison int

const (
	byText comparison = iota
	byVersion
	byName // PEP 503's normalized names
	inSet  // in and not in alone
)

// oldVariables are the spellings before PEP 508.
var oldVariables = map[string]string{
	"os.name": "os_name", "sys.platform": "sys_platform", "platform.version": "platform_version",
	"platform.machine": "platform_machine", "platform.python_implementation": "platform_python_implementation",
	"python_implementation": "platform_python_implementation",
}

// marker is a condition on an environment: "and" and "or" of others, or a
// comparison of left and right.
type marker struct {
	op          string
	kids        []marker
	left, right operand
}

// operand is a variable, or a text where it is none.
type operand struct{ variable, text string }

// MarkerHolds says whether a marker holds in an environment. An empty one does.
// Errors are of a marker that isn't one, and of a variable that is unknown where
// it decides.
func MarkerHolds(text string, env Environment) (bool, error) {
	if strings.TrimSpace(text) == "" {
		return true, nil
	}
	m, err := parseMarker(text)
	if err != nil {
		return false, err
	}
	return m.holds(env)
}

func (m marker) holds(env Environment) (bool, error) {
	if m.op != "and" && m.op != "or" {
		return m.compare(env)
	}
	var unknown error
	for _, kid := range m.kids {
		holds, err := kid.holds(env)
		switch {
		case err != nil:
			unknown = err
		case holds == (m.op == "or"):
			return holds, nil // whatever the others are
		}
	}
	return m.op == "and" && unknown == nil, unknown
}

func (m marker) compare(env Environment) (bool, error) {
	left, err := m.left.value(env)
	if err != nil {
		return false, err
	}
	if kind := m.comparison(); kind == inSet {
		set := env.Extras
		if m.right.variable == "dependency_groups" {
			set = env.Groups
		}
		return slices.Contains(set, Normalize(left)) == (m.op == "in"), nil
	}
	right, err := m.right.value(env)
	if err != nil {
		return false, err
	}
	return m.comparison().compare(left, m.op, right)
}

// comparison is that of the variable on either side.
func (m marker) comparison() comparison {
	if m.left.variable != "" {
		return variables[m.left.variable]
	}
	return variables[m.right.variable]
}

func (o operand) value(env Environment) (string, error) {
	if o.variable == "" {
		return o.text, nil
	}
	value, known := env.Values[o.variable]
	if !known {
		return "", fmt.Errorf("the marker asks for %s, which isn't known before the container runs", o.variable)
	}
	return value, nil
}

func (c comparison) compare(left, op, right string) (bool, error) {
	if c == byName {
		left, right = Normalize(left), Normalize(right)
	}
	switch {
	case op == "in":
		return strings.Contains(right, left), nil
	case op == "not in":
		return !strings.Contains(right, left), nil
	case c == byVersion:
		s, err := parseSpecifier(op + right)
		if err != nil {
			return false, err
		}
		v, ok := parseVersion(left)
		if !ok {
			return false, fmt.Errorf("%q is no version", left)
		}
		return s.contains(v), nil
	case op == "==":
		return left == right, nil
	default: // the parser lets no other operator than != pass
		return left != right, nil
	}
}
