package workflows

import (
	"fmt"

	"gantline.dev/gantline/internal/diag"
)

// What a cluster takes: Argo's resource definitions cap templates, tasks and
// parameters, Linux caps one argument or variable.
const (
	maxTemplates = 200
	maxParams    = 500
	maxText      = 128 << 10
	maxFiles     = 1 << 20
)

func limitRule() Rule {
	return Rule{Name: "limit", check: checkLimits, Doc: "What a cluster would refuse: over 200 templates (a step takes one, with on_failure one more, with foreach another), 500 parameters, " +
		"a script or value over 128 KiB, files over 1 MiB in all."}
}

func checkLimits(a *analysis) []diag.Problem {
	var out []diag.Problem
	if count := templates(a.units); count > maxTemplates {
		out = append(out, diag.Errorf(a.flow.Name.Pos, "limit", "the flow needs about %d templates; a cluster takes %d", count, maxTemplates).
			WithHint("use foreach for steps that are alike, or split the flow and launch its parts"))
	}
	if count := len(a.flow.Params); count > maxParams {
		out = append(out, diag.Errorf(a.flow.Params[maxParams].Key.Pos, "limit", "the flow has %d parameters; a cluster takes %d", count, maxParams))
	}
	for _, step := range a.flow.written() {
		files := 0
		for _, site := range step.Sites() {
			if site.Kind != ScriptSite && len(site.Value.V) > maxText { // scripts: RewriteScript
				out = append(out, tooLong(site.Field, site.Value))
			}
		}
		for _, file := range step.Files {
			files += len(file.V.V)
		}
		if files > maxFiles {
			out = append(out, diag.Errorf(step.Files[0].Key.Pos, "limit", "files have %s; at most 1 MiB fits", kib(files)))
		}
	}
	return out
}

func tooLong(what string, text diag.Value[string]) diag.Problem {
	return diag.Errorf(text.Pos, "limit", "%s has %s; at most 128 KiB fit", what, kib(len(text.V))).
		WithHint("put it in a file of the repository")
}

func kib(size int) string { return fmt.Sprintf("%d KiB", (size+1023)/1024) }

// templates is about how many templates the steps become: the DAG and the
// verdict, and for each step itself, its handler, and the wrapper of its items.
func templates(units []*unit) int {
	count := 2
	for _, u := range units {
		count++
		if u.step.OnFailure != nil {
			count++
		}
		if u.step.Foreach != nil {
			count++
		}
	}
	return count
}
