package wheels

import (
	"fmt"
	"path"
	"strings"
)

// Minor is the interpreter's minor version, which directories are named by:
// "3.11".
func (t Target) Minor() string { return t.minorVersion() }

// Venv is a virtual environment without packages that sees what its base has
// installed, as `python -m venv --system-site-packages --without-pip` makes it.
// Sites are directories of packages of a virtual environment that the
// interpreter itself lives in: ours is made from the interpreter below that, so
// it must be told of them.
func Venv(dir string, target Target, sites []string) []Entry {
	scheme := Scheme{Venv: dir, Python: target.Minor()}
	config := fmt.Sprintf("home = %s\ninclude-system-site-packages = true\nversion = %s\n", path.Dir(target.Interpreter), target.Version)
	entries := []Entry{
		content(dir+"/pyvenv.cfg", 0o644, []byte(config)),
		link(dir+"/bin/python", target.Interpreter),
		link(dir+"/bin/python3", "python"),
		link(dir+"/bin/python"+scheme.Python, "python"),
		link(dir+"/lib64", "lib"),
	}
	if target.HasPip {
		// The base's own pip command would look at the base alone.
		entries = append(entries, content(dir+"/bin/pip", 0o755, []byte("#!/bin/sh\nexec "+scheme.python()+" -m pip \"$@\"\n")))
	}
	if len(sites) > 0 {
		entries = append(entries, content(scheme.site()+"/gantline-base.pth", 0o644, []byte(strings.Join(sites, "\n")+"\n")))
	}
	return entries
}
