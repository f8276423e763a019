package wheels

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseEntryPoints(t *testing.T) {
	for text, want := range map[string][]entryPoint{
		"":                           nil,
		"[demo.plugins]\nx = y\nz\n": nil, // no business of an installer
		"[console_scripts]\nb = demo.cli:main\na=demo:App.run [color,extra]\n# c\n; d\n\n": {
			{"a", "demo", "App.run"}, {"b", "demo.cli", "main"},
		},
		"[ console_scripts ]\r\n  a b = demo : main\r\n[gui_scripts]\r\nwin = demo:win": {{"a b", "demo", "main"}, {"win", "demo", "win"}},
		"[console_scripts]\na = one:f\n[other]\nb = c\n[console_scripts]\na = two:f":    {{"a", "two", "f"}},
		"[console_scripts]\npip3.10 = pip:main":                                         {{"pip3.10", "pip", "main"}},
	} {
		got, err := parseEntryPoints([]byte(text))
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(entryPoint{})); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got)\n%s", text, err, diff)
		}
	}
	for _, line := range []string{
		"a", "a =", "= demo:main", "a = demo", "a = demo:", "a = :main", "a = demo:main; import os", "a = demo:main()", "a = de mo:main",
		"../a = demo:main", "b/a = demo:main", ".. = demo:main", `b\a = demo:main`, ".wh.a = demo:main", "a = demo:main\x00", "a\x00 = demo:main",
	} {
		got, err := parseEntryPoints([]byte("[console_scripts]\n" + line + "\n"))
		if err == nil || !strings.Contains(err.Error(), "is not NAME = MODULE:FUNCTION") {
			t.Errorf("%q: %v, %v", line, got, err)
		}
	}
}

// What pip's wheel was built with is not what runs it.
func TestVersionedPrograms(t *testing.T) {
	const built = "[console_scripts]\npip = pip._internal.cli.main:main\npip3 = x:y\npip3.9 = x:y\npipx = pipx:main\n" +
		"easy_install = setuptools:easy\neasy_install-3.9 = setuptools:easy\n"
	points, err := parseEntryPoints([]byte(built))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range forPython(points, "3.11") {
		got = append(got, p.name+" "+p.module)
	}
	want := []string{
		"pipx pipx", "pip pip._internal.cli.main", "pip3 pip._internal.cli.main", "pip3.11 pip._internal.cli.main",
		"easy_install setuptools", "easy_install-3.11 setuptools",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLauncher(t *testing.T) {
	const want = "#!/v/bin/python\nimport sys\n\nfrom demo.cli import App\n\nif __name__ == \"__main__\":\n    sys.exit(App.run())\n"
	if got := string(entryPoint{"x", "demo.cli", "App.run"}.launcher("/v/bin/python")); got != want {
		t.Errorf("got %q", got)
	}
}

func TestInterpreterOfScripts(t *testing.T) {
	for script, want := range map[string]string{
		"#!python\nx\n":       "#!/p\nx\n",
		"#!python3 -E\r\nx\n": "#!/p\nx\n",
		"#!pythonw\nx":        "#!/p\nx",
		"#!python":            "#!/p\n",
		"#!/bin/sh\n":         "#!/bin/sh\n",
		"#! python\n":         "#! python\n",
		"\n#!python\n":        "\n#!python\n",
		"#!pytho":             "#!pytho",
		"":                    "",
	} {
		got, changed := withInterpreter([]byte(script), "/p")
		if string(got) != want || changed != (script != want) {
			t.Errorf("%q: %q, %v", script, got, changed)
		}
	}
}

func FuzzParseEntryPoints(f *testing.F) {
	f.Add([]byte("[console_scripts]\na = demo:main [x]\n[gui_scripts]\nb=c.d:e.f\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		points, err := parseEntryPoints(text)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, p := range points {
			if strings.ContainsAny(p.name, "/\\\x00\r\n") || p.name == "" || p.name == ".." || p.name == "." || seen[p.name] {
				t.Errorf("%q can't be a program's name", p.name)
			}
			seen[p.name] = true
			// A launcher is a program of exactly these lines.
			if n := strings.Count(string(p.launcher("/p")), "\n"); n != 7 || strings.ContainsAny(p.module+p.function, " \t;()\"'#\r") {
				t.Errorf("%+v", p)
			}
		}
	})
}
