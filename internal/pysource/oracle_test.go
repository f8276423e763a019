package pysource

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"hash/fnv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// oracle.py reads names of files, and answers for each what Python's own
// parser finds in it.
//
//go:embed testdata/oracle.py
var oracle string

// answer is one line of it.
type answer struct {
	File    string
	Error   string // Python can't parse the file
	Imports []Import
	Strings []String
}

// TestPython compares what is read from the sources of Python's own library,
// its tests among them, and a fifth of what else is installed, with what
// Python's parser reads.
func TestPython(t *testing.T) {
	if os.Getenv("GANTLINE_TEST") != "full" {
		t.Skip("reading all installed Python sources takes minutes: set GANTLINE_TEST=full")
	}
	python, roots := newestPython(t)
	var files []string
	for _, root := range roots {
		files = append(files, sources(root)...)
	}
	slices.Sort(files)
	files = slices.DeleteFunc(slices.Compact(files), outsideSample)
	if len(files) < 500 {
		t.Fatalf("only %d files below %q", len(files), roots)
	}
	compared, refused, undecoded, bytesRead := 0, 0, 0, 0
	ask(t, python, files, func(want answer) {
		text, err := os.ReadFile(want.File)
		if err != nil {
			t.Fatal(err)
		}
		bytesRead += len(text)
		got, err := Read(text)
		if want.Error != "" {
			refused++
			return
		}
		if err != nil && strings.Contains(err.Error(), "can't be decoded") {
			undecoded++
			return
		}
		compared++
		if err != nil {
			t.Errorf("%s: %v, which Python can parse", want.File, err)
			return
		}
		if diff := cmp.Diff(want.Imports, statements(got)); diff != "" {
			t.Errorf("%s: imports (-Python +Read):\n%s", want.File, diff)
		}
		if diff := cmp.Diff(want.Strings, wholeStrings(got)); diff != "" {
			t.Errorf("%s: strings (-Python +Read):\n%s", want.File, diff)
		}
	})
	t.Logf("%s: %d files, %d bytes; compared %d, Python refused %d, %d in other encodings", python, len(files), bytesRead, compared, refused, undecoded)
	// Python's own tests have a handful whatever else is installed.
	if undecoded > 10+len(files)/1000 {
		t.Errorf("%d files can't be decoded", undecoded)
	}
}

// newestPython is the Python of the highest version on PATH, with the
// directories that it imports from, and more that GANTLINE_TEST_PYTHON lists.
func newestPython(t testing.TB) (python string, roots []string) {
	t.Helper()
	for _, name := range []string{"python3.15", "python3.14", "python3.13", "python3.12", "python3"} {
		out, err := exec.Command(name, "-c", `import json, sys; print(json.dumps([p for p in sys.path if p and not p.endswith(".zip")]))`).Output()
		if err != nil || json.Unmarshal(out, &roots) != nil {
			continue
		}
		return name, append(roots, filepath.SplitList(os.Getenv("GANTLINE_TEST_PYTHON"))...)
	}
	t.Skip("there is no python3 on PATH")
	return "", nil
}

// sources is all files of Python below a directory.
func sources(root string) (files []string) {
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && strings.HasSuffix(path, ".py") {
			files = append(files, path)
		}
		return nil
	})
	return files
}

// outsideSample leaves four of five files out that pip installed: a hash of the
// path chooses.
func outsideSample(path string) bool {
	if !strings.Contains(path, "-packages") {
		return false
	}
	h := fnv.New32a()
	h.Write([]byte(path))
	return h.Sum32()%5 != 0
}

// ask gives one process of Python the files, and hands its answers to each.
func ask(t *testing.T, python string, files []string, each func(answer)) {
	t.Helper()
	cmd := exec.Command(python, "-W", "ignore", "-c", oracle)
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n"))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines, answers := bufio.NewReader(out), 0
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		var one answer
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatalf("reading the answer %.200q: %v", line, err)
		}
		each(one)
		answers++
	}
	if err := cmd.Wait(); err != nil || answers != len(files) {
		t.Fatalf("%d answers for %d files: %v\n%s", answers, len(files), err, errs.String())
	}
}

// statements is the imports that are statements.
func statements(f File) (imports []Import) {
	for _, imported := range f.Imports {
		if imported.Call == "" {
			imports = append(imports, imported)
		}
	}
	return imports
}

// wholeStrings is the strings that are not pieces of others, in an order that
// both sides have.
func wholeStrings(f File) []String {
	whole := slices.DeleteFunc(slices.Clone(f.Strings), func(s String) bool { return s.Part })
	slices.SortFunc(whole, func(a, b String) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return strings.Compare(a.Text, b.Text)
	})
	if len(whole) == 0 {
		return nil
	}
	return whole
}
