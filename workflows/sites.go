package workflows

import (
	"gantline.dev/gantline/internal/diag"
)

// SiteKind is how the expressions of a string are read.
type SiteKind int

// The kinds of strings that hold expressions.
const (
	TextSite      SiteKind = iota // literal text and ${{ … }}
	ConditionSite                 // a condition, bare or in ${{ }}
	ScriptSite                    // a shell script
	ListSite                      // one reference to a list
	ArtifactSite                  // one reference to an artifact
)

// Site is one string of a flow that expressions may stand in.
type Site struct {
	// Field is the path of the field within its step or flow: env.MODEL.
	Field string
	Kind  SiteKind
	Value diag.Value[string]
	// Handler says that the string belongs to on_failure, where failure.* is
	// known.
	Handler bool
}

// refs is the references of the site and what is wrong with its syntax. shell
// is the interpreter of a script.
func (s Site) refs(shell []string) ([]Ref, []diag.Problem) {
	switch s.Kind {
	case ConditionSite:
		condition, problems := ParseCondition(s.Value)
		return CondRefs(condition), problems
	case ScriptSite:
		_, refs, problems := RewriteScript(s.Value, shell, func(Ref) string { return "G" })
		return refs, problems
	}
	segments, problems := ParseText(s.Value)
	var refs []Ref
	for _, segment := range segments {
		if segment.Ref != nil {
			refs = append(refs, *segment.Ref)
		}
	}
	if len(problems) == 0 && (s.Kind == ListSite || s.Kind == ArtifactSite) && (len(segments) != 1 || len(refs) != 1) {
		problems = append(problems, s.notOneRef())
	}
	return refs, problems
}

func (s Site) notOneRef() diag.Problem {
	problem := diag.Errorf(s.Value.Pos, "expression", "%s takes one reference and nothing around it, found %q", s.Field, s.Value.V)
	if s.Kind == ListSite {
		return problem.WithHint("write a list, or ${{ params.<list> }}")
	}
	return problem.WithHint("write ${{ steps.<step>.artifacts.<artifact> }}")
}

// Sites is every string of the step that expressions may stand in, in the
// order of the fields of Step.
func (s *Step) Sites() []Site {
	var sites []Site
	sites = append(sites, s.Run.sites("run", false)...)
	sites = append(sites, s.Launch.sites("launch", false)...)
	if s.Approve != nil {
		sites = append(sites, Site{Field: "approve.message", Value: s.Approve.Message})
	}
	if s.If != nil {
		sites = append(sites, Site{Field: "if", Kind: ConditionSite, Value: *s.If})
	}
	if s.Foreach != nil && s.Foreach.Expr != nil {
		sites = append(sites, Site{Field: "foreach", Kind: ListSite, Value: *s.Foreach.Expr})
	}
	sites = append(sites, dictSites("env", TextSite, s.Env)...)
	sites = append(sites, dictSites("files", TextSite, s.Files)...)
	if s.OnFailure != nil {
		sites = append(sites, s.OnFailure.Run.sites("on_failure.run", true)...)
		sites = append(sites, s.OnFailure.Launch.sites("on_failure.launch", true)...)
	}
	if s.Artifacts != nil {
		sites = append(sites, dictSites("artifacts.in", ArtifactSite, s.Artifacts.In)...)
	}
	if s.Cache != nil {
		for _, key := range s.Cache.Key {
			sites = append(sites, Site{Field: "cache.key", Value: key})
		}
	}
	return append(sites, dictSites("links", TextSite, s.Links)...)
}

func dictSites(field string, kind SiteKind, dict diag.Dict[diag.Value[string]]) []Site {
	sites := make([]Site, 0, len(dict))
	for _, entry := range dict {
		sites = append(sites, Site{Field: field + "." + entry.Key.V, Kind: kind, Value: entry.V})
	}
	return sites
}

func (r *Run) sites(field string, handler bool) []Site {
	if r == nil {
		return nil
	}
	if r.Script != nil {
		return []Site{{Field: field, Kind: ScriptSite, Value: *r.Script, Handler: handler}}
	}
	var sites []Site
	for _, arg := range r.Args {
		sites = append(sites, Site{Field: field, Value: arg, Handler: handler})
	}
	return sites
}

func (l *Launch) sites(field string, handler bool) []Site {
	if l == nil {
		return nil
	}
	var sites []Site
	for _, param := range l.Params {
		for _, value := range param.V.Strings() {
			sites = append(sites, Site{Field: field + ".params." + param.Key.V, Value: value, Handler: handler})
		}
	}
	return sites
}

// Strings is every string of the value, however deep.
func (a *Any) Strings() []diag.Value[string] {
	if a == nil || a.Node == nil {
		return nil
	}
	return nodeStrings(a.Node)
}

func nodeStrings(n *diag.Node) []diag.Value[string] {
	if n.Kind == diag.String {
		return []diag.Value[string]{{V: n.Text, Pos: n.Pos, Node: n}}
	}
	var out []diag.Value[string]
	for _, item := range n.Items {
		out = append(out, nodeStrings(item)...)
	}
	for _, pair := range n.Pairs {
		out = append(out, nodeStrings(pair.Value)...)
	}
	return out
}

// Refs is every reference of a step, of its handler too, in the order of its
// Sites; a reference that appears twice is there twice. Expressions with
// problems are left out: Parse has reported them.
func Refs(f *Flow, step *Step) []Ref {
	var refs []Ref
	for _, site := range step.Sites() {
		found, _ := site.refs(f.shell(step))
		refs = append(refs, found...)
	}
	return refs
}

// shell is the interpreter's command line of a step's scripts, nil for the
// default.
func (f *Flow) shell(step *Step) []string {
	shell := step.Shell
	if len(shell) == 0 && f.Defaults != nil {
		shell = f.Defaults.Shell
	}
	line := make([]string, 0, len(shell))
	for _, word := range shell {
		line = append(line, word.V)
	}
	return line
}
