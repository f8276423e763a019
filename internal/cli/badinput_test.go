package cli_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/gitrepo/repotest"
)

// sound is a history in which nothing is wrong yet: three commits, of which the
// last range holds every kind of file.
func sound(t *testing.T, more ...repotest.Change) *repotest.History {
	t.Helper()
	return soundFormat(t, "sha1", more...)
}

func soundFormat(t *testing.T, format string, more ...repotest.Change) *repotest.History {
	t.Helper()
	h := repotest.NewFormat(t, format).
		Commit("main", "Ada", "one", repotest.Put("gantline.yaml", "project: x\nflows: [workflows/*.yaml]\nimages: {train: {base: scratch}}\n"),
			repotest.Put("workflows/nightly.yaml", "apiVersion: gantline.dev/v1\nkind: Flow\nname: nightly\nsteps:\n  s: {run: python -m app.main}\n"),
			repotest.Put("app/main.py", "from app import model\n"), repotest.Put("app/model.py", "import os\n"), repotest.Put("data/old.csv", repotest.Noise(1, 3000))).
		Commit("main", "Bob", "two", repotest.Remove("data/old.csv"), repotest.Put("data/set.csv", repotest.Noise(2, 3000))).
		Commit("main", "Ada", "three", append([]repotest.Change{repotest.Put("app/model.py", "import sys\n"), repotest.Put("models/m.bin", repotest.Pointer('a', 5000))}, more...)...)
	h.Open()
	return h
}

// thorough says that time doesn't matter: then every variant of a case is tried,
// and else the most telling ones.
func thorough() bool { return os.Getenv("GANTLINE_TEST") == "full" }

// answer is what a gantline that was run said.
type answer struct {
	code           int
	stdout, stderr string
}

// patience is how long a command may take before it counts as hanging.
const patience = time.Minute

