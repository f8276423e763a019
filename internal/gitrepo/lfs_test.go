package gitrepo

import (
	"strings"
	"testing"
)

func TestParsePointer(t *testing.T) {
	oid := strings.Repeat("ab12", 16)
	good := "version https://git-lfs.github.com/spec/v1\noid sha256:" + oid + "\nsize 12345\n"
	tests := map[string]struct {
		text string
		ok   bool
	}{
		"canonical":         {good, true},
		"no last newline":   {strings.TrimSuffix(good, "\n"), true},
		"windows lines":     {strings.ReplaceAll(good, "\n", "\r\n"), true},
		"upper case":        {strings.Replace(good, oid, strings.ToUpper(oid), 1), true},
		"old version":       {strings.Replace(good, "https://git-lfs.github.com/spec/v1", "https://hawser.github.com/spec/v1", 1), true},
		"extension":         {"version https://git-lfs.github.com/spec/v1\next-0-foo sha256:" + oid + "\noid sha256:" + oid + "\nsize 12345\n", true},
		"other order":       {"version https://git-lfs.github.com/spec/v1\nsize 12345\noid sha256:" + oid + "\n", true},
		"empty":             {"", false},
		"unknown version":   {strings.Replace(good, "spec/v1", "spec/v9", 1), false},
		"version not first": {"oid sha256:" + oid + "\nversion https://git-lfs.github.com/spec/v1\nsize 12345\n", false},
		"short oid":         {strings.Replace(good, oid, oid[:63], 1), false},
		"no oid":            {"version https://git-lfs.github.com/spec/v1\nsize 12345\n", false},
		"no size":           {"version https://git-lfs.github.com/spec/v1\noid sha256:" + oid + "\n", false},
		"negative size":     {strings.Replace(good, "12345", "-1", 1), false},
		"prose after":       {good + "and so on\nword\n", false},
		"too large":         {good + "x " + strings.Repeat("y", MaxPointerBytes) + "\n", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p, ok := ParsePointer([]byte(tt.text))
			if ok != tt.ok {
				t.Fatalf("%+v, %v", p, ok)
			}
			if ok && (p != Pointer{OID: oid, Size: 12345, Extended: name == "extension"}) {
				t.Errorf("%+v", p)
			}
		})
	}
}

func FuzzParsePointer(f *testing.F) {
	f.Add([]byte("version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 1\n"))
	f.Add([]byte("version http://git-media.io/v/2\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, ok := ParsePointer(text)
		if !ok {
			return
		}
		again, ok := ParsePointer([]byte(p.String()))
		if p.Extended = false; !ok || again != p { // extensions are not written
			t.Errorf("%q became %+v, then %+v", text, p, again)
		}
	})
}

func TestRedact(t *testing.T) {
	for text, want := range map[string]string{
		"fatal: 'https://u:p@h.example/x' failed": "fatal: 'https://***@h.example/x' failed",
		"https://h.example/x?token=abc failed":    "https://h.example/x?*** failed",
		"git@h.example:x":                         "git@h.example:x",
		"\"https://u:p \"w'@h.example/x\" failed": "\"https://***@h.example/x\" failed",
		"asking https://h.example:8/x for a@b":    "asking https://h.example:8/x for a@b",
		"ssh://u:p@w@h.example/x and a@b":         "ssh://***@h.example/x and a@b",
	} {
		if got := Redact(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
