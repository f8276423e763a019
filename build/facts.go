package build

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/diag"
)

// Facts are what decides how Python packages and a user are put on a base with
// its system packages. They are probed when the lock is written: a build then
// need not pull the base to know them.
type Facts struct {
	// Of is FactsKey of what was looked at.
	Of string
	// Users and Groups are the lines of /etc/passwd and /etc/group.
	Users, Groups []string
	// Python is nil where there is none.
	Python *PythonFacts
}

// PythonFacts are an interpreter and what else its image says of Python.
type PythonFacts struct {
	wheels.Target
	// HasEnsurepip says that it can install pip.
	HasEnsurepip bool
	// Sites are the directories of packages of the virtual environment that the
	// interpreter lives in.
	Sites []string
	// Pins are versions that the base says must stay, by normalized name.
	Pins map[string]string
}

// FactsKey is what facts are a function of: a base by digest, and the system
// packages that are put on it.
func FactsKey(base, platform string, system []string) string {
	// Strings always encode.
	text, _ := json.Marshal([]any{base, platform, sortedOnce(system)})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// Facts are what the lock knows of the base of an image of gantline.yaml.
func (l Lock) Facts(image, platform, key string) (Facts, error) {
	facts, ok := l.Environments[image][platform]
	switch {
	case !ok:
		return Facts{}, &LockError{Reason: LockMissing, Subject: fmt.Sprintf("what the base of image %q has, for %s,", image, platform)}
	case facts.Of != key:
		return Facts{}, &LockError{Reason: LockOtherBase, Subject: fmt.Sprintf("the base of image %q", image)}
	}
	return facts, nil
}

// lockedFacts are Facts as they are written.
type lockedFacts struct {
	Of     diag.Value[string]   `yaml:"of" required:"true" doc:"Hash of base, platform and system packages."`
	Users  []diag.Value[string] `yaml:"users" doc:"Lines of /etc/passwd."`
	Groups []diag.Value[string] `yaml:"groups" doc:"Lines of /etc/group."`
	Python *lockedPython        `yaml:"python" doc:"The base's Python."`
}

type lockedPython struct {
	Implementation diag.Value[string]            `yaml:"implementation" required:"true" doc:"sys.implementation.name." example:"cpython"`
	Version        diag.Value[string]            `yaml:"version" required:"true" doc:"Its version, whole." example:"3.11.2"`
	ABI            diag.Value[string]            `yaml:"abi" required:"true" doc:"Tag of extensions for it alone." example:"cp311"`
	Interpreter    diag.Value[string]            `yaml:"interpreter" required:"true" doc:"Its path, outside any virtual environment."`
	GLibc          diag.Value[string]            `yaml:"glibc" doc:"Version of the GNU C library."`
	Musl           diag.Value[string]            `yaml:"musl" doc:"Version of musl, where that is the C library."`
	Machine        diag.Value[string]            `yaml:"machine" required:"true" doc:"The processor." example:"x86_64"`
	Pip            diag.Value[bool]              `yaml:"pip" doc:"Whether pip is installed."`
	Ensurepip      diag.Value[bool]              `yaml:"ensurepip" doc:"Whether ensurepip is installed."`
	Sites          []diag.Value[string]          `yaml:"sites" doc:"Directories of packages of the virtual environment that the interpreter lives in."`
	Installed      diag.Dict[diag.Value[string]] `yaml:"installed" doc:"Versions of what is installed, by name."`
	Pins           diag.Dict[diag.Value[string]] `yaml:"pins" doc:"Versions that the base says must stay, by name."`
}

// facts reads what the lock says of one image's base.
func (r *lockReader) facts(from lockedFacts) Facts {
	facts := Facts{Of: from.Of.V, Users: texts(from.Users), Groups: texts(from.Groups)}
	if p := from.Python; p != nil {
		r.version(p.Version)
		facts.Python = &PythonFacts{
			Target: wheels.Target{
				Implementation: p.Implementation.V, Version: p.Version.V, ABI: p.ABI.V, Interpreter: p.Interpreter.V,
				GLibc: p.GLibc.V, Musl: p.Musl.V, Machine: p.Machine.V, HasPip: p.Pip.V, Installed: textMap(p.Installed),
			},
			HasEnsurepip: p.Ensurepip.V, Sites: texts(p.Sites), Pins: textMap(p.Pins),
		}
		if path := p.Interpreter; path.IsSet() && !strings.HasPrefix(path.V, "/") {
			r.problems = append(r.problems, diag.Errorf(path.Pos, "value", "%q is not an absolute path", path.V).
				WithHint("don't edit the lock by hand: %s", lockCommand))
		}
	}
	return facts
}

// version refuses what has no minor version: directories are named by it.
func (r *lockReader) version(v diag.Value[string]) {
	if parts := strings.Split(v.V, "."); v.IsSet() && (len(parts) < 3 || parts[0] != "3" || strings.ContainsAny(v.V, "/ ")) {
		r.problems = append(r.problems, diag.Errorf(v.Pos, "value", "%q is not a version of Python 3, as in 3.11.2", v.V).
			WithHint("don't edit the lock by hand: %s", lockCommand))
	}
}

func texts(values []diag.Value[string]) []string {
	var out []string
	for _, v := range values {
		out = append(out, v.V)
	}
	return out
}

func textMap(values diag.Dict[diag.Value[string]]) map[string]string {
	out := map[string]string{}
	for _, entry := range values {
		out[entry.Key.V] = entry.V.V
	}
	return out
}

// writeFacts writes what the lock knows of images' bases.
func writeFacts(out *bytes.Buffer, environments map[string]map[string]Facts) {
	if len(environments) == 0 {
		return
	}
	out.WriteString("environments:\n")
	for _, image := range slices.Sorted(maps.Keys(environments)) {
		fmt.Fprintf(out, "  %s:\n", yamlText(image))
		for _, platform := range slices.Sorted(maps.Keys(environments[image])) {
			facts := environments[image][platform]
			fmt.Fprintf(out, "    %s:\n      of: %s\n", yamlText(platform), yamlText(facts.Of))
			writeList(out, "      ", "users", facts.Users)
			writeList(out, "      ", "groups", facts.Groups)
			if facts.Python != nil {
				writePython(out, *facts.Python)
			}
		}
	}
}

func writePython(out *bytes.Buffer, p PythonFacts) {
	out.WriteString("      python:\n")
	for _, field := range []struct{ key, value string }{
		{"implementation", p.Implementation}, {"version", p.Version}, {"abi", p.ABI}, {"interpreter", p.Interpreter},
		{"glibc", p.GLibc}, {"musl", p.Musl}, {"machine", p.Machine},
	} {
		if field.value != "" {
			fmt.Fprintf(out, "        %s: %s\n", field.key, yamlText(field.value))
		}
	}
	fmt.Fprintf(out, "        pip: %t\n        ensurepip: %t\n", p.HasPip, p.HasEnsurepip)
	writeList(out, "        ", "sites", p.Sites)
	writeMap(out, "        ", "installed", p.Installed)
	writeMap(out, "        ", "pins", p.Pins)
}

func writeList(out *bytes.Buffer, indent, key string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(out, "%s%s:\n", indent, key)
	for _, line := range lines {
		fmt.Fprintf(out, "%s  - %s\n", indent, yamlText(line))
	}
}

func writeMap(out *bytes.Buffer, indent, key string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	fmt.Fprintf(out, "%s%s:\n", indent, key)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(out, "%s  %s: %s\n", indent, yamlText(name), yamlText(values[name]))
	}
}
