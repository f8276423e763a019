package repoclean

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJudge(t *testing.T) {
	growth := Report{Growth: &Growth{
		Added:   Objects{Packed: 5000},
		Commits: []CommitGrowth{{Commit: "one", Added: Objects{Packed: 1000}}, {Commit: "two", Added: Objects{Packed: 4000}}},
		Largest: []Blob{{Path: "new.bin", Bytes: 900, Commit: "two"}, {Path: "small", Bytes: 10, Commit: "one"}},
	}}
	growth.LargestInTree = []Blob{{Path: "old.bin", Bytes: 9999}}
	whole := Report{LargestInTree: growth.LargestInTree}
	tests := map[string]struct {
		report  Report
		budgets Budgets
		want    []string // budget, path, commit
	}{
		"no budget":          {growth, Budgets{}, nil},
		"within":             {growth, Budgets{CommitGrowth: 5000, File: 900}, nil},
		"growth":             {growth, Budgets{CommitGrowth: 4999}, []string{"commit_growth new.bin two"}},
		"file of the range":  {growth, Budgets{File: 899}, []string{"file new.bin two"}},
		"both":               {growth, Budgets{CommitGrowth: 1, File: 5}, []string{"commit_growth new.bin two", "file new.bin two", "file small one"}},
		"file of the commit": {whole, Budgets{File: 5000, CommitGrowth: 1}, []string{"file old.bin "}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, b := range Judge(tt.report, tt.budgets) {
				got = append(got, b.Budget+" "+b.Path+" "+b.Commit)
				if b.Actual <= b.Limit || b.Message == "" || b.Hint == "" {
					t.Errorf("%+v", b)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJudgeContext(t *testing.T) {
	c := Context{Included: Totals{Files: 3, Bytes: 2_000_000}}
	if got := JudgeContext(c, Budgets{Context: 2_000_000}); got != nil {
		t.Errorf("within: %+v", got)
	}
	want := []Breach{{
		Budget: "context", Limit: 1_000_000, Actual: 2_000_000,
		Message: "3 files with 2.00 MB go into the image, more than budgets.context (1.00 MB)",
		Hint:    "leave files out with patterns in context.exclude (gantline files shows the largest), or raise the budget",
	}}
	if diff := cmp.Diff(want, JudgeContext(c, Budgets{Context: 1_000_000})); diff != "" {
		t.Error(diff)
	}
}

func TestKindOf(t *testing.T) {
	for file, want := range map[string]FileKind{
		"a/train.py": Code, "Makefile": Code, "x.YAML": Config, "n.ipynb": Notebook, "m.safetensors": Model,
		"pytorch_model.bin": Model, "w.bin": Data, "d.parquet": Data, "d.tar.gz": Archive, "p.PNG": Media,
		"README": Document, "a.md": Document, ".gitignore": Other, "noext": Other,
	} {
		if got := KindOf(file); got != want {
			t.Errorf("%s: %s, want %s", file, got, want)
		}
	}
	for file, want := range map[string]string{"a.py": ".py", "a.PY": ".py", ".env": "", "d.x/f": "", "a.tar.gz": ".gz"} {
		if got := extension(file); got != want {
			t.Errorf("extension of %s: %q, want %q", file, got, want)
		}
	}
}
