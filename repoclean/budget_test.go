package repoclean

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJudgeContext(t *testing.T) {
	c := Context{Included: Totals{Files: 3, Bytes: 2_000_000}}
	if got := JudgeContext(c, Budgets{Context: 2_000_000}); got != nil {
		t.Errorf("within: %+v", got)
	}
	data := c
	data.Reasons = map[Reason]Totals{DataLayer: {Files: 1, Bytes: 1_500_000}}
	if got := JudgeContext(data, Budgets{Context: 1_000_000}); got != nil {
		t.Errorf("data counts: %+v", got)
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
}
