package wheels

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRecord(t *testing.T) {
	sums := "sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
	for text, want := range map[string][]recordRow{
		"":                                   nil,
		"a.py," + sums + ",3\n":              {{"a.py", sums, "3"}},
		"a.py,,\r\nb.py\r\n":                 {{"a.py", "", ""}, {"b.py", "", ""}},
		"\"a,b \"\"c\"\".py\"," + sums + ",": {{`a,b "c".py`, sums, ""}},
		"\n\nb.py,x,1,more\n":                {{"b.py", "x", "1"}},
		"naïve.py,md5=x,1":                   {{"naïve.py", "md5=x", "1"}},
		"a b.py , sha256=x,1":                {{"a b.py ", " sha256=x", "1"}},
	} {
		got, err := parseRecord([]byte(text))
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(recordRow{})); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got)\n%s", text, err, diff)
		}
	}
	for _, text := range []string{"\"a", "a\"b,c", "\"a\"b,c"} {
		if got, err := parseRecord([]byte(text)); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// Only a whole SHA-256 counts as one; what else a row says is found out by
// reading.
func TestRowHashes(t *testing.T) {
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	for hash, want := range map[string]string{
		"sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0":  abc,
		"sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=": abc, // old builds pad
		"sha256=ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0":  "",
		"sha256=ungWv48Bz": "",
		"sha512=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0": "",
		"ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0":        "",
		"": "",
	} {
		if got := (recordRow{hash: hash}).sha256(); got != want {
			t.Errorf("%q: %q, want %q", hash, got, want)
		}
	}
	if got := rowOf("a", []byte("abc")); got.sha256() != abc || got.size != "3" {
		t.Errorf("%+v", got)
	}
}

// What is written is read back as it was.
func FuzzParseRecord(f *testing.F) {
	f.Add([]byte("a.py,sha256=x,3\n\"a,\"\"b\",,\n"))
	f.Add([]byte("a.py\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rows, err := parseRecord(text)
		if err != nil {
			return
		}
		for i := range rows { // sizes are numbers, or nothing
			rows[i].size = strings.Map(func(r rune) rune {
				if r < '0' || r > '9' {
					return -1
				}
				return r
			}, rows[i].size)
		}
		rows = slices.DeleteFunc(rows, func(r recordRow) bool { return strings.Contains(r.path+r.hash, "\r") }) // which encoding/csv folds
		again, err := parseRecord(writeRecord(rows))
		if diff := cmp.Diff(rows, again, cmp.AllowUnexported(recordRow{})); err != nil || len(rows) > 0 && diff != "" {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
	})
}
