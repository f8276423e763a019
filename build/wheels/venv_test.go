package wheels

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVenv(t *testing.T) {
	target := Target{Version: "3.11.2", Interpreter: "/usr/local/bin/python3.11"}
	for _, c := range []struct {
		name  string
		pip   bool
		sites []string
		want  string
	}{
		{"plain", false, nil, ""},
		{"of a base with pip", true, nil, "0755 opt/venv/bin/pip #!/bin/sh|exec /opt/venv/bin/python -m pip \"$@\"|\n"},
		{"of a base that is an environment itself", false, []string{"/app/venv/lib/python3.11/site-packages", "/x y"},
			"0644 opt/venv/lib/python3.11/site-packages/gantline-base.pth /app/venv/lib/python3.11/site-packages|/x y|\n"},
	} {
		target.HasPip = c.pip
		const always = `0644 opt/venv/pyvenv.cfg home = /usr/local/bin|include-system-site-packages = true|version = 3.11.2|
opt/venv/bin/python -> /usr/local/bin/python3.11
opt/venv/bin/python3 -> python
opt/venv/bin/python3.11 -> python
opt/venv/lib64 -> lib
`
		var got strings.Builder
		for _, entry := range Venv("/opt/venv", target, c.sites) {
			if entry.Link != "" {
				fmt.Fprintf(&got, "%s -> %s\n", entry.Path, entry.Link)
				if entry.Hash != sum(entry.Link) {
					t.Errorf("%s has the hash %s", entry.Path, entry.Hash)
				}
				continue
			}
			text, err := readEntry(entry)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "%04o %s %s\n", entry.Mode, entry.Path, strings.ReplaceAll(string(text), "\n", "|"))
		}
		if diff := cmp.Diff(always+c.want, got.String()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.name, diff)
		}
	}
}
