package report

import (
	"io"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/reach"
)

// explained is a context of one file for each verdict, with who reaches it.
func explained() repoclean.Context {
	run := []reach.Step{{Path: "workflows/nightly.yaml", Line: 12, How: "runs train.py"}, {Path: "train.py", Line: 3, How: "imports agent.model"}}
	test := []reach.Step{{Path: "tests/test_old.py", How: "is a test"}, {Path: "tests/test_old.py", Line: 1, How: "imports agent.old"}}
	script := []reach.Step{{Path: "tools/record.py", Line: 40, How: `asks for __name__ == "__main__"`}}
	kept := []reach.Step{{How: "nothing says what runs"}}
	files := []repoclean.Verdict{
		{Path: ".gitignore", Size: 20, Reason: repoclean.ExcludedByPattern, Rule: ".gitignore"},
		{Path: "agent/dead.py", Size: 2_100, Reason: repoclean.Included, Reach: reach.Unreached},
		{Path: "agent/dead_" + hostile + ".py", Size: 900, Reason: repoclean.Included, Reach: reach.Unreached},
		{Path: "agent/left.py", Size: 700, Reason: repoclean.UnreachablePython, Rule: "context.unreachable_python", Reach: reach.Unreached},
		{Path: "agent/model.py", Size: 2_460, Reason: repoclean.Included, Reach: reach.Run, Because: run},
		{Path: "agent/named.py", Size: 1_000, Reason: repoclean.Included, Rule: "!named.py", Key: "context.exclude", At: "gantline.yaml:17:9", Named: true, Reach: reach.Unreached},
		{Path: "agent/odd.py", Size: 10, Reason: repoclean.Included, Reach: reach.Kept, Because: kept},
		{Path: "agent/old.py", Size: 300, Reason: repoclean.Included, Reach: reach.Test, Because: test},
		{Path: "assets/reward.model", Size: 134, Reason: repoclean.LFSPointer, OID: strings.Repeat("a", 64), LFSSize: 813_000_000, Reach: reach.Run, Because: run},
		{Path: "assets/sealed.model", Size: 200, Reason: repoclean.LFSExtended, Rule: "*.model", Key: "context.lfs.fetch", At: "gantline.yaml:18:17", OID: strings.Repeat("c", 64)},
		{Path: "assets/tokenizer.model", Size: 130, Reason: repoclean.LFSFetched, Rule: "*.model", Key: "context.lfs.fetch", At: "gantline.yaml:18:17", OID: strings.Repeat("b", 64), LFSSize: 4_200_000},
		{Path: "big.bin", Size: 20_000_000, Reason: repoclean.TooLarge},
		{Path: "data/all.bin", Size: 20, Reason: repoclean.DataLayer, Rule: "data", Key: "images.train.data", At: "gantline.yaml:9:5", Elsewhere: repoclean.Included, Data: []repoclean.DataUse{{Image: "train", Name: "tables", Path: "data"}}},
		{Path: "data/kept.bin", Size: 130, Reason: repoclean.DataLayer, Rule: "data", Key: "images.train.data", At: "gantline.yaml:9:5", Elsewhere: repoclean.LFSPointer, OID: strings.Repeat("e", 64), LFSSize: 7_000_000, Data: []repoclean.DataUse{{Image: "train", Name: "tables", Path: "data"}, {Image: "serve", Name: "all", Path: "data/*.bin"}}},
		{Path: "docs/a.md", Size: 244, Reason: repoclean.ExcludedByPattern, Rule: "docs/", Key: "context.exclude", At: "gantline.yaml:17:36"},
		{Path: "kept.bin", Size: 20_000_000, Reason: repoclean.Included, Rule: "!kept.bin", Key: "context.exclude", At: "gantline.yaml:17:50"},
		{Path: "link", Size: 9, Mode: gitrepo.Symlink, Reason: repoclean.LinkOutside, Target: "../outside"},
		{Path: "README", Size: 5, Reason: repoclean.Included},
		{Path: "readme", Size: 5, Reason: repoclean.Included},
		{Path: "tools/record.py", Size: 1_500, Reason: repoclean.Included, Reach: reach.Script, Because: script},
		{Path: "vendor", Size: -1, Mode: gitrepo.Submodule, Reason: repoclean.SubmoduleDirectory},
		{Path: "workflows/nightly.yaml", Size: 400, Reason: repoclean.ExcludedByPattern, Rule: "/workflows/*.yaml", Key: "flows", At: "gantline.yaml:3:9"},
	}
	c := repoclean.Context{Files: files, Clashes: [][]string{{"README", "readme"}}}
	for i := range files {
		v := &files[i]
		if v.Included = v.Reason.Includes(); v.Included {
			c.Included.Add(v.Bytes())
		}
		c.Total.Add(v.Bytes())
	}
	return c
}

func TestNotableFiles(t *testing.T) {
	c := explained()
	golden(t, "files-notable.txt", written(t, func(w io.Writer) error { return FilesText(w, c, streams.Palette{}, true) }))
	golden(t, "files-notable.md", written(t, func(w io.Writer) error { return FilesMarkdown(w, c) }))
	views := notable(c).views()
	if len(views) != 5 || views[0].More != 0 || !strings.Contains(views[0].Lines[0].Note, "2.10 kB") || strings.Contains(views[0].Lines[1].Path, "\x1b") {
		t.Errorf("%+v", views)
	}
}

// TestPageNamesNotableFiles: the page of a run has them, each name as text.
func TestPageNamesNotableFiles(t *testing.T) {
	run, c := sampleRun(t), explained()
	run.Context = &c
	page := string(written(t, func(w io.Writer) error { return RunHTML(w, run) }))
	for _, want := range []string{
		"<summary>2 Python files that nothing reaches, 3.00 kB</summary>", "<summary>1 Python file that only tests reach, 300 B</summary>",
		"<li>agent/old.py ", "813 MB, train.py:3: imports agent.model", "<li>README <span class=\"note\">readme</span>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("the name of a file is markup")
	}
}

// TestNotableFilesAreCut: a text names the largest, and says how many follow.
func TestNotableFilesAreCut(t *testing.T) {
	var c repoclean.Context
	for i := range 50 {
		c.Files = append(c.Files, repoclean.Verdict{Path: strings.Repeat("x", i+1) + ".py", Size: int64(i), Reason: repoclean.Included, Included: true, Reach: reach.Unreached})
	}
	text := string(written(t, func(w io.Writer) error { return FilesText(w, c, streams.Palette{}, false) }))
	if !strings.Contains(text, "50 Python files that nothing reaches, 1.23 kB:") || !strings.Contains(text, "and 30 more") ||
		strings.Count(text, "x.py\n") != mostNotable || !strings.Contains(text, "49 B  "+strings.Repeat("x", 50)) {
		t.Errorf("%s", text)
	}
}

func TestFileWhy(t *testing.T) {
	c := explained()
	text := written(t, func(w io.Writer) error {
		for _, v := range c.Files {
			if err := FileWhyText(w, v, WhyPolicy{MaxFile: 10_000_000}, streams.Palette{}); err != nil {
				return err
			}
		}
		for _, dir := range []string{"agent", "assets", "."} {
			d, ok := WhyDirectory(c, dir)
			if !ok {
				t.Fatalf("no directory %q", dir)
			}
			if err := DirectoryWhyText(w, d, streams.Palette{}, false); err != nil {
				return err
			}
		}
		return nil
	})
	golden(t, "files-why.txt", text)
	if _, ok := WhyDirectory(c, "agen"); ok {
		t.Error("a part of a name is a directory")
	}
}
