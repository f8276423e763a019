package workflows

import (
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/internal/diag"
)

// TestDeepScripts: no nesting that fits in a script exhausts stack or time.
func TestDeepScripts(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"$(", "$((", "((", "(", "{ ", "`", "${a:-", `"$(`, "if ", "[[ (", "[[ ! ", "a[", "$[", "@(", "<(", "case x in (", "! ", "x=(", "while ", "f() ", "${a/", "\\`"} {
		script := strings.Repeat(open, maxText/len(open)/64) + " ${{ params.m }}"
		start := time.Now()
		_, _, problems := RewriteScript(diag.Of(script), nil, func(Ref) string { return "V" })
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%q nested took %v: %v", open, took, problems)
		}
	}
}

func TestLongScriptIsRefused(t *testing.T) {
	t.Parallel()
	_, _, problems := RewriteScript(diag.Of(strings.Repeat("x", maxText+1)), nil, nil)
	if len(problems) != 1 || problems[0].Rule != "limit" {
		t.Errorf("problems: %v", problems)
	}
}
