package wheels

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// entryPoint is a program that a package declares: a name, and what to call.
type entryPoint struct{ name, module, function string }

// callable is "module:object.attribute", with extras that nothing uses any more.
var callable = regexp.MustCompile(`^([\w.]+)\s*:\s*([\w.]+)\s*(\[.*\])?$`)

// parseEntryPoints reads the programs of an entry_points.txt, by name; other
// groups are no business of an installer.
func parseEntryPoints(text []byte) ([]entryPoint, error) {
	var found []entryPoint
	group := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
			continue
		case line[0] == '[':
			group = strings.TrimSpace(strings.Trim(line, "[]"))
			continue
		case group != "console_scripts" && group != "gui_scripts":
			continue
		}
		name, target, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		parts := callable.FindStringSubmatch(strings.TrimSpace(target))
		if !ok || parts == nil || !programName(name) {
			return nil, fmt.Errorf("its entry point %q is not NAME = MODULE:FUNCTION", line)
		}
		// Of two with one name the later one counts.
		found = slices.DeleteFunc(found, func(p entryPoint) bool { return p.name == name })
		found = append(found, entryPoint{name, parts[1], parts[2]})
	}
	slices.SortFunc(found, func(a, b entryPoint) int { return strings.Compare(a.name, b.name) })
	return found, nil
}

// programName says whether a name can be that of a file in bin.
func programName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\\\x00\r\n") && !strings.HasPrefix(name, ".wh.")
}

// versioned are the programs whose names hold the version of the Python that
// built the wheel and not of the one that runs it, by the name without it.
var versioned = []struct {
	name  string
	built *regexp.Regexp
	named func(minor string) []string
}{
	{"pip", regexp.MustCompile(`^pip(\d+(\.\d+)?)?$`), func(minor string) []string {
		major, _, _ := strings.Cut(minor, ".")
		return []string{"pip", "pip" + major, "pip" + minor}
	}},
	{"easy_install", regexp.MustCompile(`^easy_install(-\d+\.\d+)?$`), func(minor string) []string {
		return []string{"easy_install", "easy_install-" + minor}
	}},
}

// forPython replaces versioned programs by those of a minor version.
func forPython(points []entryPoint, minor string) []entryPoint {
	for _, v := range versioned {
		at := slices.IndexFunc(points, func(p entryPoint) bool { return p.name == v.name })
		if at < 0 {
			continue
		}
		plain := points[at]
		points = slices.DeleteFunc(slices.Clone(points), func(p entryPoint) bool { return v.built.MatchString(p.name) })
		for _, name := range v.named(minor) {
			points = append(points, entryPoint{name, plain.module, plain.function})
		}
	}
	return points
}

// launcher is the program of an entry point.
func (p entryPoint) launcher(python string) []byte {
	first, _, _ := strings.Cut(p.function, ".")
	return fmt.Appendf(nil, "#!%s\nimport sys\n\nfrom %s import %s\n\nif __name__ == \"__main__\":\n    sys.exit(%s())\n",
		python, p.module, first, p.function)
}

// withInterpreter is a script whose first line asks for Python, run by this
// one; changed says whether it was.
func withInterpreter(script []byte, python string) (text []byte, changed bool) {
	if !bytes.HasPrefix(script, []byte("#!python")) {
		return script, false
	}
	_, rest, _ := bytes.Cut(script, []byte("\n"))
	return append([]byte("#!"+python+"\n"), rest...), true
}
