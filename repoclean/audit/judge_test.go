package audit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/repoclean"
)

func TestJudge(t *testing.T) {
	growth := Report{
		History: History{Blobs: Objects{Packed: 5000}},
		Growth: &Growth{Commits: []CommitGrowth{
			{Commit: "one", Added: Objects{Packed: 1000}}, {Commit: "two", Added: Objects{Packed: 4000}}}},
		Largest: []Blob{{Path: "new.bin", Bytes: 900, Commit: "two"}, {Path: "small", Bytes: 10, Commit: "one"}},
	}
	growth.LargestInTree = []Blob{{Path: "old.bin", Bytes: 9999}}
	whole := Report{LargestInTree: growth.LargestInTree}
	tests := map[string]struct {
		report  Report
		budgets repoclean.Budgets
		want    []string // budget, path, commit
	}{
		"no budget":          {growth, repoclean.Budgets{}, nil},
		"within":             {growth, repoclean.Budgets{CommitGrowth: 5000, File: 900}, nil},
		"growth":             {growth, repoclean.Budgets{CommitGrowth: 4999}, []string{"commit_growth new.bin two"}},
		"file of the range":  {growth, repoclean.Budgets{File: 899}, []string{"file new.bin two"}},
		"both":               {growth, repoclean.Budgets{CommitGrowth: 1, File: 5}, []string{"commit_growth new.bin two", "file new.bin two", "file small one"}},
		"file of the commit": {whole, repoclean.Budgets{File: 5000, CommitGrowth: 1}, []string{"file old.bin "}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, b := range tt.report.Judged(tt.budgets).Breaches {
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

// TestLimits: a report tells what it was held to; budgets for something else
// are not among it.
func TestLimits(t *testing.T) {
	for name, tt := range map[string]struct {
		report  Report
		budgets repoclean.Budgets
		want    *Limits
	}{
		"none":            {Report{Growth: &Growth{}}, repoclean.Budgets{Context: 1}, nil},
		"of a range":      {Report{Growth: &Growth{}}, repoclean.Budgets{CommitGrowth: 1, File: 2}, &Limits{CommitGrowth: 1, File: 2}},
		"of a commit":     {Report{}, repoclean.Budgets{CommitGrowth: 1, File: 2}, &Limits{File: 2}},
		"not of a commit": {Report{}, repoclean.Budgets{CommitGrowth: 1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.report.Judged(tt.budgets).Budgets); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExtension(t *testing.T) {
	for file, want := range map[string]string{"a.py": ".py", "a.PY": ".py", ".env": "", "d.x/f": "", "a.tar.gz": ".gz"} {
		if got := extension(file); got != want {
			t.Errorf("extension of %s: %q, want %q", file, got, want)
		}
	}
}
