package workflows

import (
	"errors"
	"fmt"
	"path"
	"sort"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"gantline.dev/gantline/internal/diag"
)

// RewriteScript turns every ${{ … }} of a shell script into a reference to the
// environment variable that variable names, quoted as its place needs, so that
// the script sees exactly the value and no value can become script text. Where
// that is impossible (single quotes, a comment, arithmetic) the problem says
// what to write instead. Syntax errors of the script are problems too.
//
// shell is the interpreter's command line; empty means bash. Scripts of other
// shells than sh and bash pass untouched, but may hold no expression. refs is
// in order of appearance, each as often as it appears.
func RewriteScript(script diag.Value[string], shell []string, variable func(Ref) string) (text string, refs []Ref, problems []diag.Problem) {
	if len(script.V) > maxText {
		return script.V, nil, []diag.Problem{tooLong("a script", script)}
	}
	spans, problems := parseSpans(script)
	language, known := shellLanguage(shell)
	if !known {
		return script.V, nil, append(problems, foreignShell(script, shell, spans)...)
	}
	if len(problems) > 0 {
		return script.V, nil, problems
	}
	s := newScript(script, spans)
	file, err := parseShell(s.text, language)
	if err != nil {
		return script.V, nil, []diag.Problem{s.syntaxProblem(err)}
	}
	places := findPlaces(file, s)
	problems = s.problems(places)
	if len(problems) > 0 {
		return script.V, nil, problems
	}
	text, starts := s.rewrite(places, variable)
	for _, span := range spans {
		refs = append(refs, span.ref)
	}
	return text, refs, s.prove(text, starts, language)
}

// shellLanguage is the dialect of a command line's shell.
func shellLanguage(shell []string) (syntax.LangVariant, bool) {
	if len(shell) == 0 {
		return syntax.LangBash, true
	}
	name := path.Base(shell[0])
	if name == "env" && len(shell) > 1 {
		name = path.Base(shell[1])
	}
	switch name {
	case "bash":
		return syntax.LangBash, true
	case "sh", "dash", "ash":
		return syntax.LangPOSIX, true
	}
	return 0, false
}

func foreignShell(script diag.Value[string], shell []string, spans []exprSpan) []diag.Problem {
	problems := make([]diag.Problem, 0, len(spans))
	for _, span := range spans {
		problems = append(problems, diag.Errorf(script.At(span.start), "script",
			"an expression in a script of %q; only scripts of sh and bash can hold one", shell[0]).
			WithHint("put it in `env` and read the variable: env: {VALUE: \"${{ %s }}\"}", span.ref))
	}
	return problems
}

// parseShell parses, turning a parser's panic on strange input into an error.
func parseShell(text string, language syntax.LangVariant) (file *syntax.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("the script can't be understood as shell")
		}
	}()
	parser := syntax.NewParser(syntax.Variant(language), syntax.KeepComments(true))
	return parser.Parse(strings.NewReader(text), "")
}

// shellScript is a script whose expressions are replaced by placeholders: the
// shell parser refuses ${{.
type shellScript struct {
	source diag.Value[string]
	spans  []exprSpan
	prefix string
	text   string
	starts []int // of the placeholders in text
}

// newScript chooses placeholders that occur nowhere in the script and are
// names to a shell, so that they parse wherever a word does.
func newScript(source diag.Value[string], spans []exprSpan) *shellScript {
	s := &shellScript{source: source, spans: spans, prefix: "gantlineq"}
	for strings.Contains(source.V, s.prefix) {
		s.prefix += "q"
	}
	var text strings.Builder
	done := 0
	for i, span := range spans {
		text.WriteString(source.V[done:span.start])
		s.starts = append(s.starts, text.Len())
		text.WriteString(s.placeholder(i))
		done = span.end
	}
	text.WriteString(source.V[done:])
	s.text = text.String()
	return s
}

func (s *shellScript) placeholder(i int) string { return s.prefix + strconv.Itoa(i) + "z" }

