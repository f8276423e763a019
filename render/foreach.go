package render

import (
	"encoding/json"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/wire"
	"gantline.dev/gantline/workflows"
)

// A foreach becomes three templates:
//
//	eval-Items  a DAG with one task, which Argo repeats for each index of the
//	            list; it bounds how many run at a time, and its outputs are the
//	            lists of the items' outputs
//	eval-Item   a DAG for one item: the work itself as task main. Its outputs
//	            have defaults, so that an item that was skipped leaves null in
//	            its place instead of no place
//	eval        the container
//
// The list and an index are passed, never the item: Argo escapes items twice
// and makes their text part of node names.
const (
	suffixItems = "-Items"
	suffixItem  = "-Item"
	taskItem    = "item"
	taskMain    = "main"
)

// items is where the list of a foreach comes from.
type items struct {
	// input carries the list to the container.
	input input
	// list is the expression for the encoded list inside the foreach's
	// templates.
	list string
	// count is the length of a list that is written in the flow; -1 where only
	// a run knows it.
	count int
	join  bool
}

func (s *step) items() items {
	each := s.def.Foreach
	if each.Expr != nil {
		return s.itemsOf(*each.Expr)
	}
	list := literalItems(each)
	encoded := s.encode(each.Pos, list)
	return items{input: input{key: keyItems, global: encoded}, list: quote(encoded), count: len(list)}
}

func (s *step) itemsOf(expr diag.Value[string]) items {
	segments, problems := workflows.ParseText(expr)
	s.add(problems...)
	if len(segments) != 1 || segments[0].Ref == nil {
		s.errorf(expr.Pos, "expression", "foreach takes one reference and nothing around it, found %q", expr.V)
		return items{}
	}
	ref := *segments[0].Ref
	switch ref.Root {
	case workflows.RootParams:
		name := ref.Path[0]
		return items{
			input: input{key: keyItems, global: "{{workflow.parameters." + name + "}}"},
			list:  field("workflow.parameters", name), count: -1,
		}
	case workflows.RootSteps:
		return items{
			input: input{key: keyItems, argument: tag(s.stepValue(ref))},
			list:  "inputs.parameters." + keyItems, count: -1, join: s.isJoin(ref),
		}
	}
	s.notYet(ref)
	return items{}
}

// literalItems is the list, or the product of the named lists in the order of
// the file, the last one running fastest.
func literalItems(each *workflows.Foreach) []any {
	var list []any
	for _, item := range each.List {
		list = append(list, item.JSON())
	}
	if len(each.Product) == 0 {
		return list
	}
	rows := []map[string]any{{}}
	for _, entry := range each.Product {
		var longer []map[string]any
		for _, row := range rows {
			for _, item := range entry.V {
				next := map[string]any{entry.Key.V: item.JSON()}
				for key, value := range row {
					next[key] = value
				}
				longer = append(longer, next)
			}
		}
		rows = longer
	}
	for _, row := range rows {
		list = append(list, row)
	}
	return list
}

// itemPart is the item as a part of a text.
func (s *step) itemPart(ref workflows.Ref) wire.Part {
	from := s.items()
	s.bindItem(from)
	return wire.Part{In: keyItems, At: keyIndex, Path: ref.Path, Join: from.join}
}

func (s *step) bindItem(from items) {
	s.inputs.add(from.input)
	s.inputs.add(input{key: keyIndex, argument: "{{item}}"})
}

// itemOperand is the item in a condition, inside the item's own template.
func (s *step) itemOperand(ref workflows.Ref) string {
	from := s.items()
	s.bindItem(from)
	item := "fromJSON(" + from.list + ")[int(inputs.parameters." + keyIndex + ")]"
	if from.join {
		item = "fromJSON(" + item + ")"
	}
	for _, key := range ref.Path {
		item = optionalField(item, key)
	}
	return item
}

// foreach adds the two DAGs around the step's own template and gives the name
// of the outer one. condition is judged for each item; nil for none.
func (s *step) foreach(condition workflows.Cond) string {
	from := s.items()
	if from.input.argument != "" {
		s.inputs.add(from.input)
	}
	main := wfv1.DAGTask{Name: taskMain, Template: s.name.V}
	if condition != nil {
		main.When = s.when(condition, true)
	}
	main.Arguments = s.template0().handedOn()
	inner := wfv1.Template{
		Name: s.name.V + suffixItem, Inputs: s.inputs.declare(), Outputs: s.itemOutputs(),
		DAG: &wfv1.DAGTemplate{Tasks: []wfv1.DAGTask{main}},
	}
	each := s.eachItem(from)
	outer := wfv1.Template{
		Name: s.name.V + suffixItems, Inputs: s.inputs.outside().declare(), Outputs: s.joinOutputs(),
		DAG: &wfv1.DAGTemplate{Tasks: []wfv1.DAGTask{each}},
	}
	if s.def.Parallelism != nil {
		limit := int64(s.def.Parallelism.V)
		outer.Parallelism = &limit
	}
	s.templates = append(s.templates, outer, inner)
	return outer.Name
}
