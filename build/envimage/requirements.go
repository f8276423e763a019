package envimage

import (
	"bytes"
	"fmt"
	"path"
	"strings"
)

// requirementLine is a line of a requirements file without its comment, with
// its continuation lines joined.
type requirementLine struct {
	file   string
	number int
	text   string
}

// lines splits a requirements file the way pip does.
func lines(f File) []requirementLine {
	var all []requirementLine
	open := false
	for i, raw := range bytes.Split(f.Data, []byte("\n")) {
		text := strings.TrimRight(string(raw), "\r")
		text, continued := strings.CutSuffix(text, `\`)
		if open {
			all[len(all)-1].text += text
		} else {
			all = append(all, requirementLine{f.Path, i + 1, text})
		}
		open = continued
	}
	for i := range all {
		all[i].text = withoutComment(all[i].text)
	}
	return all
}

// withoutComment drops what follows a # at the start or after a space.
func withoutComment(text string) string {
	for i := range len(text) {
		if text[i] == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t') {
			text = text[:i]
			break
		}
	}
	return strings.TrimSpace(text)
}

// include is the file that a -r or -c line names, as it is written, or "".
func (l requirementLine) include() string {
	for _, flag := range []string{"--requirement", "--constraint", "-r", "-c"} {
		rest, found := strings.CutPrefix(l.text, flag)
		if !found {
			continue
		}
		if trimmed := strings.TrimLeft(rest, " \t="); trimmed != rest || len(flag) == 2 {
			return trimmed
		}
	}
	return ""
}

// local says whether the line installs from a path of the repository.
func (l requirementLine) local() bool {
	for _, prefix := range []string{"-e", "--editable", ".", "/", "file:"} {
		if strings.HasPrefix(l.text, prefix) {
			return true
		}
	}
	return strings.Contains(l.text, "@ file:")
}

// Includes are the files that the -r and -c lines of a requirements file name,
// as paths from the repository's root. URLs are left to pip.
func Includes(f File) []string {
	var paths []string
	for _, line := range lines(f) {
		name := line.include()
		if name != "" && !strings.Contains(name, "://") {
			paths = append(paths, path.Join(path.Dir(f.Path), name))
		}
	}
	return paths
}

// Hashed says whether a requirements file pins archives by hash.
func Hashed(f File) bool {
	for _, line := range lines(f) {
		if strings.Contains(line.text, "--hash=") {
			return true
		}
	}
	return false
}

// checkPython finds what pip could not install, at its position.
func checkPython(in Inputs) error {
	if len(in.Requirements) == 0 && in.BaseConstrains {
		return nil // a constraint on nothing
	}
	known := map[string]bool{}
	files := append(append([]File(nil), in.Requirements...), in.Included...)
	for _, f := range files {
		known[f.Path] = true
	}
	for _, f := range files {
		if err := checkRequirements(f, known); err != nil {
			return err
		}
	}
	return nil
}

func checkRequirements(f File, known map[string]bool) error {
	switch name := path.Base(f.Path); {
	case name == "pyproject.toml":
		return fmt.Errorf("reading %q: it has no lock beside it; write one, `uv lock`, and commit uv.lock", f.Path)
	case path.IsAbs(f.Path) || path.Clean(f.Path) != f.Path || strings.HasPrefix(f.Path, ".."):
		return fmt.Errorf("reading requirements %q: expected a path inside the repository", f.Path)
	}
	for _, line := range lines(f) {
		if line.local() {
			return fmt.Errorf("reading %s:%d: %q installs from the repository, but dependencies are installed before the code is there; "+
				"leave it out: the code is importable as it is", line.file, line.number, line.text)
		}
	}
	for _, name := range Includes(f) {
		if !known[name] {
			return fmt.Errorf("reading %q: it includes %q, which is not among the requirements", f.Path, name)
		}
	}
	return nil
}
