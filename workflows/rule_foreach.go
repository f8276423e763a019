package workflows

import "gantline.dev/gantline/internal/diag"

// maxItems is the most items of a literal foreach: each is a handful of nodes
// in one Workflow object, which has about a megabyte.
const maxItems = 1000

func foreachRule() Rule {
	return Rule{Name: "foreach", check: checkForeach, Doc: "foreach runs over a literal list, or a parameter or output of type json, or the outputs of another foreach. " +
		"A literal list, or product of lists, has at most 1000 items."}
}

func checkForeach(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, u := range a.units {
		foreach := u.own.Foreach
		if foreach == nil {
			continue
		}
		if items := foreach.count(); items > maxItems {
			out = append(out, diag.Errorf(foreach.Pos, "foreach", "foreach has %d items; at most %d are possible", items, maxItems).
				WithHint("let one step work through several of them"))
		}
		for _, use := range u.uses {
			if kind, ok := a.flow.TypeOf(u.step, use.ref); use.site.Kind == ListSite && ok && kind != JSONType && kind != ListType {
				out = append(out, diag.Errorf(use.ref.Pos, "foreach", "%s is of type %s; foreach needs a list", use.ref, kind).
					WithHint("declare it with type: json"))
			} else if use.site.Kind == ListSite && ok {
				out = append(out, a.defaultIsList(use.ref)...)
			}
		}
	}
	return out
}

// defaultIsList checks the default of the parameter that a foreach runs over.
func (a *analysis) defaultIsList(ref Ref) []diag.Problem {
	if ref.Root != RootParams {
		return nil
	}
	param, ok := a.flow.Params.Get(ref.Path[0])
	if !ok || param.Default == nil || param.Default.Node.Kind == diag.List {
		return nil
	}
	return one(diag.Errorf(param.Default.Pos, "foreach", "foreach runs over parameter %q, whose default is no list", ref.Path[0]))
}

// count is the number of items where it is known, else 0.
func (f *Foreach) count() int {
	if len(f.Product) == 0 {
		return len(f.List)
	}
	items := 1
	for _, list := range f.Product {
		if items *= len(list.V); items > 1_000_000 {
			break
		}
	}
	return items
}