// indices is the expressions whose placeholders a piece of script text holds.
func (s *shellScript) indices(text string) []int {
	var found []int
	for {
		_, rest, ok := strings.Cut(text, s.prefix)
		if !ok {
			return found
		}
		digits := span(rest, isDigit)
		if i, err := strconv.Atoi(rest[:digits]); err == nil && strings.HasPrefix(rest[digits:], "z") {
			found = append(found, i)
		}
		text = rest
	}
}

// origin is the byte of the source that a byte of text came from.
func (s *shellScript) origin(offset int) int {
	i := sort.Search(len(s.starts), func(i int) bool { return s.starts[i] > offset })
	if i == 0 {
		return offset
	}
	span, start := s.spans[i-1], s.starts[i-1]
	past := offset - start - len(s.placeholder(i-1))
	if past < 0 {
		return span.start
	}
	return span.end + past
}

// shown is a message of the shell parser in the user's own terms.
func (s *shellScript) shown(message string) string {
	for i := len(s.spans) - 1; i >= 0; i-- {
		span := s.spans[i]
		message = strings.ReplaceAll(message, s.placeholder(i), s.source.V[span.start:span.end])
	}
	return message
}

func (s *shellScript) syntaxProblem(err error) diag.Problem {
	var parse syntax.ParseError
	var lang syntax.LangError
	offset, message := 0, err.Error()
	switch {
	case errors.As(err, &parse):
		offset, message = int(parse.Pos.Offset()), parse.Text
	case errors.As(err, &lang):
		offset = int(lang.Pos.Offset())
		message = strings.TrimLeft(message, "0123456789:? ")
	}
	return diag.Errorf(s.source.At(s.origin(offset)), "script", "shell syntax: %s", s.shown(message))
}

// problems is what is wrong with the places of the expressions.
func (s *shellScript) problems(places []place) []diag.Problem {
	var problems []diag.Problem
	for i, span := range s.spans {
		at := places[i]
		if before := s.text[:s.starts[i]]; at != inSingleQuotes && at != inComment && escapes(before) {
			at = afterBackslash
		}
		if !at.refused() {
			continue
		}
		problem, hint := at.refusal()
		hint = strings.ReplaceAll(hint, "EXPR", fmt.Sprintf("${{ %s }}", span.ref))
		problems = append(problems, diag.Errorf(s.source.At(span.start), "script", "%s", problem).WithHint("%s", hint))
	}
	return problems
}

// escapes says whether a text ends in a backslash that is not itself escaped.
func escapes(text string) bool {
	return (len(text)-len(strings.TrimRight(text, `\`)))%2 == 1
}

// rewrite puts the variables in; starts is where the $ of each then stands.
func (s *shellScript) rewrite(places []place, variable func(Ref) string) (text string, starts []int) {
	var out strings.Builder
	done := 0
	for i, span := range s.spans {
		out.WriteString(s.source.V[done:span.start])
		reference := "${" + variable(span.ref) + "}"
		if places[i] == bare || places[i] == pattern {
			out.WriteString(`"`)
			starts = append(starts, out.Len())
			out.WriteString(reference + `"`)
		} else {
			starts = append(starts, out.Len())
			out.WriteString(reference)
		}
		done = span.end
	}
	out.WriteString(s.source.V[done:])
	return out.String(), starts
}

// prove parses what was written and wants each variable to be what was meant:
// a plain expansion that no shell splits. It catches what findPlaces missed.
func (s *shellScript) prove(text string, starts []int, language syntax.LangVariant) []diag.Problem {
	if len(starts) == 0 {
		return nil
	}
	quoted := map[int]bool{}
	if file, err := parseShell(text, language); err == nil {
		quoted = quotedExpansions(file)
	}
	for i, start := range starts {
		if !quoted[start] {
			return []diag.Problem{diag.Errorf(s.source.At(s.spans[i].start), "script", "an expression can't stand here").
				WithHint("assign it to a variable on a line of its own: value=${{ %s }}", s.spans[i].ref)}
		}
	}
	return nil
}
