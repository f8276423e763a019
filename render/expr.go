package render

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/wire"
)

// tag is an Argo expression where Argo replaces it.
func tag(expression string) string { return "{{=" + expression + "}}" }

// quote is the text as a string literal of an Argo expression. A backslash
// never stands before a letter of the text: Argo turns \u003c and its like into
// characters wherever it finds them in an expression. Two braces would end the
// tag or begin another.
func quote(text string) string {
	var out strings.Builder
	out.WriteByte('\'')
	var last rune // 0 after an escape
	for _, r := range text {
		switch {
		case r > 0xffff:
			fmt.Fprintf(&out, `\U%08x`, r)
		case r < 0x20, r >= 0x7f, r == '\\', r == '\'', r == last && (r == '{' || r == '}'), last == '$' && (r == '(' || r == '$'):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
			last = r
			continue
		}
		last = 0
	}
	out.WriteByte('\'')
	return out.String()
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// field is the access to a member of an Argo variable by name.
func field(of, name string) string {
	if identifier.MatchString(name) {
		return of + "." + name
	}
	return of + "[" + quote(name) + "]"
}

// optionalField is the access to a member of what may be missing.
func optionalField(of, name string) string {
	if identifier.MatchString(name) {
		return of + "?." + name
	}
	return of + "?.[" + quote(name) + "]"
}

// outputOf is the encoded output of a task, or the other encoded text where
// there is none: a plain reference to the output of a task that did not run
// would stay in the value as its literal text.
func outputOf(task, output, otherwise string) string {
	at := optionalField("tasks["+quote(task)+"]?.outputs?.parameters", output)
	return at + " ?? " + quote(otherwise)
}

// encode is the value as it travels, and a problem where it is too large to.
func (r *renderer) encode(pos diag.Position, value any) string {
	text, err := wire.Encode(value)
	if err != nil {
		r.errorf(pos, "value", "%s", err)
		return ""
	}
	r.checkBytes(pos, "value", len(text), wire.MaxValueBytes)
	return text
}

// plain is a string that Kubernetes or Argo takes as it is: a path, a name, a
// label. One that they would interpret is a problem.
func (r *renderer) plain(v diag.Value[string]) string {
	wild := func(c rune) bool { return c < 0x20 || c == 0x7f }
	for _, sign := range []string{"{{", "}}", "$(", "$$"} {
		if strings.Contains(v.V, sign) {
			r.errorf(v.Pos, "plain-text", "%q may not hold %s: Argo or Kubernetes would interpret it", v.V, sign)
			return ""
		}
	}
	if slices.ContainsFunc([]rune(v.V), wild) {
		r.errorf(v.Pos, "plain-text", "%q may not hold control characters", v.V)
		return ""
	}
	return v.V
}

// plainOr is plain of a value that may be missing.
func (r *renderer) plainOr(v *diag.Value[string], otherwise string) string {
	if v == nil {
		return otherwise
	}
	return r.plain(*v)
}
