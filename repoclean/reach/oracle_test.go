package reach

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestPythonImportsNothingUnreached takes real packages as repositories and
// small programs that use them as roots, runs each program, and holds Trace to
// what Python ran: all of it must be called reached. It says how much was not,
// because keeping everything would pass, too.
func TestPythonImportsNothingUnreached(t *testing.T) {
	if os.Getenv("GANTLINE_TEST") != "full" {
		t.Skip("installs Python packages: set GANTLINE_TEST=full")
	}
	python := installedPython(t)
	site := sitePackages(t, python)
	texts, paths := readSite(t, site)
	roots, err := filepath.Glob("testdata/python/roots/*.py")
	if err != nil || len(roots) < 20 {
		t.Fatalf("%d root programs: %v", len(roots), err)
	}
	empty := filepath.Join(t.TempDir(), "empty.py")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	always := ranFiles(t, python, empty, site)
	left, all := 0, 0
	for _, root := range roots {
		t.Run(strings.TrimSuffix(filepath.Base(root), ".py"), func(t *testing.T) {
			ran := slices.DeleteFunc(ranFiles(t, python, root, site), func(p string) bool { return slices.Contains(always, p) })
			if len(ran) == 0 {
				t.Fatal("the program used no package")
			}
			in := siteInput(t, root, ran, texts, paths)
			left += holdToPython(t, in, ran)
			all += len(in.Paths)
		})
	}
	t.Logf("%d of %d files are not reached from the programs", left, all)
	if left < all/10 && all > 20_000 {
		t.Errorf("only %d of %d files are not reached from the programs: keeping nearly everything proves little", left, all)
	}
}

// siteInput is a repository of a program and the packages that it uses.
func siteInput(t *testing.T, root string, ran []string, texts map[string][]byte, paths []string) Input {
	program, err := os.ReadFile(root)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, p := range ran {
		top, _, _ := strings.Cut(p, "/")
		used[top] = true
	}
	in := Input{
		Paths: []string{"main.py"}, Texts: map[string][]byte{"main.py": program},
		Outside: []Text{{"flow.yaml", []byte("run: python main.py\n")}},
	}
	for _, p := range paths {
		top, _, below := strings.Cut(p, "/")
		if strings.HasSuffix(top, ".dist-info") {
			used[top] = declares(texts[p], used)
		}
		if below && !used[top] {
			continue
		}
		in.Paths = append(in.Paths, p)
		if text, ok := texts[p]; ok {
			in.Texts[p] = text
		}
	}
	return in
}

// declared is the package of an entry point.
var declared = regexp.MustCompile(`=\s*(\w+)`)

// declares says whether entry points are in one of the packages.
func declares(text []byte, used map[string]bool) bool {
	return slices.ContainsFunc(declared.FindAllSubmatch(text, -1), func(m [][]byte) bool { return used[string(m[1])] })
}

// holdToPython compares what Trace finds with what ran, and answers how many
// files the program doesn't reach. Files that are reached only from what else
// is in the packages, their own programs and tests, count as such.
func holdToPython(t *testing.T, in Input, ran []string) int {
	start := time.Now()
	result := Trace(in)
	took := time.Since(start)
	counts := map[Class]int{}
	for _, f := range result.Files {
		counts[f.Class]++
	}
	for _, p := range ran {
		if f := result.Files[p]; f.Class != Run {
			t.Errorf("Python ran %s, which is called %q", p, f.Class)
		}
	}
	t.Logf("Python ran %d, reached %d, only by hand %d, only by tests %d, not at all %d; %v",
		len(ran), counts[Run], counts[Script], counts[Test], counts[Unreached], took.Round(time.Millisecond))
	return counts[Script] + counts[Test] + counts[Unreached]
}

// ranFiles runs a program and answers which files of the packages ran.
func ranFiles(t *testing.T, python, root, site string) []string {
	out := filepath.Join(t.TempDir(), "ran")
	root, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	tracer, err := filepath.Abs("testdata/python/trace.py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-W", "ignore", tracer, out, root)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("running %s: %v\n%s", root, err, text)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var ran []string
	for line := range strings.Lines(string(text)) {
		if p, ok := strings.CutPrefix(strings.TrimSpace(line), site+"/"); ok && strings.Contains(p, "/") {
			ran = append(ran, p)
		}
	}
	return ran
}

// consoleScripts is the programs that a package installs.
var consoleScripts = regexp.MustCompile(`(?m)^\[console_scripts\]\n(?:[^\[].*\n?|\n)*`)

// readSite reads the installed packages as a caller of Trace would. Modules of
// one file are empty: they would be part of no package, and one that computes
// an import keeps everything. What isn't Python is not handed over, so that
// nothing in it is a root, but for plugins: who loads them does so by what their
// packages declare.
func readSite(t *testing.T, site string) (map[string][]byte, []string) {
	texts, paths := map[string][]byte{}, []string(nil)
	err := filepath.WalkDir(site, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(file, ".pyc") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		p := strings.TrimPrefix(file, site+"/")
		top, _, below := strings.Cut(p, "/")
		if strings.HasSuffix(top, ".dist-info") {
			if path.Base(p) == "entry_points.txt" {
				paths = append(paths, p)
				texts[p], err = os.ReadFile(file)
				texts[p] = consoleScripts.ReplaceAll(texts[p], nil)
			}
			return err
		}
		paths = append(paths, p)
		if !below {
			texts[p] = nil
			return nil
		}
		if kindOf(p) == python && Wants(p, info.Size(), info.Mode()&0o111 != 0) {
			texts[p], err = os.ReadFile(file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts, paths
}

// installedPython is a Python with the packages of requirements.txt, kept from
// one run to the next.
func installedPython(t *testing.T) string {
	list, err := os.ReadFile("testdata/python/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(list)
	dir := filepath.Join(cache, "gantline-test-python", hex.EncodeToString(hash[:8]))
	python := filepath.Join(dir, "bin", "python")
	if _, err := os.Stat(python); err == nil {
		return python
	}
	temporary := fmt.Sprintf("%s.%d", dir, os.Getpid())
	defer os.RemoveAll(temporary)
	for _, args := range [][]string{
		{"python3", "-m", "venv", temporary},
		{filepath.Join(temporary, "bin", "pip"), "install", "-q", "--disable-pip-version-check", "--no-compile", "-r", "testdata/python/requirements.txt"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if err := os.Rename(temporary, dir); err != nil {
		t.Fatal(err)
	}
	return python
}

// sitePackages is where a Python has its packages.
func sitePackages(t *testing.T, python string) string {
	out, err := exec.Command(python, "-c", "import os, sysconfig; print(os.path.realpath(sysconfig.get_path('purelib')))").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
