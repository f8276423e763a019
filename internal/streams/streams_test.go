package streams

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecide(t *testing.T) {
	type verdict struct{ OutColor, ErrColor, Animated bool }
	tests := []struct {
		name     string
		env      map[string]string
		out, err bool
		want     verdict
	}{
		{"terminal", nil, true, true, verdict{true, true, true}},
		{"pipe", nil, false, false, verdict{}},
		{"output piped", nil, false, true, verdict{false, true, true}},
		{"NO_COLOR", map[string]string{"NO_COLOR": "1"}, true, true, verdict{}},
		{"CI keeps colour", map[string]string{"CI": "true"}, true, true, verdict{true, true, false}},
		{"dumb terminal", map[string]string{"TERM": "dumb"}, true, true, verdict{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &Streams{OutTerminal: test.out, ErrTerminal: test.err}
			s.decide(func(key string) string { return test.env[key] })
			got := verdict{s.OutColor, s.ErrColor, s.Animated}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWidth(t *testing.T) {
	env := map[string]string{"COLUMNS": "132"}
	if got := terminalWidth(func(key string) string { return env[key] }); got != 132 {
		t.Errorf("width with COLUMNS=132 is %d", got)
	}
	env["COLUMNS"] = "wide"
	if got := terminalWidth(func(key string) string { return env[key] }); got != DefaultWidth {
		t.Errorf("width with COLUMNS=wide is %d", got)
	}
	if got := Test().Width(); got != DefaultWidth {
		t.Errorf("width of a double is %d", got)
	}
}

func TestSafe(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "src/train.py", "src/train.py"},
		{"other scripts stay", "größe/モデル.py 🙂", "größe/モデル.py 🙂"},
		{"escape sequence", "\x1b]0;owned\x07", `\x1b]0;owned\x07`},
		{"line ends", "a\nb\r\tc", `a\nb\r\tc`},
		{"DEL and C1", "a\x7fb\u009bc", `a\x7fb\x9bc`},
		{"invalid UTF-8", "a\xff\xfeb", `a\xff\xfeb`},
		{"direction override", "gpj.\u202eexe", `gpj.\u202eexe`},
		{"zero width", "a\u200bb\ufeffc", `a\u200bb\ufeffc`},
		{"tags", "a\U000e0041b", `a\U000e0041b`},
		{"line separator", "a\u2028b", `a\u2028b`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Safe(test.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got, want := SafeLines("a\tb\x1b\nc\r"), "a\tb\\x1b\nc\\r"; got != want {
		t.Errorf("SafeLines gives %q, want %q", got, want)
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("\x1b[31mred")
	f.Add("\xc3\x28 \u202e")
	f.Fuzz(func(t *testing.T, text string) {
		safe := Safe(text)
		if !isSafe(safe) {
			t.Errorf("Safe(%q) = %q is not safe", text, safe)
		}
		if again := Safe(safe); again != safe {
			t.Errorf("Safe(%q) is not its own fixed point: %q", safe, again)
		}
		if isSafe(text) && safe != text {
			t.Errorf("Safe changed %q to %q", text, safe)
		}
	})
}

func TestPalette(t *testing.T) {
	if got := NewPalette(false).Bad("x"); got != "x" {
		t.Errorf("colour off prints %q", got)
	}
	if got := NewPalette(true).Bad("x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("colour on prints %q", got)
	}
	if got := NewPalette(true).Bold(""); got != "" {
		t.Errorf("nothing in bold prints %q", got)
	}
}

func TestTestInput(t *testing.T) {
	s := TestInput("yes\n")
	var answer strings.Builder
	buf := make([]byte, 16)
	n, err := s.In.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	answer.Write(buf[:n])
	if answer.String() != "yes\n" {
		t.Errorf("read %q", answer.String())
	}
}
