package bench

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The tree that files is measured on.
const (
	treeFiles   = 50_000
	treeModules = 20_000
)

// files measures choosing the files of an image from a large tree, with every
// Python file read for what it imports.
func files(t *testing.T) section {
	t.Helper()
	say("making a tree of %d files", treeFiles)
	repo := bigTree(t, treeFiles, treeModules)
	text, held := chooseFiles(t, repo)
	r := text.row("gantline files")
	r.memory, r.goal = size(held.own), verdict(text.took < 2*time.Second, "< 2 s")
	document, held := chooseFiles(t, repo, "-o", "json")
	j := document.row("gantline files -o json, each file with its reasons")
	j.memory = size(held.own)
	return section{fmt.Sprintf("A tree of %d files, %d of them Python with imports", treeFiles, treeModules), []row{r, j}}
}

// chooseFiles runs the command some times.
func chooseFiles(t *testing.T, repo repo, args ...string) (cost, memory) {
	t.Helper()
	say("choosing files %s", strings.Join(args, " "))
	var all []cost
	var peak memory
	for i := range 6 {
		cmd := exec.Command(binary(t, "gantline"), append([]string{"files", "--quiet", "--repo", repo.dir, "HEAD"}, args...)...)
		cmd.Env = append(os.Environ(), "GANTLINE_CACHE="+t.TempDir())
		c, m := watch(t, cmd)
		if i > 0 { // the first reads the repository from the disk
			all, peak.own = append(all, c), max(peak.own, m.own)
		}
	}
	return costs(all), peak
}

// bigTree is a repository with so many files in one commit, some of them
// modules that import each other.
func bigTree(t *testing.T, files, modules int) repo {
	t.Helper()
	r := newRepo(t)
	var stream strings.Builder
	stream.WriteString("commit refs/heads/main\ncommitter Bench <bench@example.com> 1700000000 +0000\ndata 5\nFirst\n")
	put := func(path, text string) {
		fmt.Fprintf(&stream, "M 100644 inline %s\ndata %d\n%s\n", path, len(text), text)
	}
	put("gantline.yaml", "project: bench\nflows: [workflows/*.yaml]\nimages: {train: {base: scratch}}\ncontext: {unreachable_python: drop}\n")
	put("workflows/nightly.yaml", "apiVersion: gantline.dev/v1\nkind: Flow\nname: nightly\nsteps:\n  train: {run: python -m app.pkg0.mod0}\n")
	packages := modules / 40
	for i := range packages {
		put(fmt.Sprintf("app/pkg%d/__init__.py", i), "")
	}
	put("app/__init__.py", "")
	for i := range modules - packages - 1 {
		put(fmt.Sprintf("app/pkg%d/mod%d.py", i%packages, i), module(i, packages, modules-packages-1))
	}
	for i := range files - modules - 2 {
		put(fmt.Sprintf("data/set%d/sample%d.txt", i%300, i), fmt.Sprintf("sample %d\n", i))
	}
	cmd := exec.Command("git", "-C", r.dir, "fast-import", "--quiet")
	cmd.Stdin = strings.NewReader(stream.String())
	run(t, cmd)
	return r
}

// module is a Python file that imports two others further on, so that one in
// some is reached from the first, and nobody imports the rest.
func module(i, packages, modules int) string {
	name := func(n int) string { n %= modules; return fmt.Sprintf("app.pkg%d.mod%d", n%packages, n) }
	var b strings.Builder
	fmt.Fprintf(&b, "\"\"\"Module %d.\n\nimport nothing\n\"\"\"\nfrom __future__ import annotations\nimport os, json\nfrom typing import (\n    Any,\n    Iterable,\n)\n", i)
	if i%3 == 0 {
		fmt.Fprintf(&b, "import %s\nfrom %s import step_%d as other\nfrom . import mod%d\n", name(3*i+3), name(i+3), i+3, (i+3*packages)%modules)
	}
	fmt.Fprintf(&b, "\n\nclass Model%d:\n    rate = 0.1  # import this\n\n    def step(self, batch: Any) -> 'Any':\n        import torch\n        return torch.nn.functional.relu(batch * self.rate)\n", i)
	for n := range 8 {
		fmt.Fprintf(&b, "\n\ndef step_%d(items: Iterable[Any], limit: int = %d) -> dict[str, Any]:\n    result = {\"name\": 'step %d', 'path': os.sep.join([\"a\", \"b\"])}\n    for item in items:\n        if item is not None and len(result) < limit:\n            result[str(item)] = json.dumps(item)\n    return result\n", i+n, n*10, n)
	}
	return b.String()
}

// TestBigTree runs the command on a small tree of the kind.
func TestBigTree(t *testing.T) {
	r := bigTree(t, 500, 200)
	out, err := exec.Command("git", "-C", r.dir, "ls-tree", "-r", "--name-only", "main").Output()
	if err != nil || strings.Count(string(out), "\n") != 500 {
		t.Fatalf("%d files (%v), want 500", strings.Count(string(out), "\n"), err)
	}
	if n := strings.Count(string(out), ".py\n"); n != 200 {
		t.Errorf("%d Python files, want 200", n)
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed, to say whether the modules are Python: hack/setup.sh test")
	}
	for i := range 4 {
		cmd := exec.Command(python, "-c", "import ast, sys; ast.parse(sys.stdin.read())")
		cmd.Stdin = strings.NewReader(module(i, 5, 195))
		run(t, cmd)
	}
}
