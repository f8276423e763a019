package workflows

import "gantline.dev/gantline/internal/diag"

func onceRule() Rule {
	return Rule{Name: "once", check: checkOnce, Doc: "A step that is `once: true` has side effects and is never started twice, so it has no retry."}
}

func checkOnce(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, u := range a.units {
		if once := u.step.Once; once != nil && once.V && u.own.Retry != nil {
			out = append(out, diag.Errorf(u.own.Retry.Pos, "once", "step %q is once: true, which is never tried again", u.name.V).
				WithHint("take out retry, or once"))
		}
	}
	return out
}
