package wheels

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything is a wheel with a file for each rule of laying out.
func everything() []part {
	return goodParts(
		part{name: "demo/run.sh", text: "#!/bin/sh\n", mode: unixFile | 0o755},
		part{name: "demo/untyped.sh", text: "#!/bin/sh\n", mode: 0o755}, // no file by its mode, so no program
		part{name: "demo/ours.txt", text: "x", mode: unixFile | 0o600},
		part{name: "demo/a,b \"c\".txt", text: "y"},
		part{name: "demo/naïve.txt", text: "z"},
		part{name: "demo/_vendor/__pycache__/x.cpython-311.pyc", text: "bytecode"},
		part{name: "demo/directory/"},
		part{name: "demo-1.0.data/purelib/pure.py", text: "pure = 1\n"},
		part{name: "demo-1.0.data/platlib/demo/_native.so", text: "\x7fELF", mode: unixFile | 0o755},
		part{name: "demo-1.0.data/headers/demo.h", text: "#define DEMO\n"},
		part{name: "demo-1.0.data/headers/sub/more.h", text: "#define MORE\n"},
		part{name: "demo-1.0.data/data/share/man/man1/demo.1", text: ".TH DEMO\n"},
		part{name: "demo-1.0.data/data/bin/from-data", text: "#!python\n", mode: unixFile | 0o755}, // not in scripts: as it is
		part{name: "demo-1.0.data/data/lib64/demo.pc", text: "prefix=/\n"},
		part{name: "demo-1.0.data/scripts/plain", text: "#!/bin/sh\necho plain\n"},
		part{name: "demo-1.0.data/scripts/inpython", text: "#!python3 -E\nprint(1)\n", mode: unixFile | 0o755},
		part{name: "demo-1.0.data/scripts/binary", text: "\x7fELF", mode: unixFile | 0o755},
		part{name: "demo-1.0.data/scripts/empty"},
		part{name: "demo-1.0.data/scripts/demo", text: "#!python\nfrom pkg_resources import load\n"},
		part{name: "demo-1.0.data/scripts/demo.exe", text: "MZ"},
		part{name: "demo-1.0.data/scripts/demo-script.py", text: "#!python\n"},
		part{name: "demo-1.0.data/scripts/demo.exe.pya", text: "#!python\n"},
		part{name: "demo-1.0.dist-info/entry_points.txt", text: "[console_scripts]\ndemo = demo:main\n\n[gui_scripts]\ndemo-gui = demo.gui:App.run [gui]\n"},
		part{name: "demo-1.0.dist-info/licenses/LICENSE", text: "do what you like\n"},
		part{name: "demo-1.0.dist-info/RECORD.jws", text: "{}"},
	)
}

// A wheel with all that a wheel may have gives these files.
func TestLayoutGolden(t *testing.T) {
	wheel := opened(t, append(everything(), part{name: "demo/unrecorded.txt", text: "no row in RECORD\n"}))
	entries, err := wheel.Entries(venv311)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&got, "%04o %4d %s %s\n", e.Mode, e.Size, e.Hash[:12], e.Path)
	}
	texts := files(t, wheel)
	for _, name := range []string{
		"bin/demo", "bin/demo-gui", "bin/inpython", "bin/from-data",
		"lib/python3.11/site-packages/demo-1.0.dist-info/INSTALLER", "lib/python3.11/site-packages/demo-1.0.dist-info/RECORD",
	} {
		fmt.Fprintf(&got, "-- %s --\n%s", name, texts[name])
	}
	golden(t, "testdata/layout.golden", got.String())
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("if this must be, raise Format and run with -update (-want +got):\n%s", diff)
	}
}

// Where a wheel says the same path twice, what pip writes last stays.
func TestLastFileStays(t *testing.T) {
	got := files(t, opened(t, goodParts(
		part{name: "demo-1.0.data/scripts/tool", text: "script"},
		part{name: "demo-1.0.data/purelib/demo/a.py", text: "purelib"},
		part{name: "demo-1.0.data/data/bin/tool", text: "data"},
		part{name: "demo/a.py", text: "root"},
	)))
	if a, tool := got["lib/python3.11/site-packages/demo/a.py"], got["bin/tool"]; a != "purelib" || tool != "script" {
		t.Errorf("got %q and %q", a, tool)
	}
	rows, err := parseRecord([]byte(got["lib/python3.11/site-packages/demo-1.0.dist-info/RECORD"]))
	count := 0
	for _, row := range rows {
		if row.path == "demo/a.py" || row.path == "../../../bin/tool" {
			count++
		}
	}
	if err != nil || count != 4 {
		t.Errorf("%v: RECORD has %+v", err, rows)
	}
}

// What has no place in an environment is refused when the wheel is laid out.
func TestNoPlace(t *testing.T) {
	points := func(text string) part { return part{name: "demo-1.0.dist-info/entry_points.txt", text: text} }
	for _, c := range []struct {
		want string
		part part
	}{
		{"is not in purelib", part{name: "demo-1.0.data/other/a.py"}},
		{"is not in purelib", part{name: "demo-1.0.data/a.py"}},
		{"is not in purelib", part{name: "demo-1.0.data/Scripts/a"}},
		{"would be a file and the directory of /opt/venv/bin/demo", part{name: "demo-1.0.data/data/bin"}},
		{"would be a file and the directory of", part{name: "demo-1.0.data/purelib/demo"}},
		{"is not NAME = MODULE:FUNCTION", points("[console_scripts]\n../evil = demo:main\n")},
		{"is not NAME = MODULE:FUNCTION", points("[gui_scripts]\nx = demo:main()\n")},
	} {
		parts := []part{c.part}
		if !strings.HasSuffix(c.part.name, "entry_points.txt") {
			parts = append(parts, points("[console_scripts]\ndemo = demo:main\n"))
		}
		entries, err := opened(t, goodParts(parts...)).Entries(venv311)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), demoFile) {
			t.Errorf("%s: %d entries, %v", c.part.name, len(entries), err)
		}
	}
}

// A RECORD says what it likes of files that aren't there, and pip keeps it.
func TestRowsOfMissingFiles(t *testing.T) {
	parts := goodParts()
	record := &parts[len(parts)-1]
	record.text = "gone.py,sha256=x,1\n" + record.text + "demo/__init__.py,,\n"
	got := files(t, opened(t, parts))["lib/python3.11/site-packages/demo-1.0.dist-info/RECORD"]
	for _, want := range []string{"gone.py,sha256=x,1\n", "\ndemo/__init__.py,,\n", "\ndemo/__init__.py,sha256=", "\ndemo-1.0.dist-info/RECORD,,\n"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%q isn't once in\n%s", want, got)
		}
	}
	record.text = "" // all that is known of the files is what they are
	if got := files(t, opened(t, parts))["lib/python3.11/site-packages/demo-1.0.dist-info/RECORD"]; !strings.HasPrefix(got, "demo-1.0.dist-info/INSTALLER,sha256=") ||
		!strings.HasSuffix(got, "demo-1.0.dist-info/METADATA,,\ndemo-1.0.dist-info/RECORD,,\ndemo-1.0.dist-info/WHEEL,,\ndemo/__init__.py,,\n") {
		t.Errorf("got\n%s", got)
	}
}
