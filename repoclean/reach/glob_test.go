package reach

import "testing"

func TestFits(t *testing.T) {
	for _, c := range []struct {
		pattern, path string
		want          bool
	}{
		{"a/*.py", "a/b.py", true},
		{"a/*.py", "x/a/b.py", true},
		{"a/*.py", "xa/b.py", false},
		{"a/*.py", "a/b/c.py", false},
		{"a/**/*.py", "a/b/c.py", true},
		{"a/**/*.py", "a/c.py", true},
		{"a/**", "a/b/c.py", true},
		{"test_*.py", "tests/test_x.py", true},
		{"a?.py", "ab.py", true},
		{"a?.py", "a/.py", false},
		{"a/\x00.py", "a/b/c.py", true},
		{"\x00/c.py", "a/b/c.py", true},
		{"a/\x00/c.py", "a/c.py", true},
		{"a/\x00/c.py", "a/b/c.py", true},
		{"\x00/a/c.py", "a/c.py", true},
		{"a\x00/c.py", "ac.py", false},
		{"*a*b.py", "xaxbxb.py", true},
		{"a/*x/*.py", "a/bx/c.py", true},
		{"a/*x/*.py", "a/b/x/c.py", false},
		{"", "a", false},
	} {
		if got := fits(c.pattern, c.path); got != c.want {
			t.Errorf("fits(%q, %q) = %v", c.pattern, c.path, got)
		}
	}
}
