package workflows

import (
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

func cycleRule() Rule {
	return Rule{Name: "cycle", check: checkCycles, Doc: "No step comes after itself, neither directly nor through others: it would wait forever."}
}

// checkCycles reports each cycle once, at the entry of after that closes it.
func checkCycles(a *analysis) []diag.Problem {
	var out []diag.Problem
	done := map[*unit]bool{}
	var path []*unit
	var visit func(*unit)
	visit = func(u *unit) {
		path = append(path, u)
		for _, edge := range u.deps {
			if start := slices.Index(path, edge.to); start >= 0 {
				out = append(out, cycleProblem(edge.dep, path[start:]))
			} else if !done[edge.to] {
				visit(edge.to)
			}
		}
		path = path[:len(path)-1]
		done[u] = true
	}
	for _, u := range a.units {
		if !done[u] {
			visit(u)
		}
	}
	return out
}

func cycleProblem(dep Dep, cycle []*unit) diag.Problem {
	names := make([]string, 0, len(cycle)+1)
	for _, u := range cycle {
		names = append(names, u.name.V)
	}
	names = append(names, names[0])
	if len(names) == 2 {
		return diag.Errorf(dep.Step.Pos, "cycle", "step %q comes after itself", names[0])
	}
	return diag.Errorf(dep.Step.Pos, "cycle", "steps wait for each other: %s", strings.Join(names, " after "))
}
