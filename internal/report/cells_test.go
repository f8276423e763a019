package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShorten(t *testing.T) {
	for _, test := range []struct {
		text string
		most int
		want string
	}{
		{"agent/train.py", 14, "agent/train.py"},
		{"agent/train.py", 13, "agen…train.py"},
		{"checkpoints/step-100.safetensors", 20, "checkpo….safetensors"},
		{"データ/学習/訓練.parquet", 14, "デー….parquet"},
		{"e\u0301e\u0301e\u0301e\u0301", 4, "e\u0301e\u0301e\u0301e\u0301"},
		{"abc", 2, "…c"}, {"abc", 1, "…"}, {"abc", 0, ""},
	} {
		got := shorten(test.text, test.most)
		if n := cellsOf(got); n > test.most {
			t.Errorf("shorten(%q, %d) takes %d cells", test.text, test.most, n)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("shorten(%q, %d): %s", test.text, test.most, diff)
		}
	}
	if got := shortenEnd("Jón Halldórsson", 9); got != "Jón Hall…" {
		t.Errorf("shortenEnd: %q", got)
	}
}

func TestBar(t *testing.T) {
	for _, test := range []struct {
		solid, shaded, whole int64
		want                 [2]string
	}{
		{0, 0, 100, [2]string{"", ""}}, {5, 0, 0, [2]string{"", ""}},
		{100, 0, 100, [2]string{"████████", ""}}, {50, 0, 100, [2]string{"████", ""}},
		{1, 0, 100_000, [2]string{"▏", ""}}, {30, 0, 100, [2]string{"██▍", ""}},
		{50, 50, 100, [2]string{"████", "░░░░"}}, {1, 99, 100, [2]string{"█", "░░░░░░░"}},
		{99, 1, 100, [2]string{"███████", "░"}}, {0, 1, 100_000, [2]string{"", "┊"}},
		{0, 7, 100, [2]string{"", "░"}}, {0, 100, 100, [2]string{"", "░░░░░░░░"}}, {3, 4, 1000, [2]string{"", "┊"}}, {4, 3, 1000, [2]string{"▏", ""}},
	} {
		solid, shaded := bar(test.solid, test.shaded, test.whole, 8)
		if diff := cmp.Diff(test.want, [2]string{solid, shaded}); diff != "" {
			t.Errorf("bar(%d, %d of %d): %s", test.solid, test.shaded, test.whole, diff)
		}
	}
}

func TestWrapped(t *testing.T) {
	want := []string{"git gc packs", "them,", "averyveryverylongword", "too"}
	if diff := cmp.Diff(want, wrapped("git gc packs them,  averyveryverylongword too", 13)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{""}, wrapped("", 9)); diff != "" {
		t.Error(diff)
	}
}
