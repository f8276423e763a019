package reach

import "testing"

func TestWants(t *testing.T) {
	for _, c := range []struct {
		file       string
		size       int64
		executable bool
		want       bool
	}{
		{"agent/model.py", 100, false, true},
		{"agent/model.py", MaxPython, false, true},
		{"agent/model.py", MaxPython + 1, false, false},
		{"agent/model.pyi", 100, false, false},
		{"notebooks/a.ipynb", MaxPython + 1, false, true},
		{"Makefile", 100, false, true},
		{"docker/Dockerfile.train", 100, false, true},
		{"conf/model.yaml", 100, false, true},
		{"conf/model.yaml", MaxOther + 1, false, false},
		{"pyproject.toml", 100, false, true},
		{"bin/train", 100, false, true},
		{"bin/train.old", 100, false, false},
		{"bin/train.old", 100, true, true},
		{"data/episodes.jsonl", 100, false, false},
		{"docs/guide.md", 100, false, false},
		{"LICENSE", 100, false, false},
		{"agent/_fast.so", 100, true, false},
		{".env", 100, false, true},
		{".gitignore", 100, false, false},
	} {
		if got := Wants(c.file, c.size, c.executable); got != c.want {
			t.Errorf("Wants(%q, %d, %v) = %v, want %v", c.file, c.size, c.executable, got, c.want)
		}
	}
}
