package workflows

import (
	"reflect"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// Parse reads one flow file and reports every problem that the file alone
// shows: YAML, unknown keys, shapes, the syntax of expressions and of scripts.
// The flow is nil only where the text is no mapping at all; otherwise it holds
// what could be read, so that Check can report the rest in the same run.
func Parse(file string, src []byte) (*Flow, []diag.Problem) {
	root, problems := diag.Parse(file, src)
	if root == nil {
		return nil, quotesHint(src, problems)
	}
	d := &diag.Decoding{Problems: problems}
	flow := &Flow{root: root}
	d.Into(root, flow)
	if root.Kind != diag.Map {
		return nil, diag.Sorted(d.Problems)
	}
	d.Add(shape(flow)...)
	d.Add(flow.syntaxProblems()...)
	d.Add(flow.misplaced()...)
	return flow, diag.Sorted(d.Problems)
}

// quotesHint helps with the usual mistake: inside { } and [ ], the braces of an
// expression end a string that has no quotes.
func quotesHint(src []byte, problems []diag.Problem) []diag.Problem {
	lines := strings.Split(string(src), "\n")
	for i, problem := range problems {
		if at := problem.Line - 1; at >= 0 && at < len(lines) && strings.Contains(lines[at], tokenOpen) {
			problems[i] = problem.WithHint("inside { } or [ ], put a string with ${{ }} in quotes")
		}
	}
	return problems
}

// Schema is the JSON schema of flow files.
func Schema() ([]byte, error) { return diag.Schema("Gantline flow", Flow{}) }

// own is a step as it is written; the defaults have no name.
type own struct {
	name string
	node *diag.Node
	*Step
}

// at is where a field of the step is written, the step where it is not known.
func (o own) at(field string) diag.Position {
	if o.node != nil {
		for _, pair := range o.node.Pairs {
			if pair.Key.V == field {
				return pair.Key.Pos
			}
		}
	}
	return o.Pos
}

// written is the defaults, the steps and the steps of on_exit, as written.
func (f *Flow) written() []own {
	var all []own
	if f.Defaults != nil {
		all = append(all, own{Step: f.Defaults, node: f.node("defaults")})
	}
	for _, entry := range f.Steps {
		all = append(all, own{name: entry.Key.V, Step: entry.V, node: f.node("steps", entry.Key.V)})
	}
	for _, entry := range f.OnExit {
		all = append(all, own{name: entry.Key.V, Step: entry.V, node: f.node("on_exit", entry.Key.V)})
	}
	return all
}

// node is the YAML under a path of keys, nil where there is none.
func (f *Flow) node(path ...string) *diag.Node {
	n := f.root
	for _, key := range path {
		if n == nil {
			return nil
		}
		n = n.Get(key)
	}
	return n
}

// Sites is the strings of the flow, outside of its steps, that expressions may
// stand in.
func (f *Flow) Sites() []Site {
	if f.Concurrency == nil {
		return nil
	}
	return []Site{{Field: "concurrency_key", Value: *f.Concurrency}}
}

// syntaxProblems is what is wrong with expressions and scripts as such.
func (f *Flow) syntaxProblems() []diag.Problem {
	var out []diag.Problem
	for _, site := range f.Sites() {
		_, problems := site.refs(nil)
		out = append(out, problems...)
	}
	for _, step := range f.written() {
		for _, site := range step.Sites() {
			if site.Value.V == "" {
				continue // missing or of a wrong type: reported where it was read
			}
			_, problems := site.refs(f.shell(step.Step))
			out = append(out, problems...)
		}
	}
	return out
}

// misplaced is the expressions in strings where none is evaluated.
func (f *Flow) misplaced() []diag.Problem {
	evaluated := map[*diag.Node]bool{}
	for _, site := range f.Sites() {
		evaluated[site.Value.Node] = true
	}
	for _, step := range f.written() {
		for _, site := range step.Sites() {
			evaluated[site.Value.Node] = true
		}
	}
	var out []diag.Problem
	for _, value := range allStrings(f.root, evaluated) {
		if at := strings.Index(value.V, tokenOpen); at >= 0 {
			out = append(out, diag.Errorf(value.At(at), "expression-place", "no expression is evaluated here").
				WithHint("expressions stand in run, if, foreach, env, files, links, launch.params, approve.message, artifacts.in, cache.key and concurrency_key"))
		}
	}
	return out
}

// allStrings is the strings and keys below a node, without those in skip and
// without free text for people.
func allStrings(n *diag.Node, skip map[*diag.Node]bool) []diag.Value[string] {
	if skip[n] {
		return nil
	}
	if n.Kind == diag.String {
		return []diag.Value[string]{{V: n.Text, Pos: n.Pos, Node: n}}
	}
	var out []diag.Value[string]
	for _, item := range n.Items {
		out = append(out, allStrings(item, skip)...)
	}
	for _, pair := range n.Pairs {
		out = append(out, pair.Key)
		if pair.Key.V != "description" && pair.Key.V != "help" {
			out = append(out, allStrings(pair.Value, skip)...)
		}
	}
	return out
}

// fieldsSet is the YAML names of the fields of a step that are set.
func (s *Step) fieldsSet() []string {
	var names []string
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if name != "" && !v.Field(i).IsNil() {
			names = append(names, name)
		}
	}
	return names
}
