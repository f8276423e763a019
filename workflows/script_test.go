package workflows

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"mvdan.cc/sh/v3/syntax"

	"gantline.dev/gantline/internal/diag"
)

func TestRewriteScript(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ script, want string }{
		{"python a.py", "python a.py"},
		{"python a.py --model ${{ params.m }}", `python a.py --model "${V}"`},
		{"x --m=${{ params.m }}", `x --m="${V}"`},
		{"x ${{ params.m }}${{ params.m }}", `x "${V}""${V}"`},
		{`x "a ${{ params.m }} b"`, `x "a ${V} b"`},
		{"X=${{ params.m }} y", `X="${V}" y`},
		{"x ${A:-${{ params.m }}}", `x ${A:-"${V}"}`},
		{`x "${A:-${{ params.m }}}"`, `x "${A:-${V}}"`},
		{`x "${A#${{ params.m }}}"`, `x "${A#"${V}"}"`},
		{"cat <<E\na ${{ params.m }}\nE", "cat <<E\na ${V}\nE"},
		{"case ${{ params.m }} in ${{ params.m }}) x;; esac", `case "${V}" in "${V}") x;; esac`},
		{"${{ params.m }} --help", `"${V}" --help`},
		{"x > ${{ params.m }}", `x > "${V}"`},
		{"x $(y ${{ params.m }})", `x $(y "${V}")`},
		{`x "$(y ${{ params.m }})"`, `x "$(y "${V}")"`},
		{"gantlineq0z ${{ params.m }}", `gantlineq0z "${V}"`},
		{`x \\${{ params.m }}`, `x \\"${V}"`},
		{`x '$'${{ params.m }}`, `x '$'"${V}"`},
		{"", ""},
	} {
		text, refs, problems := RewriteScript(diag.Of(test.script), nil, func(Ref) string { return "V" })
		if len(problems) > 0 {
			t.Errorf("%q: %v", test.script, problems)
		}
		if diff := cmp.Diff(test.want, text); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.script, diff)
		}
		if want := strings.Count(test.script, "${{"); len(refs) != want {
			t.Errorf("%q: %d refs, want %d", test.script, len(refs), want)
		}
	}
}

func TestRefusedScriptsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	script := "echo '${{ params.m }}'"
	text, refs, problems := RewriteScript(diag.Of(script), nil, func(Ref) string { return "V" })
	if text != script || refs != nil || len(problems) != 1 {
		t.Errorf("got %q, %v, %v", text, refs, problems)
	}
}

func TestShellLanguage(t *testing.T) {
	t.Parallel()
	for shell, want := range map[string]syntax.LangVariant{
		"": syntax.LangBash, "bash": syntax.LangBash, "/bin/bash -e": syntax.LangBash, "/usr/bin/env bash": syntax.LangBash,
		"sh": syntax.LangPOSIX, "/bin/dash": syntax.LangPOSIX,
	} {
		if got, ok := shellLanguage(strings.Fields(shell)); !ok || got != want {
			t.Errorf("%q is %v, %v, want %v", shell, got, ok, want)
		}
	}
	for _, shell := range []string{"python", "zsh", "fish", "env"} {
		if _, ok := shellLanguage([]string{shell}); ok {
			t.Errorf("%q is known", shell)
		}
	}
}

// surroundings are pieces of script that an expression may stand next to.
func surroundings() []string {
	return []string{"", " ", "$", "\\", `"`, "'", "`", "(", ")", "((", "))", "[", "]", "[[ ", " ]]", "[[ 1 -eq ", "[[ -v ", "{", "}", "${", "${#", "${!", "$((", "$'",
		"=", "a", "1", "a=", "<", ">", "<<", "<<<", "&", "|", ";", "#", " # ", "\n", "*", "~", "!", "case ", " in ", " in x) :;; esac", "for ", " in a; do x; done", "if ", "; then x; fi",
		"x=", "x[", "]=1", "x=(", "x=([", "@(", "eval ", "let ", "declare ", "declare -i x=", "local ", "export ", "printf -v ", "printf ", "test -v ", "read ", "unset ", "trap ", " EXIT",
		"bash -c ", "env bash -c ", "${x:", "${x/", "${x/a/", "${x:-", "${x@", "cat <<E\n", "bash <<E\n", "\nE\n", "$(", "<(", ">(", "\\\n", "coproc ", "function ", "() { :; }", ". ", "time ", "! "}
}

// TestNoPlaceIsForgotten: whatever surrounds an expression, the result is a
// problem, or a script in which a shell sees a plain quoted expansion there.
func TestNoPlaceIsForgotten(t *testing.T) {
	t.Parallel()
	for _, before := range surroundings() {
		for _, after := range surroundings() {
			checkRewriting(t, before+"${{ params.m }}"+after)
		}
	}
}

// checkRewriting is the invariant of RewriteScript: without problems, the
// result is shell with as many plain, quoted expansions as there were
// expressions.
func checkRewriting(t *testing.T, script string) {
	t.Helper()
	for _, shell := range []string{"bash", "sh"} {
		text, refs, problems := RewriteScript(diag.Of(script), []string{shell}, func(Ref) string { return "GANTLINE_TEST" })
		if len(problems) > 0 {
			continue
		}
		language, _ := shellLanguage([]string{shell})
		file, err := parseShell(text, language)
		if err != nil {
			t.Fatalf("%s: %q became %q: %v", shell, script, text, err)
		}
		quoted := quotedExpansions(file)
		for at, i := 0, 0; i < len(refs); i++ {
			at += strings.Index(text[at:], "${GANTLINE_TEST}")
			if !quoted[at] {
				t.Fatalf("%s: %q became %q, where byte %d is not quoted", shell, script, text, at)
			}
			at++
		}
	}
}

// FuzzRewriteScript: no script crashes, and the invariant holds.
func FuzzRewriteScript(f *testing.F) {
	for _, test := range scripts() {
		f.Add(test.script)
	}
	for _, seed := range []string{"$((${{ params.a }}))", "cat <<'E'\n${{ params.a }}\nE", "`${{ params.a }}`", "x=(${{ params.a }})", "@(${{ params.a }})"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		if !strings.Contains(script, "GANTLINE_TEST") {
			checkRewriting(t, script)
		}
	})
}
