package diag_test

import (
	"testing"
	"time"

	"gantline.dev/gantline/internal/diag"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, shown string
		want        time.Duration
	}{
		{"90s", "1m30s", 90 * time.Second},
		{"30m", "30m", 30 * time.Minute},
		{"1h30m", "1h30m", 90 * time.Minute},
		{"14d", "14d", 14 * 24 * time.Hour},
		{"1d12h", "1d12h", 36 * time.Hour},
		{"36h", "1d12h", 36 * time.Hour},
		{"1.5h", "1h30m", 90 * time.Minute},
		{"500ms", "500ms", 500 * time.Millisecond},
		{"0s", "0s", 0},
	} {
		var d diag.Duration
		if err := d.ParseText(test.text); err != nil || d.Duration() != test.want || d.String() != test.shown {
			t.Errorf("%q is %v, shown as %q, %v; want %v as %q", test.text, d.Duration(), d, err, test.want, test.shown)
		}
	}
	for _, text := range []string{"", "5", "5 m", "-5m", "d", "1dd", "0d", "1w", "999999999d", "9999999h999999999h", "1d-5h", "soon"} {
		var d diag.Duration
		if err := d.ParseText(text); err == nil {
			t.Errorf("%q is %v", text, d)
		}
	}
}

func FuzzDuration(f *testing.F) {
	for _, seed := range []string{"1d12h", "90s", "1.5h", "-1s", "100000d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var d, again diag.Duration
		if d.ParseText(text) != nil {
			return
		}
		if d < 0 {
			t.Errorf("%q is negative: %v", text, d)
		}
		if err := again.ParseText(d.String()); err != nil || again != d {
			t.Errorf("%q is shown as %q, which reads as %v, %v", text, d, again, err)
		}
	})
}

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]diag.Size{
		"0": 0, "512": 512, "512B": 512, "512KB": 512_000, "10MB": 10_000_000, "1.5GB": 1_500_000_000, "1T": 1_000_000_000_000,
		"4Ki": 4096, "2MiB": 2 << 20, "900Gi": 900 << 30, "1 GB": 1_000_000_000, "512kB": 512_000, "19.4 kB": 19_400, "2k": 2000,
	} {
		var s diag.Size
		if err := s.ParseText(text); err != nil || s != want {
			t.Errorf("%q is %d, %v; want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-1MB", "1.MB", "1XB", "10mb", "4ki", "99999999999TB", "1e3"} {
		var s diag.Size
		if err := s.ParseText(text); err == nil {
			t.Errorf("%q is %d", text, s)
		}
	}
}

func TestSizeString(t *testing.T) {
	t.Parallel()
	for size, want := range map[diag.Size]string{
		0: "0 B", 999: "999 B", 1000: "1.00 kB", 12_345: "12.3 kB", 999_499: "999 kB", 999_500: "1.00 MB", 1_234_567: "1.23 MB", 2_000_000_000: "2.00 GB",
	} {
		if got := size.String(); got != want {
			t.Errorf("%d is shown as %q, want %q", int64(size), got, want)
		}
	}
}
