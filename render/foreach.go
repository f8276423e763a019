package render

import (
	"encoding/json"
	"slices"
	"strconv"

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
	if each == nil {
		return items{}
	}
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
	s.bindItem()
	return wire.Part{In: keyItems, At: keyIndex, Path: ref.Path, Join: s.each.join}
}

func (s *step) bindItem() {
	s.inputs.add(s.each.input)
	s.inputs.add(input{key: keyIndex, argument: "{{item}}"})
}

// itemOperand is the item in a condition, inside the item's own template.
func (s *step) itemOperand(ref workflows.Ref) string {
	s.bindItem()
	item := "fromJSON(" + s.each.list + ")[int(inputs.parameters." + keyIndex + ")]"
	if s.each.join {
		item = "fromJSON(" + item + ")"
	}
	for _, key := range ref.Path {
		item = optionalField(item, key)
	}
	return item
}

// readsItem says whether the condition must be judged for each item.
func readsItem(condition workflows.Cond) bool {
	return slices.ContainsFunc(workflows.CondRefs(condition), func(ref workflows.Ref) bool {
		return ref.Root == workflows.RootItem
	})
}

// foreach adds the two DAGs around the step's own template and gives the name
// of the outer one. when is judged for each item; empty for none.
func (s *step) foreach(when string) string {
	main := wfv1.DAGTask{Name: taskMain, Template: s.name.V, When: when, Arguments: s.inputs.handedOn()}
	inner := wfv1.Template{
		Name: s.name.V + suffixItem, Inputs: s.inputs.declare(), Outputs: s.itemOutputs(),
		DAG: &wfv1.DAGTemplate{Tasks: []wfv1.DAGTask{main}},
	}
	outer := wfv1.Template{
		Name: s.name.V + suffixItems, Inputs: s.inputs.outside().declare(), Outputs: s.joinOutputs(),
		DAG: &wfv1.DAGTemplate{Tasks: []wfv1.DAGTask{s.eachTask(inner.Name)}},
	}
	if s.def.Parallelism != nil {
		limit := int64(s.def.Parallelism.V)
		outer.Parallelism = &limit
	}
	s.addTemplate(s.name.Pos, outer)
	s.addTemplate(s.name.Pos, inner)
	return outer.Name
}

// eachTask is the task that Argo repeats for each index.
func (s *step) eachTask(template string) wfv1.DAGTask {
	task := wfv1.DAGTask{Name: taskItem, Template: template, Arguments: s.inputs.outside().handedOn()}
	if len(s.inputs.passed()) > len(s.inputs.outside()) {
		task.Arguments.Parameters = append(task.Arguments.Parameters, parameter(keyIndex, "{{item}}"))
	}
	if s.each.count < 0 {
		task.WithParam = tag("toJSON(map(fromJSON(" + s.each.list + "), #index))")
		return task
	}
	for i := range s.each.count {
		task.WithItems = append(task.WithItems, wfv1.Item{Value: json.RawMessage(strconv.Itoa(i))})
	}
	return task
}

// outside is the inputs that come from outside of the foreach: all that are
// passed but the index.
func (b bound) outside() bound {
	return slices.DeleteFunc(b.passed(), func(i input) bool { return i.key == keyIndex })
}

// itemOutputs is the outputs of one item's DAG. An output of type json travels
// as a string that holds the encoded value; joinValue says why.
func (s *step) itemOutputs() wfv1.Outputs {
	var out wfv1.Outputs
	for _, entry := range s.def.Outputs {
		otherwise := s.outputDefault(entry.V, "null")
		from := &wfv1.ValueFrom{
			Parameter: "{{tasks." + taskMain + ".outputs.parameters." + entry.Key.V + "}}",
			Default:   wfv1.AnyStringPtr(otherwise),
		}
		if entry.V.TypeOf() == workflows.JSONType {
			from = &wfv1.ValueFrom{
				Expression: "toJson(" + outputOf(taskMain, entry.Key.V, otherwise) + ")",
				Default:    wfv1.AnyStringPtr(s.encode(entry.Key.Pos, otherwise)),
			}
		}
		out.Parameters = append(out.Parameters, wfv1.Parameter{Name: entry.Key.V, ValueFrom: from})
	}
	return out
}

// joinOutputs is the outputs of the outer DAG: for each output the list of the
// items', empty where the list of items was.
func (s *step) joinOutputs() wfv1.Outputs {
	var out wfv1.Outputs
	for _, entry := range s.def.Outputs {
		out.Parameters = append(out.Parameters, wfv1.Parameter{Name: entry.Key.V, ValueFrom: &wfv1.ValueFrom{
			Parameter: "{{tasks." + taskItem + ".outputs.parameters." + entry.Key.V + "}}",
			Default:   wfv1.AnyStringPtr("[]"),
		}})
	}
	return out
}
