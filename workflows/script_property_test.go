package workflows

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/diag"
)

// scripts are the places where an expression may stand. Each prints exactly
// the value (and a newline where it says so) if the rewriting is right.
func scripts() []scriptCase {
	return []scriptCase{
		{"bare argument", "printf %s ${{ params.v }}", ""},
		{"double quotes", `printf %s "${{ params.v }}"`, ""},
		{"part of a word", "x=$(printf %s --x=${{ params.v }}.); x=${x#--x=}; printf %s \"${x%.}\"", ""},
		{"two in one word", "printf %s ${{ params.v }}${{ params.empty }}", ""},
		{"glued to text", "X=${{ params.v }}end; printf %s \"${X%end}\"", ""},
		{"between quotes", "printf %s 'a'${{ params.v }}\"b\" | sed -z 's/^a//; s/b$//'", ""},
		{"assignment", "x=${{ params.v }}; printf %s \"$x\"", ""},
		{"assignment before a command", "x=${{ params.v }} sh -c 'printf %s \"$x\"'", ""},
		{"append", "x=; x+=${{ params.v }}; printf %s \"$x\"", ""},
		{"export", "export x=${{ params.v }}; printf %s \"$x\"", ""},
		{"local", "f() { local x=${{ params.v }}; printf %s \"$x\"; }; f", ""},
		{"array", "x=(a ${{ params.v }} b); printf %s \"${x[1]}\"", ""},
		{"default", "unset X; printf %s ${X:-${{ params.v }}}", ""},
		{"default in quotes", `unset X; printf %s "${X:-${{ params.v }}}"`, ""},
		{"default twice quoted", `unset X; printf %s "${X:-"${{ params.v }}"}"`, ""},
		{"alternative in quotes", `X=1; printf %s "${X:+${{ params.v }}}"`, ""},
		{"assigned default", `unset X; : "${X:=${{ params.v }}}"; printf %s "$X"`, ""},
		{"removed prefix", `X=${{ params.v }}end; [ "${X#${{ params.v }}}" = end ]; printf %s ${{ params.v }}`, ""},
		{"replacement", "X=a@b; Y=\"${X/@/${{ params.v }}}\"; Y=\"${Y#a}\"; printf %s \"${Y%b}\"", ""},
		{"bare replacement", "X=@; Y=${X/@/${{ params.v }}}; printf %s \"$Y\"", ""},
		{"replaced pattern", "X=a${{ params.v }}b; [ \"${X/${{ params.v }}/}\" = ab ] || [ -z ${{ params.v }} ]; printf %s ${{ params.v }}", ""},
		{"command substitution", "x=$(printf %s. ${{ params.v }}); printf %s \"${x%.}\"", ""},
		{"substitution in quotes", `x="$(printf %s. "${{ params.v }}")"; printf %s "${x%.}"`, ""},
		{"bare in substitution in quotes", `x="$(printf %s. ${{ params.v }})"; printf %s "${x%.}"`, ""},
		{"process substitution", "cat <(printf %s ${{ params.v }})", ""},
		{"subshell", "(printf %s ${{ params.v }})", ""},
		{"pipe", "printf %s ${{ params.v }} | cat", ""},
		{"here-document", "cat <<EOF\n${{ params.v }}\nEOF", "\n"},
		{"indented here-document", "cat <<-EOF\n\t${{ params.v }}\n\tEOF", "\n"},
		{"substitution in a here-document", "cat <<EOF\n$(printf %s. ${{ params.v }})\nEOF", ".\n"},
		{"default in a here-document", "cat <<EOF\n${NONE:-${{ params.v }}}\nEOF", "\n"},
		{"here-string", "cat <<<${{ params.v }}", "\n"},
		{"case word", "case ${{ params.v }} in *) printf %s ${{ params.v }};; esac", ""},
		{"case pattern", `x=${{ params.v }}; case $x in ${{ params.v }}) printf %s "$x";; *) echo no;; esac`, ""},
		{"for list", `for x in ${{ params.v }}; do printf %s "$x"; done`, ""},
		{"double brackets", `x=${{ params.v }}; if [[ $x == ${{ params.v }} ]]; then printf %s "$x"; fi`, ""},
		{"single brackets", `x=${{ params.v }}; if [ "$x" = ${{ params.v }} ]; then printf %s "$x"; fi`, ""},
		{"regular expression", `x=a${{ params.v }}; if [[ $x =~ ^a${{ params.v }}$ ]]; then printf %s "${x#a}"; fi`, ""},
		{"escaped dollar before", `x=\$${{ params.v }}; printf %s "${x#?}"`, ""},
		{"argument of a shell", `bash -c 'printf %s "$1"' _ ${{ params.v }}`, ""},
		{"function argument", `f() { printf %s "$1"; }; f ${{ params.v }}`, ""},
		{"arithmetic around a substitution", `n=$(( $(printf %s ${{ params.v }} | wc -c) * 0 )); printf %s ${{ params.v }}`, ""},
		{"brace expansion", `printf %s {${{ params.v }},}`, ""},
		{"conditional", `printf x >/dev/null && printf %s ${{ params.v }}`, ""},
		{"many lines", "printf %s \\\n  ${{ params.v }}", ""},
	}
}

