package wheels

import (
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
)

// TestRealWheels lays about a hundred packages out, and one made by hand with a
// file for each rule, and holds every file to what pip and uv install.
func TestRealWheels(t *testing.T) {
	if os.Getenv("GANTLINE_TEST") != "full" {
		t.Skip("installs packages of PyPI with pip and uv: set GANTLINE_TEST=full")
	}
	target := thisPython(t)
	paths := realWheels(t, target)
	made := filepath.Join(t.TempDir(), demoFile)
	if err := os.WriteFile(made, zipped(t, everything()), 0o644); err != nil {
		t.Fatal(err)
	}
	paths = append(paths, made)
	// All stand in one place, which is written in some files.
	venv := filepath.Join(t.TempDir(), "venv")

	emptyVenv(t, venv)
	run(t, append([]string{"python3", "-m", "pip", "--python", venv + "/bin/python", "install", "--quiet", "--disable-pip-version-check",
		"--no-deps", "--no-compile", "--no-index"}, paths...)...)
	pip := snapshot(t, venv)

	emptyVenv(t, venv)
	run(t, append([]string{uv(t), "pip", "install", "--quiet", "--python", venv + "/bin/python", "--no-deps", "--offline", "--link-mode", "hardlink",
		"--cache-dir", filepath.Join(filepath.Dir(venv), "uv")}, paths...)...)
	byUV := snapshot(t, venv)

	if err := os.RemoveAll(venv); err != nil {
		t.Fatal(err)
	}
	programs := layOut(t, venv, target, paths)
	ours := snapshot(t, venv)
	if len(ours) < 5000 {
		t.Errorf("only %d files", len(ours))
	}
	for name, theirs := range map[string]map[string]installed{"pip": pip, "uv": byUV} {
		if diff := cmp.Diff(comparable(theirs, programs), comparable(ours, programs)); diff != "" {
			t.Errorf("%s has other files (-%s +ours)\n%s", name, name, diff)
		}
	}
	runs(t, venv)
	checksAsPip(t, venv, target, paths)
}

// checksAsPip takes some packages away, and compares who misses them.
func checksAsPip(t *testing.T, venv string, target Target, paths []string) {
	t.Helper()
	// Alone, without what this machine's Python has installed.
	config := "home = " + filepath.Dir(target.Interpreter) + "\ninclude-system-site-packages = false\nversion = " + target.Version + "\n"
	if err := os.WriteFile(filepath.Join(venv, "pyvenv.cfg"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := run(t, filepath.Join(venv, "bin", "pip"), "check"); !strings.HasPrefix(got, "No broken requirements found") {
		t.Errorf("pip check says %s", got)
	}
	var all, some []Metadata
	for _, file := range paths {
		wheel, err := OpenWheel(file, filepath.Base(file))
		if err != nil {
			t.Fatal(err)
		}
		m, err := wheel.Metadata()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
		if gone := slices.Contains([]string{"numpy", "idna", "markupsafe"}, Normalize(m.Name)); !gone {
			some = append(some, m)
		} else if err := os.RemoveAll(filepath.Join(venv, "lib/python3.11/site-packages", wheel.distInfo)); err != nil {
			t.Fatal(err)
		}
		wheel.Close()
	}
	if unmet := Check(target, all, nil); unmet != nil {
		t.Errorf("got %v", unmet)
	}
	out, err := exec.Command(filepath.Join(venv, "bin", "pip"), "check").Output()
	if err == nil {
		t.Errorf("pip misses nothing: %s", out)
	}
	var theirs, ours []string
	for _, found := range regexp.MustCompile(`(?m)^(\S+) \S+ requires (\S+), which is not installed`).FindAllStringSubmatch(string(out), -1) {
		theirs = append(theirs, Normalize(found[1])+" "+Normalize(found[2]))
	}
	for _, u := range Check(target, some, nil) {
		needs, err := parseNeed(u.Needs)
		if err != nil || u.Has != "" {
			t.Errorf("%s, %v", u, err)
		}
		ours = append(ours, Normalize(u.Package)+" "+needs.name)
	}
	slices.Sort(theirs)
	slices.Sort(ours)
	if diff := cmp.Diff(slices.Compact(theirs), slices.Compact(ours)); diff != "" || len(ours) < 5 {
		t.Errorf("%d aren't met (-pip +ours)\n%s", len(ours), diff)
	}
}

// runs says whether the environment works.
func runs(t *testing.T, venv string) {
	t.Helper()
	const imports = "import sys, numpy, pandas, h5py, lxml.etree, aiohttp, psutil, demo\n" +
		"assert numpy.arange(4).sum() == 6 and pandas.Series([1, 2]).mean() == 1.5\n" +
		"print(*sorted({m.__file__.startswith(sys.prefix) for m in (numpy, pandas, h5py, lxml.etree, aiohttp, psutil, demo)}))"
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"python", "-c", imports}, "^True\n$"},
		{[]string{"demo"}, "^demo\n$"},          // of an entry point
		{[]string{"inpython"}, "^1\n$"},         // a script of Python
		{[]string{"ninja", "--version"}, `^\d`}, // and programs
		{[]string{"black", "--version"}, "^black, "},
		{[]string{"aws", "--version"}, "^aws-cli/"},
		{[]string{"pip", "--version"}, "^pip .*" + regexp.QuoteMeta(venv)},
	} {
		if got := run(t, append([]string{filepath.Join(venv, "bin", c.args[0])}, c.args[1:]...)...); !regexp.MustCompile(c.want).MatchString(got) {
			t.Errorf("%q says %q", c.args, got)
		}
	}
}

