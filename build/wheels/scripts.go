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
		found = append(found, entryPoint{name, parts[1], parts[2]})
	}
	slices.SortStableFunc(found, func(a, b entryPoint) int { return strings.Compare(a.name, b.name) })
	return found, nil
}

// programName says whether a name can be that of a file in bin.
func programName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\\\x00\n") && !strings.HasPrefix(name, ".wh.")
}

// versioned is the programs of pip itself, whose names hold the version of the
// Python that built the wheel and not of the one that runs it.
var versionedPip = regexp.MustCompile(`^pip(\d+(\.\d+)?)?$`)

// forPython replaces pip's versioned programs by those of a minor version.
func forPython(points []entryPoint, minor string) []entryPoint {
	at := slices.IndexFunc(points, func(p entryPoint) bool { return p.name == "pip" })
	if at < 0 {
		return points
	}
	pip := points[at]
	points = slices.DeleteFunc(slices.Clone(points), func(p entryPoint) bool { return versionedPip.MatchString(p.name) })
	for _, name := range []string{"pip", "pip3", "pip" + minor} {
		points = append(points, entryPoint{name, pip.module, pip.function})
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
