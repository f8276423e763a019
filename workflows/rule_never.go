package workflows

import (
	"encoding/json"

	"gantline.dev/gantline/internal/diag"
)

func neverRule() Rule {
	return Rule{Name: "never-runs", check: checkNever, Doc: "A warning: a step can never run, because no value of the parameters, results and verdicts in its `if` meets it, or because it comes after such a step."}
}

func checkNever(a *analysis) []diag.Problem {
	var out []diag.Problem
	state := map[*unit]bool{}
	var never func(*unit) bool
	never = func(u *unit) bool {
		if known, ok := state[u]; ok {
			return known
		}
		state[u] = false // a cycle, reported by its own rule
		if unmeetable(a.flow, u) {
			out = append(out, diag.Warnf(u.own.If.Pos, "never-runs", "step %q never runs: its condition is never met", u.name.V))
			state[u] = true
			return true
		}
		for _, edge := range u.deps {
			if !edge.dep.AllowSkipped && never(edge.to) {
				out = append(out, diag.Warnf(edge.dep.Step.Pos, "never-runs", "step %q never runs: it comes after %q, which never does", u.name.V, edge.to.name.V).
					WithHint("after: {step: %s, allow: [skipped]} would let it", edge.to.name.V))
				state[u] = true
				break
			}
		}
		return state[u]
	}
	for _, u := range a.units {
		never(u)
	}
	return out
}

// maxWorlds bounds the combinations of values that are tried, maxTrials the
// references that are looked up in them.
const (
	maxWorlds = 4096
	maxTrials = 1 << 18
)

// unmeetable says whether a step's condition is false whatever the values.
func unmeetable(f *Flow, u *unit) bool {
	if u.own.If == nil || u.own.If.V == "" {
		return false
	}
	condition, problems := ParseCondition(*u.own.If)
	t := typing{flow: f, step: u.step}
	if len(problems) == 0 {
		t.condition(condition)
	}
	if len(problems)+len(t.problems) > 0 {
		return false // it is wrong, which is reported already
	}
	worlds := []world{{}}
	refs := CondRefs(condition)
	for _, ref := range refs {
		values := possible(f, u, ref)
		if _, known := worlds[0][ref.String()]; known || values == nil {
			continue
		}
		if count := len(worlds) * len(values); count > maxWorlds || count*len(refs) > maxTrials {
			return false
		}
		worlds = split(worlds, ref.String(), values)
	}
	for _, w := range worlds {
		if w.holds(condition) != no {
			return false
		}
	}
	return true
}

// possible is every value that a reference can have, nil where they are too
// many to know.
func possible(f *Flow, u *unit, ref Ref) []any {
	var values []any
	if ref.Root == RootParams {
		param, ok := f.Params.Get(ref.Path[0])
		if ok && param.TypeOf() == BoolType {
			return []any{true, false}
		}
		if ok && param.TypeOf().Numeric() {
			for _, value := range param.Enum {
				values = append(values, number(value.V))
			}
			return values
		}
	}
	for _, value := range f.domain(ref) {
		if ref.Root != RootSteps || u.canSee(ref.Step(), value) {
			values = append(values, value)
		}
	}
	return values
}

// canSee says whether a step can run when another ended with that result.
func (u *unit) canSee(step, result string) bool {
	for _, edge := range u.deps {
		if edge.to.name.V != step {
			continue
		}
		switch result {
		case "skipped":
			return edge.dep.AllowSkipped
		case "failed":
			return edge.dep.AllowFailed || edge.to.continues()
		}
	}
	return true
}

// world is a value for each reference that has few.
type world map[string]any

func split(worlds []world, ref string, values []any) []world {
	out := make([]world, 0, len(worlds)*len(values))
	for _, w := range worlds {
		for _, value := range values {
			next := world{ref: value}
			for k, v := range w {
				next[k] = v
			}
			out = append(out, next)
		}
	}
	return out
}

// truth is a truth value where some values are not known.
type truth int

const (
	no truth = iota
	maybe
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (w world) holds(c Cond) truth {
	switch c := c.(type) {
	case And:
		return min(w.holds(c.L), w.holds(c.R))
	case Or:
		return max(w.holds(c.L), w.holds(c.R))
	case Not:
		return yes - w.holds(c.X)
	case Compare:
		return w.compare(c)
	case Operand:
		if value, ok := w.value(c); ok {
			isTrue, isBool := value.(bool)
			return truthOf(isTrue && isBool)
		}
	}
	return maybe
}

func (w world) value(o Operand) (any, bool) {
	switch o := o.(type) {
	case Ref:
		value, ok := w[o.String()]
		return value, ok
	case Literal:
		return o.Value, true
	}
	return nil, false
}

func (w world) compare(c Compare) truth {
	left, leftOK := w.value(c.L)
	right, rightOK := w.value(c.R)
	if !leftOK || !rightOK {
		return maybe
	}
	if l, r, ok := numbers(left, right); ok {
		return truthOf(map[string]bool{"==": l == r, "!=": l != r, "<": l < r, "<=": l <= r, ">": l > r, ">=": l >= r}[c.Op])
	}
	switch c.Op {
	case "==":
		return truthOf(left == right)
	case "!=":
		return truthOf(left != right)
	}
	return maybe
}

func numbers(left, right any) (l, r float64, ok bool) {
	leftNumber, leftOK := left.(json.Number)
	rightNumber, rightOK := right.(json.Number)
	if !leftOK || !rightOK {
		return 0, 0, false
	}
	l, leftErr := leftNumber.Float64()
	r, rightErr := rightNumber.Float64()
	return l, r, leftErr == nil && rightErr == nil
}