// thisPython is the machine's interpreter.
func thisPython(t *testing.T) Target {
	t.Helper()
	const probe = "import json, os, platform, sys\n" +
		"print(json.dumps(dict(implementation=sys.implementation.name, version=platform.python_version(), machine=platform.machine(),\n" +
		"  abi='cp%d%d' % sys.version_info[:2], interpreter=os.path.realpath(sys._base_executable),\n" +
		"  glibc=os.confstr('CS_GNU_LIBC_VERSION').split()[1])))"
	out, err := exec.Command("python3", "-c", probe).Output()
	if err != nil {
		t.Skipf("no python3 with glibc on this machine: %v", err)
	}
	var target Target
	if err := json.Unmarshal(out, &target); err != nil {
		t.Fatal(err)
	}
	if target.Minor() != "3.11" || target.Implementation != "cpython" || target.Machine != "x86_64" {
		t.Skipf("the lock is for CPython 3.11 on x86_64, and this machine has %s", target)
	}
	return target
}

// realWheels are files of the packages of hundred.lock, by the names that they
// are published under. They are kept from one run to the next.
func realWheels(t *testing.T, target Target) []string {
	t.Helper()
	const lock = "testdata/hundred.lock"
	src, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	locked, problems := Parse(lock, src, nil)
	archives, more, err := Resolve(context.Background(), Index{}, target, locked)
	if err != nil || problems != nil || more != nil {
		t.Fatal(err, problems, more)
	}
	stored, err := Store{Dir: filepath.Join(cache, "gantline-test-python", "wheels")}.FetchAll(context.Background(), archives)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	named := make([]string, len(stored))
	for i, file := range stored {
		named[i] = filepath.Join(dir, archives[i].File)
		if err := os.Symlink(file, named[i]); err != nil {
			t.Fatal(err)
		}
	}
	return named
}

// emptyVenv makes an environment without packages anew.
func emptyVenv(t *testing.T, dir string) {
	t.Helper()
	run(t, "python3", "-m", "venv", "--clear", "--without-pip", dir)
}

// uv is the program, installed where no run has done so before.
func uv(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "gantline-test-python", "uv-0.13.9")
	program := filepath.Join(dir, "bin", "uv")
	if _, err := os.Stat(program); err == nil {
		return program
	}
	run(t, "python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", dir, "uv==0.13.9")
	return program
}

func run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