// scriptCase is one script; it prints the value and then after.
type scriptCase struct{ name, script, after string }

// nasty are values that shells, and Kubernetes, like to interpret.
func nasty() []string {
	return []string{
		"", " ", "plain", "two words", "  spaces  ", "a\nb", "\n", "trailing\n\n", "tab\there",
		"$HOME", "${HOME}", "$(touch /tmp/never)", "`touch /tmp/never`", "'", `"`, `\`, `\\`, `\n`, `'"'"'`,
		"; touch /tmp/never", "&& false", "| cat", "> /tmp/never", "*", "?", "[a-z]*", "~", "~root", "{a,b}", "!", "!!",
		"#comment", "-n", "--help", "&", "a&b", "%s", "%", "$$", "$(VAR)", "{{workflow.name}}", "{{=1+1}}", "${{ params.v }}",
		`{"a": [1, "b"]}`, "é☃\U0001f600", "\x01\x1b[31m", "\x7f", "a=b", "=", "(", ")", "((1))", "a[$(touch /tmp/never)]", "\r\n", "EOF",
	}
}

// TestRewrittenScriptSeesExactlyTheValue runs the rewritten scripts with the
// nasty values, in bash and, where they are POSIX, in sh. By default each
// script runs with every sixth value; GANTLINE_TEST=full runs them all.
func TestRewrittenScriptSeesExactlyTheValue(t *testing.T) {
	t.Parallel()
	step := 6
	if os.Getenv("GANTLINE_TEST") == "full" {
		step = 1
	}
	values := nasty()
	for seed := range uint64(30) {
		values = append(values, randomValue(seed))
	}
	// These parse as POSIX shell and mean something else there.
	bashOnly := []string{"append", "brace expansion", "double brackets", "regular expression"}
	for number, test := range scripts() {
		for _, shell := range [][]string{{"bash", "-eo", "pipefail"}, {"sh", "-e"}} {
			text, _, problems := RewriteScript(diag.Of(test.script), shell, variable)
			if shell[0] == "sh" && (len(problems) > 0 || slices.Contains(bashOnly, test.name)) {
				continue
			}
			if len(problems) > 0 {
				t.Errorf("%s: %v", test.name, problems)
			}
			t.Run(test.name+"/"+shell[0], func(t *testing.T) {
				t.Parallel()
				for i := number % step; i < len(values); i += step {
					if got, want := runShell(t, shell, text, values[i]), values[i]+test.after; got != want {
						t.Errorf("script %q with value %q printed %q", text, values[i], got)
					}
				}
			})
		}
	}
}

func variable(r Ref) string {
	if r.Is("params.empty") {
		return "EMPTY"
	}
	return "VALUE"
}

func runShell(t *testing.T, shell []string, script, value string) string {
	t.Helper()
	command := exec.Command(shell[0], append(slices.Clone(shell[1:]), "-c", script)...)
	command.Env = []string{"PATH=/usr/bin:/bin", "HOME=/home/nobody", "LC_ALL=C.UTF-8", "EMPTY=", "VALUE=" + value}
	command.Dir = t.TempDir()
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Errorf("script %q with value %q: %v\n%s", script, value, err, stderr.String())
	}
	return string(out)
}

// randomValue is text of characters that mean something to shells.
func randomValue(seed uint64) string {
	random := rand.New(rand.NewPCG(seed, 1))
	letters := []rune("ab $`\"'\\{}()[]<>|&;*?~!#=%^-+/\n\té☃")
	text := make([]rune, random.IntN(20))
	for i := range text {
		text[i] = letters[random.IntN(len(letters))]
	}
	return string(text)
}
