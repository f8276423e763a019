package workflows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

func conditionRule() Rule {
	return Rule{Name: "condition", check: checkConditions, Doc: "`if` compares values of like types: strings with strings, numbers with numbers. " +
		"< and > order numbers only. A value that is compared with one of a fixed set (an enum, a result, a verdict) is one of that set. A condition by itself is a bool."}
}

func checkConditions(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, u := range a.units {
		if u.own.If == nil || u.own.If.V == "" {
			continue
		}
		condition, problems := ParseCondition(*u.own.If)
		if len(problems) == 0 {
			t := typing{flow: a.flow, step: u.step}
			t.condition(condition)
			out = append(out, t.problems...)
		}
	}
	return out
}

// typing checks the types within one condition.
type typing struct {
	flow     *Flow
	step     *Step
	problems []diag.Problem
}

func (t *typing) add(pos diag.Position, format string, args ...any) {
	t.problems = append(t.problems, diag.Errorf(pos, "condition", format, args...))
}

func (t *typing) hint(format string, args ...any) {
	last := len(t.problems) - 1
	t.problems[last] = t.problems[last].WithHint(format, args...)
}

func (t *typing) condition(c Cond) {
	switch c := c.(type) {
	case And:
		t.condition(c.L)
		t.condition(c.R)
	case Or:
		t.condition(c.L)
		t.condition(c.R)
	case Not:
		t.condition(c.X)
	case Compare:
		t.compare(c)
	case Operand:
		if kind, ok := t.typeOf(c); ok && kind != BoolType && kind != JSONType {
			pos, text := describe(c)
			t.add(pos, "%s is of type %s; a condition is a bool", text, kind)
			t.hint("compare it with a value: %s == …", text)
		}
	}
}

// typeOf is false for a reference that is wrong in itself.
func (t *typing) typeOf(o Operand) (Type, bool) {
	switch o := o.(type) {
	case Ref:
		return t.flow.TypeOf(t.step, o)
	case Literal:
		return typeOfJSON(o.Value), true
	}
	return "", false
}

func describe(o Operand) (diag.Position, string) {
	switch o := o.(type) {
	case Ref:
		return o.Pos, o.String()
	case Literal:
		text, err := json.Marshal(o.Value)
		if err != nil {
			return o.Pos, fmt.Sprint(o.Value)
		}
		return o.Pos, string(text)
	}
	return diag.Position{}, ""
}

func (t *typing) compare(c Compare) {
	left, leftOK := t.typeOf(c.L)
	right, rightOK := t.typeOf(c.R)
	if !leftOK || !rightOK {
		return
	}
	_, leftText := describe(c.L)
	pos, rightText := describe(c.R)
	ordering := c.Op != "==" && c.Op != "!="
	switch {
	case left == ListType || right == ListType:
		t.add(c.Pos, "a list, the outputs of a foreach, can't be compared")
	case ordering && !orderable(left):
		t.add(c.Pos, "%s orders numbers; %s is of type %s", c.Op, leftText, left)
	case ordering && !orderable(right):
		t.add(c.Pos, "%s orders numbers; %s is of type %s", c.Op, rightText, right)
	case left != right && left != JSONType && right != JSONType && (!left.Numeric() || !right.Numeric()):
		t.add(pos, "%s is of type %s and %s of type %s; they are never equal", leftText, left, rightText, right)
		t.typeHint(c, left, right)
	default:
		t.member(c.L, c.R)
		t.member(c.R, c.L)
	}
}

func orderable(t Type) bool { return t.Numeric() || t == JSONType }

// typeHint helps where a literal is written as one of another type.
func (t *typing) typeHint(c Compare, left, right Type) {
	literal, ok := c.R.(Literal)
	kind := left
	if !ok {
		literal, ok = c.L.(Literal)
		kind = right
	}
	switch text, isString := literal.Value.(string); {
	case !ok:
	case kind == StringType:
		_, shown := describe(literal)
		t.hint("put it in quotes: %q", shown)
	case isString:
		t.hint("take the quotes off: %s", text)
	}
}

// member checks a string against the fixed set that a reference is from.
func (t *typing) member(of, value Operand) {
	ref, isRef := of.(Ref)
	literal, isLiteral := value.(Literal)
	if !isRef || !isLiteral {
		return
	}
	domain := t.flow.domain(ref)
	text := literalText(literal)
	if domain == nil || slices.Contains(domain, text) {
		return
	}
	t.add(literal.Pos, "%s is never %q; it is one of %s", ref, text, strings.Join(domain, ", "))
	if near, ok := diag.Nearest(text, domain); ok {
		t.hint("did you mean %q?", near)
	}
}

func literalText(l Literal) string { return fmt.Sprint(l.Value) }

// domain is the fixed set of values that a reference is from, nil where there
// is none.
func (f *Flow) domain(ref Ref) []string {
	switch {
	case ref.Root == RootParams:
		param, ok := f.Params.Get(ref.Path[0])
		if !ok || len(param.Enum) == 0 || param.TypeOf() != StringType {
			return nil
		}
		var values []string
		for _, value := range param.Enum {
			values = append(values, value.V)
		}
		return values
	case ref.Root == RootSteps && len(ref.Path) == 2:
		return Results()
	case ref.Is("run.verdict"):
		return Verdicts()
	case ref.Is("failure.reason"):
		return Reasons()
	}
	return nil
}