// layOut writes wheels as an environment, and says which paths are programs of
// entry points.
func layOut(t *testing.T, venv string, target Target, paths []string) (programs map[string]bool) {
	t.Helper()
	write(t, Venv(venv, target, nil))
	scheme := Scheme{Venv: venv, Python: target.Minor()}
	programs = map[string]bool{}
	for _, file := range paths {
		wheel, err := OpenWheel(file, filepath.Base(file))
		if err != nil {
			t.Fatal(err)
		}
		points, err := wheel.entryPoints()
		if err != nil {
			t.Fatal(err)
		}
		for _, point := range forPython(points, scheme.Python) {
			programs["bin/"+point.name] = true
		}
		entries, err := wheel.Entries(scheme)
		if err != nil {
			t.Fatal(err)
		}
		write(t, entries)
		wheel.Close()
	}
	return programs
}

func write(t *testing.T, entries []Entry) {
	t.Helper()
	group := errgroup.Group{}
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, entry := range entries {
		group.Go(func() error { return writeFile(entry) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}

func writeFile(entry Entry) error {
	at := "/" + entry.Path
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	if entry.Link != "" {
		return os.Symlink(entry.Link, at)
	}
	content, err := entry.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	if err := os.Remove(at); err != nil && !os.IsNotExist(err) {
		return err
	}
	file, err := os.OpenFile(at, os.O_CREATE|os.O_WRONLY|os.O_EXCL, fs.FileMode(entry.Mode))
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, content); err != nil {
		return err
	}
	return file.Close()
}

// installed is a file of an environment: a link's target, or whether it is
// executable and its hash. A RECORD has its text as well.
type installed struct {
	Link       string
	Executable bool
	Hash, Text string
}

func snapshot(t *testing.T, venv string) map[string]installed {
	t.Helper()
	found := map[string]installed{}
	err := filepath.WalkDir(venv, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(venv, file)
		if err != nil {
			return err
		}
		if d.Type() == fs.ModeSymlink {
			to, err := os.Readlink(file)
			found[name] = installed{Link: to}
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		one := installed{Executable: info.Mode()&0o111 != 0, Hash: sum(string(text))}
		if path.Base(name) == "RECORD" {
			one.Text = string(text)
		}
		found[name] = one
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// untyped is a file of the wheel made by hand.
const untyped = "lib/python3.11/site-packages/demo/untyped.sh"

// installers are the files that are an installer's own.
var installers = regexp.MustCompile(`\.dist-info/(INSTALLER|REQUESTED|direct_url\.json|uv_cache\.json)$`)

// comparable is an environment without what an installer is free to choose:
// its own files, programs' texts, and what RECORD says of both. Scripts are
// executable with uv and ours, and with pip as the archive has them; a RECORD is
// with uv as the archive has it.
func comparable(files map[string]installed, programs map[string]bool) map[string]installed {
	out := map[string]installed{}
	for name, file := range files {
		switch {
		case !strings.Contains(name, "site-packages/") && file.Link != "", name == "pyvenv.cfg", installers.MatchString(name):
			continue
		case strings.HasPrefix(name, "bin/") && strings.Contains(strings.ToLower(name), "activate"):
			continue // of python -m venv
		case name == ".lock": // uv's
			continue
		case name == untyped:
			file.Executable = false // with pip and ours; uv asks for no type
		case programs[name]:
			file.Hash = "a program"
		case path.Base(name) == "RECORD":
			file.Hash, file.Text, file.Executable = "", recordWithout(file.Text, programs), false
		}
		file.Executable = file.Executable || strings.HasPrefix(name, "bin/")
		out[normalHeaders(name)] = file
	}
	return out
}

// recordWithout is a RECORD's text without rows of what is an installer's own.
func recordWithout(text string, programs map[string]bool) string {
	var kept strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		name, _, _ := strings.Cut(line, ",")
		if !installers.MatchString(name) && !programs[strings.TrimPrefix(name, "../../../")] {
			kept.WriteString(normalHeaders(line))
		}
	}
	return kept.String()
}

var headersDir = regexp.MustCompile(`include/site/python3\.\d+/[^/]+/`)

// normalHeaders is a path with the package's name in that of its headers
// normalized: who installs it spells that as he was asked.
func normalHeaders(name string) string {
	return headersDir.ReplaceAllStringFunc(name, func(dir string) string { return path.Dir(dir) + "/" + Normalize(path.Base(dir)) + "/" })
}
