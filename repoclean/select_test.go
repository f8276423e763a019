package repoclean

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/gitrepo/repotest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// agent is a repository with one file for each rule.
func agent(t *testing.T) *repotest.History {
	return repotest.New(t).Commit("main", "Ada", "everything",
		repotest.Put("train.py", "print(1)\n"),
		repotest.PutMode("100755", "bin/run", "#!/bin/sh\n"),
		repotest.Put("docs/a.md", "text"), repotest.Put("docs/prompt.md", "prompt"),
		repotest.Put("assets/tokenizer.model", repotest.Pointer('a', 4_200_000)),
		repotest.Put("assets/weights.pt", repotest.Pointer('b', 15_000_000_000)),
		repotest.Put("docs/figure.png", repotest.Pointer('c', 1000)),
		repotest.Put("heavy/w.bin", strings.Repeat("w", 2000)), repotest.Put("heavy/readme", "w"),
		repotest.PutMode("120000", "heavy/link", "w.bin"), repotest.Put("heavy/.wh.x", ""),
		repotest.Put("big.bin", strings.Repeat("x", 2000)), repotest.Put("named.bin", strings.Repeat("y", 2000)),
		repotest.Put("kept.bin", strings.Repeat("z", 2000)),
		repotest.PutMode("120000", "inside", "bin/run"), repotest.PutMode("120000", "docs/up", "../train.py"),
		repotest.PutMode("120000", "bin/out", "../../etc/passwd"), repotest.PutMode("120000", "abs", "/data"),
		repotest.Put("d/.wh.train.py", ""), repotest.Put("d/.wh.dir/x", ""), repotest.Put("d/.whx", "ok"),
		repotest.Put("bad/\xff", "x"), repotest.Put("docs/\xfe", "x"),
		repotest.Submodule("lib/vendored"), repotest.Submodule("docs/sub"),
		repotest.Put("new\nline", "ok"), repotest.Put("empty", ""),
	)
}

func agentPolicy(t *testing.T) Policy {
	return Policy{
		Exclude: patterns(t, "docs/", "!docs/prompt.md", "!/named.bin"),
		MaxFile: 1000,
		Data: []DataRule{
			{Image: "train", Name: "tokens", Path: "assets/tokenizer.model", Files: patterns(t, "/assets/tokenizer.model")},
			{Image: "train", Name: "again", Path: "assets/tok*", Files: patterns(t, "/assets/tok*")},
			{Image: "serve", Name: "heavy", Path: "heavy", Files: patterns(t, "/heavy")},
			{Image: "train", Name: "heavy", Path: "heavy/*.bin", Files: patterns(t, "/heavy/*.bin")},
			{Image: "train", Name: "figure", Path: "docs/figure.png", Files: patterns(t, "/docs/figure.png")},
		},
		Keep: []string{"kept.bin"},
	}
}

