package workflows

import "gantline.dev/gantline/internal/diag"

func upstreamRule() Rule {
	return Rule{Name: "upstream", check: checkUpstream, Doc: "A step reads only from steps that it comes after, directly or through others: others may not have ended yet."}
}

func checkUpstream(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, u := range a.units {
		upstream := u.upstream()
		for _, use := range u.uses {
			from := a.unit(use.ref.Step(), u.exit)
			switch {
			case from == nil || upstream[from] && from != u:
			case from == u:
				out = append(out, diag.Errorf(use.ref.Pos, "upstream", "step %q reads from itself", u.name.V))
			default:
				out = append(out, diag.Errorf(use.ref.Pos, "upstream", "step %q does not come after %q, so it can't read from it", u.name.V, from.name.V).
					WithHint("add it: after: %s", from.name.V))
			}
		}
	}
	return out
}
