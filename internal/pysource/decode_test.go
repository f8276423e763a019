package pysource

import (
	"strings"
	"testing"
)

func TestEncodings(t *testing.T) {
	const latin = "import caf\xe9"
	for _, c := range []struct {
		name, text string
		want       string // the lines of imports, or the error
	}{
		{"plain", "import café", "1 café"},
		{"mark", "\xef\xbb\xbfimport café", "1 café"},
		{"mark and declaration", "\xef\xbb\xbf# coding: utf-8\nimport a", "2 a"},
		{"mark against declaration", "\xef\xbb\xbf# coding: latin-1\nimport a", `line 1: the file has the mark of UTF-8 but declares encoding "latin-1"`},
		{"latin-1", "# -*- coding: latin-1 -*-\n" + latin, "2 café"},
		{"vim", "#!/usr/bin/python\n# vim: set fileencoding=ISO_8859_1 :\n" + latin, "3 café"},
		{"behind an empty line", " \t\f\n#coding=l1\n" + latin, "3 café"},
		{"behind code", "import a\n#coding=l1\n" + latin, "line 3: byte 0xe9 is not utf-8"},
		{"third line", "\n\n#coding=l1\n" + latin, "line 4: byte 0xe9 is not utf-8"},
		{"not a comment", "x = 'coding: l1'\n" + latin, "line 2: byte 0xe9 is not utf-8"},
		{"second mention", "# encoding of coding : coding: utf8\nimport café", "2 café"},
		{"ascii", "# coding: us-ascii\nimport a\n" + latin, "line 3: byte 0xe9 is not us-ascii"},
		{"unknown", "\n# coding: koi8-r\nimport a", `line 2: encoding "koi8-r" can't be decoded: only UTF-8, Latin-1 and ASCII can`},
		{"not UTF-8", "import a\nx = '\xff'", "line 2: byte 0xff is not utf-8"},
		{"half a rune", "import a\n#\xc3", "line 2: byte 0xc3 is not utf-8"},
		{"surrogate", "import a\n#\xed\xa0\x80", "line 2: byte 0xed is not utf-8"},
		{"null", "import a\r\n\rx\x00", "line 3: there is a null byte"},
		{"CRLF", "import a\r\nimport \\\r\n b\r\n'''\r\n'''\r\nimport c", "1 a 2 b 6 c"},
		{"CR", "import a\rimport b\r# comment\r'''\r'''; import c", "1 a 2 b 5 c"},
		{"form feed", "\f\nimport a\f\n\fimport b", "2 a 3 b"},
		{"empty", "", ""},
		{"no end of line", "import a#", "1 a"},
		{"backslash at the end", "import a\n\\", "1 a"},
		{"continued at the end", "import a\n\\\n", "1 a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, err := Read([]byte(c.text))
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				got = strings.TrimSpace(strings.NewReplacer(": import", "", "\n", " ").Replace(render(file, nil)))
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWordsHaveHashes(t *testing.T) {
	for w := wNone + 1; w < words; w++ {
		if spelling[w] != "" && wordOf([]byte(spelling[w])) != w {
			t.Errorf("%q is taken for another word", spelling[w])
		}
	}
	for name, want := range map[string]word{
		"lazy": wLazy, "Lazy": wLazy, "_lazy_import": wLazy, "LazyLoader": wLazy, "_LazyModule": wLazy,
		"laz": wNone, "__lazy": wNone, "llazy": wNone, "_": wNone, "l": wNone, "importe": wNone,
	} {
		if got := wordOf([]byte(name)); got != want {
			t.Errorf("%q is word %d, want %d", name, got, want)
		}
	}
}