func TestSelect(t *testing.T) {
	repo := agent(t).Open()
	policy := agentPolicy(t)
	tree, err := ReadTree(t.Context(), repo, "main", policy)
	if err != nil {
		t.Fatal(err)
	}
	c := Select(tree, policy)
	got := map[string]string{}
	for _, v := range c.Files {
		got[v.Path] = fmt.Sprintf("%v %s %s", v.Included, v.Reason, v.Rule)
	}
	want := map[string]string{
		"abs":                    "true link-outside ",
		"assets/tokenizer.model": "true data-layer assets/tokenizer.model",
		"assets/weights.pt":      "false lfs-pointer ",
		"bad/\xff":               "false not-utf-8 ",
		"big.bin":                "false too-large ",
		"bin/out":                "true link-outside ",
		"bin/run":                "true included ",
		"d/.wh.dir/x":            "false whiteout-name ",
		"d/.wh.train.py":         "false whiteout-name ",
		"d/.whx":                 "true included ",
		"docs/a.md":              "false pattern docs/",
		"docs/figure.png":        "true data-layer docs/figure.png",
		"docs/prompt.md":         "true included !docs/prompt.md",
		"docs/sub":               "false pattern docs/",
		"docs/up":                "false pattern docs/",
		"docs/\xfe":              "false pattern docs/",
		"empty":                  "true included ",
		"heavy/.wh.x":            "false whiteout-name heavy",
		"heavy/link":             "true included ",
		"heavy/readme":           "true data-layer heavy",
		"heavy/w.bin":            "true data-layer heavy",
		"inside":                 "true included ",
		"kept.bin":               "true included ",
		"lib/vendored":           "false submodule ",
		"named.bin":              "true included !/named.bin",
		"new\nline":              "true included ",
		"train.py":               "true included ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var refused []string
	for _, r := range c.Refusals {
		refused = append(refused, r.Path)
		if r.Message == "" || r.Hint == "" {
			t.Errorf("%+v says too little", r)
		}
	}
	if diff := cmp.Diff([]string{"bad/\xff", "big.bin", "d/.wh.dir/x", "d/.wh.train.py", "heavy/.wh.x"}, refused); diff != "" {
		t.Error(diff)
	}
	if v, ok := c.Why("assets/weights.pt"); !ok || v.LFSSize != 15_000_000_000 {
		t.Errorf("%+v, %v", v, ok)
	}
	if v, _ := c.Why("bin/out"); v.Target != "../../etc/passwd" {
		t.Errorf("%+v", v)
	}
	for path, want := range map[string][2]Reason{ // in train, in serve
		"assets/tokenizer.model": {DataLayer, LFSPointer},
		"docs/figure.png":        {DataLayer, ExcludedByPattern},
		"heavy/w.bin":            {DataLayer, DataLayer},
		"heavy/readme":           {Included, DataLayer},
		"heavy/link":             {Included, Included},
		"big.bin":                {TooLarge, TooLarge},
	} {
		v, _ := c.Why(path)
		for i, image := range []string{"train", "serve"} {
			if in := v.In(image); in.Reason != want[i] || in.Included != want[i].Includes() {
				t.Errorf("%s in %s: %+v", path, image, in)
			}
		}
		if v.In("other").Reason == TooLarge != (path == "big.bin") {
			t.Errorf("%s in another image: %+v", path, v.In("other"))
		}
	}
	if v, _ := c.Why("heavy/w.bin"); !cmp.Equal(v.Data, []DataUse{{Image: "serve", Name: "heavy", Path: "heavy"}, {Image: "train", Name: "heavy", Path: "heavy/*.bin"}}) {
		t.Errorf("%+v", v)
	}
	if _, ok := c.Why("none"); ok {
		t.Error("a verdict about no file")
	}
}

func TestSelectSumsUp(t *testing.T) {
	repo := agent(t).Open()
	policy := agentPolicy(t)
	tree, err := ReadTree(t.Context(), repo, "main", policy)
	if err != nil {
		t.Fatal(err)
	}
	c := Select(tree, policy)
	var total, included Totals
	for _, sum := range c.Reasons {
		total.Files += sum.Files
		total.Bytes += sum.Bytes
	}
	for _, v := range c.Files {
		if v.Included {
			included.Add(v.Bytes())
		}
		if v.Included && v.Reason.Refuses() {
			t.Errorf("%+v is included and refused", v)
		}
	}
	if c.Total != total || c.Included != included || total.Files != len(c.Files) {
		t.Errorf("total %+v, by reasons %+v; included %+v, counted %+v", c.Total, total, c.Included, included)
	}
}

// TestNoPointerReachesAnImage is the promise of the package: whatever the
// policy, no text of an LFS pointer is in the archive.
func TestNoPointerReachesAnImage(t *testing.T) {
	repo := agent(t).Open()
	rng := rand.New(rand.NewPCG(5, 6))
	choices := []string{"docs/", "!docs/**", "*", "!*.pt", "!assets/", "!*", "assets/*.pt", "!/docs/figure.png"}
	for range 30 {
		var list []string
		for range 1 + rng.IntN(4) {
			list = append(list, choices[rng.IntN(len(choices))])
		}
		policy := Policy{Exclude: patterns(t, list...), Keep: []string{"assets"}}
		tree, err := ReadTree(t.Context(), repo, "main", policy)
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range archive(t, repo, Select(tree, policy)) {
			if strings.Contains(content, "git-lfs") {
				t.Errorf("patterns %q: %q holds a pointer", list, name)
			}
		}
	}
}

// archive is name and content of what WriteTar writes; directories are "dir",
// links "-> target".
func archive(t *testing.T, repo *gitrepo.Repo, c Context) map[string]string {
	t.Helper()
	files := map[string]string{}
	tr := tar.NewReader(bytes.NewReader(archiveBytes(t, repo, c)))
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := files[h.Name]; twice {
			t.Errorf("%q stands there twice", h.Name)
		}
		switch h.Typeflag {
		case tar.TypeDir:
			files[h.Name] = "dir"
		case tar.TypeSymlink:
			files[h.Name] = "-> " + h.Linkname
		default:
			content, err := io.ReadAll(tr)
			if err != nil {
				t.Fatal(err)
			}
			files[h.Name] = fmt.Sprintf("%o %s", h.Mode, content)
		}
		dir := path.Dir(strings.TrimSuffix(h.Name, "/"))
		if _, ok := files[dir+"/"]; !ok && dir != "." {
			t.Errorf("%q comes before its directory", h.Name)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.ModTime.Unix() < epoch || h.ModTime.Year() > 1997 {
			t.Errorf("header %+v", h)
		}
	}
}

func archiveBytes(t *testing.T, repo *gitrepo.Repo, c Context) []byte {
	t.Helper()
	blobs, err := repo.Blobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer blobs.Close()
	var out bytes.Buffer
	if err := WriteTar(t.Context(), &out, c.Files, blobs, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestWriteTar(t *testing.T) {
	long := strings.Repeat("long/", 60) + "name.py"
	repo := repotest.New(t).Commit("main", "Ada", "files",
		repotest.Put("a/b/c.py", "c"), repotest.PutMode("100755", "a/run", "#!"), repotest.Put("a-b", "x"), repotest.Put("out.py", "no"),
		repotest.PutMode("120000", "a/link", "b/c.py"), repotest.Put("é\n", "odd"), repotest.Put(long, "long"),
		repotest.Submodule("a/sub"), repotest.Submodule("zzz/sub"), repotest.Put("m", strings.Repeat("1234567890", 100_000)),
	).Open()
	policy := Policy{Exclude: patterns(t, "out.py")}
	tree, err := ReadTree(t.Context(), repo, "main", policy)
	if err != nil {
		t.Fatal(err)
	}
	c := Select(tree, policy)
	want := map[string]string{
		"a/": "dir", "a/b/": "dir", "a/b/c.py": "644 c", "a/run": "755 #!", "a-b": "644 x", "a/link": "-> b/c.py",
		"é\n": "644 odd", long: "644 long", "a/sub/": "dir", "zzz/": "dir", "zzz/sub/": "dir", "m": "644 " + strings.Repeat("1234567890", 100_000),
	}
	for i := 1; i <= 60; i++ {
		want[strings.Repeat("long/", i)] = "dir"
	}
	if diff := cmp.Diff(want, archive(t, repo, c)); diff != "" {
		t.Error(diff)
	}
	// The bytes are part of what makes an image the same everywhere.
	sum := sha256.Sum256(archiveBytes(t, repo, c))
	golden(t, "tar.sha256", hex.EncodeToString(sum[:])+"\n")
}

// TestContextFields keeps the names that scripts read.
func TestContextFields(t *testing.T) {
	policy := agentPolicy(t)
	tree, err := ReadTree(t.Context(), agent(t).Open(), "main", policy)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(Select(tree, policy), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "context.json", string(text)+"\n")
}

func TestFileTimeComesFromTheContent(t *testing.T) {
	for hash, want := range map[string]int64{
		strings.Repeat("0", 40):              epoch,
		strings.Repeat("0", 32) + "00000001": epoch + 1,
		strings.Repeat("f", 40):              epoch + 1<<29 - 1,
		strings.Repeat("f", 64):              epoch + 1<<29 - 1,
	} {
		if got, err := fileTime(hash); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", hash, got, err, want)
		}
	}
	for _, bad := range []string{"", "xyz", "00"} {
		if _, err := fileTime(bad); err == nil {
			t.Errorf("%q has a date", bad)
		}
	}
}

func TestLeaves(t *testing.T) {
	for _, tt := range []struct {
		link, target string
		want         bool
	}{
		{"a", "b", false}, {"a", "..", true}, {"a", "../x", true}, {"a", "/x", true}, {"d/a", "../x", false},
		{"d/a", "../../x", true}, {"d/a", "e/../../../x", true}, {"d/a", ".", false}, {"a", "..x", false},
	} {
		if got := leaves(tt.link, tt.target); got != tt.want {
			t.Errorf("%s -> %s: %v", tt.link, tt.target, got)
		}
	}
}

func TestSelectOfPartialClone(t *testing.T) {
	h := agent(t)
	h.Open()
	h.Git(nil, "config", "uploadpack.allowFilter", "true")
	h.Git(nil, "config", "uploadpack.allowAnySHA1InWant", "true")
	dir := filepath.Join(t.TempDir(), "partial.git")
	h.Git(nil, "clone", "-q", "--bare", "--filter=blob:none", "file://"+h.Dir, dir)
	repo, err := gitrepo.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	policy := agentPolicy(t)
	policy.Data = policy.Data[2:4] // what git has
	tree, err := ReadTree(t.Context(), repo, "main", policy)
	if err != nil {
		t.Fatal(err)
	}
	c := Select(tree, policy)
	if v, _ := c.Why("assets/weights.pt"); v.Reason != LFSPointer {
		t.Errorf("%+v", v)
	}
	if v, _ := c.Why("docs/a.md"); v.Size != gitrepo.UnknownSize {
		t.Errorf("a file that is left out was fetched: %+v", v)
	}
	names := slices.Sorted(maps.Keys(archive(t, repo, c)))
	if !slices.Contains(names, "train.py") {
		t.Errorf("archive of %q", names)
	}
}

// golden compares a text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", file, diff)
	}
}

func patterns(t *testing.T, list ...string) gitrepo.Patterns {
	t.Helper()
	ps, err := gitrepo.NewPatterns(list)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}