// ask runs gantline on a repository that something may be wrong with. Whatever
// that is, it must come to an end, not panic, leave the repository as it was
// and no temporary file behind.
func ask(t *testing.T, dir string, args ...string) answer {
	t.Helper()
	before := contents(t, dir)
	cmd, temp := asked(t, dir, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hangs := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	if !hangs.Stop() {
		t.Fatalf("gantline %q hangs", args)
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	a := answer{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	if a.code < 0 || a.code > 3 || strings.Contains(a.stderr, "goroutine ") {
		t.Errorf("gantline %q: exit code %d\n%s", args, a.code, a.stderr)
	}
	if (a.code == 0 || a.code == 3) != (a.stdout != "") {
		t.Errorf("gantline %q: exit code %d with %d bytes of answer", args, a.code, len(a.stdout))
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("gantline %q changed the repository (-before +after):\n%s", args, diff)
	}
	if left := contents(t, temp); len(left) > 0 {
		t.Errorf("gantline %q left %v", args, left)
	}
	return a
}

// asked is a gantline to be run, with a directory of its own for temporary
// files.
func asked(t *testing.T, dir string, args ...string) (cmd *exec.Cmd, temp string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	temp = t.TempDir()
	cmd = exec.Command(self, append(args, "--repo", dir, "-q")...)
	cmd.Env = append(os.Environ(), asGantline+"=1", clock+"="+start, "GANTLINE_CACHE="+t.TempDir(), "TMPDIR="+temp,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null")
	return cmd, temp
}

// contents is the files below a directory with their sizes.
func contents(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	files := map[string]int64{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			files[path] = info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// expect is what one command is to answer.
type expect struct {
	args string
	code int
	// says are patterns that stderr must match, or stdout where all is well.
	says []string
}

func (e expect) hold(t *testing.T, dir string) {
	t.Helper()
	a := ask(t, dir, strings.Fields(e.args)...)
	if a.code != e.code {
		t.Errorf("gantline %s: exit code %d, not %d\n%s", e.args, a.code, e.code, a.stderr)
	}
	text := a.stderr
	if e.code == 0 {
		text += a.stdout
	}
	for _, pattern := range e.says {
		if !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("gantline %s does not say %q:\n%.3000s", e.args, pattern, text)
		}
	}
}

// clone clones a history, and takes away where from: whoever asks for what a
// clone lacks gets an error.
func clone(t *testing.T, h *repotest.History, args ...string) string {
	t.Helper()
	h.Git(nil, "config", "uploadpack.allowFilter", "true")
	h.Git(nil, "config", "uploadpack.allowAnySHA1InWant", "true")
	dir := filepath.Join(t.TempDir(), "clone")
	h.Git(nil, slices.Concat([]string{"clone", "-q"}, args, []string{"file://" + h.Dir, dir})...)
	if err := os.Rename(h.Dir, h.Dir+".away"); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestClonesThatLackSomething asks clones that don't hold everything: they say
// what they can't tell, and fetch nothing.
func TestClonesThatLackSomething(t *testing.T) {
	for _, c := range []struct {
		name string
		how  []string
		want []expect
	}{
		{"shallow", []string{"--depth=1"}, []expect{
			{"audit -o json", 0, []string{`"shallow": true`, `"cutOffCommits": 1`}},
			{"audit", 0, []string{`shallow`}},
			{"audit HEAD~1..HEAD", 2, []string{`HEAD~1`, `shallow`}},
			{"files HEAD --why app/main.py", 0, []string{`app/main\.py`}},
		}},
		{"blobless", []string{"--no-checkout", "--filter=blob:none"}, []expect{
			{"audit -o json", 0, []string{`"partial": true`, `"missingBlobs": 8`, `"missingInTree": 6`}},
			{"audit", 0, []string{`partial`}},
			{"audit -o markdown", 0, nil},
			{"audit -o html", 0, nil},
			{"audit HEAD~1..HEAD -o json", 0, []string{`"missingBlobs": 2`}},
			{"files HEAD", 1, []string{`gantline.yaml`, `partial clone lacks from "origin"`}},
		}},
		{"treeless", []string{"--no-checkout", "--filter=tree:0"}, []expect{
			{"audit", 1, []string{`partial clone lacks trees`}},
			{"files HEAD", 1, []string{`not in this partial clone`}},
		}},
		{"without what Git LFS holds", []string{"-c", "filter.lfs.smudge=cat", "-c", "filter.lfs.required=true"}, []expect{
			{"audit -o json", 0, []string{`"lfsAbsent": 1`}},
			{"files HEAD --why models/m.bin", 0, []string{`LFS`}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := clone(t, sound(t), c.how...)
			for _, want := range c.want {
				want.hold(t, dir)
			}
		})
	}
}

// TestOtherRepositories asks repositories that are sound and unusual.
func TestOtherRepositories(t *testing.T) {
	t.Run("SHA-256", func(t *testing.T) {
		dir := soundFormat(t, "sha256").Dir
		expect{"audit -o json", 0, []string{`"commit": "[0-9a-f]{64}"`, `"hash": "[0-9a-f]{64}"`}}.hold(t, dir)
		expect{"audit HEAD~1..HEAD -o json", 0, []string{`"base": "[0-9a-f]{64}"`}}.hold(t, dir)
		expect{"files HEAD --why app/main.py", 0, []string{`app/main\.py`}}.hold(t, dir)
	})
	t.Run("without a commit", func(t *testing.T) {
		h := repotest.New(t)
		for _, args := range []string{"audit", "audit HEAD~1..HEAD", "audit --all", "files HEAD"} {
			expect{args, 2, []string{`no commit yet`}}.hold(t, h.Dir)
		}
	})
	t.Run("no repository", func(t *testing.T) {
		for _, args := range []string{"audit", "files HEAD"} {
			expect{args, 2, []string{`not a git repository`}}.hold(t, t.TempDir())
		}
	})
	t.Run("submodules", func(t *testing.T) {
		dir := sound(t, repotest.Submodule("third/party"), repotest.Submodule("sub")).Dir
		expect{"audit -o json", 0, []string{`"maxCheckoutSubmoduleCount"|ubmodule`, `"files": 6`}}.hold(t, dir)
		expect{"audit HEAD~1..HEAD -o json", 0, nil}.hold(t, dir)
		expect{"files HEAD --why third/party", 0, []string{`submodule`}}.hold(t, dir)
	})
	t.Run("names", func(t *testing.T) {
		dir := sound(t, repotest.Put("a\nb/new\nline.py", "import os\n"), repotest.Put("bad\xff\xfe.py", "import os\n"), repotest.Put("tab\t\x1b[31m.csv", "x"),
			repotest.Put("Case.py", "1\n"), repotest.Put("case.py", "2\n"), repotest.Put("caf\u00e9.py", "1\n"), repotest.Put("cafe\u0301.py", "2\n"),
			repotest.Put("\" <script>alert(1)</script>.py", "1\n"), repotest.Put("-o", "x")).Dir
		for _, args := range []string{"audit", "audit -o json", "audit -o markdown", "audit -o html", "audit HEAD~1..HEAD"} {
			a := ask(t, dir, strings.Fields(args)...)
			if a.code != 0 {
				t.Errorf("gantline %s: exit code %d\n%s", args, a.code, a.stderr)
			}
			if strings.Contains(a.stdout, "\x1b") {
				t.Errorf("gantline %s: a file's name gets through to the terminal", args)
			}
			if strings.Contains(args, "html") && strings.Contains(a.stdout, "<script>alert(1)") {
				t.Errorf("gantline %s: a file's name gets through to the page", args)
			}
		}
		// An image can't hold a name that is no UTF-8.
		for _, args := range []string{"files HEAD", "files HEAD -o json"} {
			expect{args, 3, []string{`"bad\\xff\\xfe\.py" has a name that is not UTF-8`}}.hold(t, dir)
		}
	})
}
