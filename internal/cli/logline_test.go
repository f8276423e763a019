package cli

import "testing"

func TestLogLine(t *testing.T) {
	for _, test := range []struct{ line, plain, coloured string }{
		{"loss 0.5\tok", "loss 0.5\tok", "loss 0.5\tok"},
		{" 10%|#  |\r 50%|## |\r100%|###|", "100%|###|", "100%|###|"},
		{"done\r", "done", "done"},
		{"\x1b[31mred\x1b[0m and\x1b[2J gone", `red and\x1b[2J gone`, "\x1b[31mred\x1b[0m and\\x1b[2J gone\x1b[0m"},
		{"\x1b]0;title\x07", `\x1b]0;title\x07`, `\x1b]0;title\x07`},
		{"", "", ""},
	} {
		if got := logLine(test.line, false); got != test.plain {
			t.Errorf("%q is %q, want %q", test.line, got, test.plain)
		}
		if got := logLine(test.line, true); got != test.coloured {
			t.Errorf("%q in colour is %q, want %q", test.line, got, test.coloured)
		}
	}
}
