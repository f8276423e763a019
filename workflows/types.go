package workflows

import (
	"encoding/json"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// Type is the type of a value.
type Type string

// The types of the language. A list is the outputs of all items of a foreach,
// in item order; a JSON value may turn out to be anything.
const (
	StringType Type = "string"
	IntType    Type = "int"
	FloatType  Type = "float"
	BoolType   Type = "bool"
	JSONType   Type = "json"
	ListType   Type = "list"
)

// Numeric says whether values of the type are numbers.
func (t Type) Numeric() bool { return t == IntType || t == FloatType }

// Results is what steps.<step>.result can be.
func Results() []string { return []string{"succeeded", "failed", "skipped"} }

// Verdicts is what run.verdict can be.
func Verdicts() []string { return []string{"succeeded", "failed"} }

// Reasons is what failure.reason can be.
func Reasons() []string { return []string{"infra", "preempted", "oom", "timeout", "error"} }

// TypeOf is the type of what a reference denotes, seen from a step; false
// where it denotes nothing there. step is nil outside of steps.
func (f *Flow) TypeOf(step *Step, ref Ref) (Type, bool) {
	switch ref.Root {
	case RootParams:
		if len(ref.Path) == 1 {
			if param, ok := f.Params.Get(ref.Path[0]); ok {
				return param.TypeOf(), true
			}
		}
	case RootSteps:
		return f.typeOfStepRef(ref)
	case RootItem:
		if step != nil && step.Foreach != nil {
			return step.Foreach.typeOfItem(ref.Path)
		}
	case RootFailure:
		if ref.Is("failure.exit_code") {
			return IntType, true
		}
		return StringType, true
	case RootRun, RootCommit, RootImage:
		return StringType, true
	}
	return "", false
}

func (f *Flow) typeOfStepRef(ref Ref) (Type, bool) {
	step, ok := f.Steps.Get(ref.Step())
	if !ok {
		if step, ok = f.OnExit.Get(ref.Step()); !ok {
			return "", false
		}
	}
	if len(ref.Path) == 2 {
		return StringType, true
	}
	if len(ref.Path) == 3 && ref.Path[1] == "artifacts" {
		if step.Artifacts == nil {
			return "", false
		}
		_, ok := step.Artifacts.Out.Get(ref.Path[2])
		return StringType, ok
	}
	output, ok := step.Outputs.Get(ref.Output())
	switch {
	case !ok:
		return "", false
	case step.Foreach != nil:
		return ListType, true
	}
	return output.TypeOf(), true
}

// TypeOf is the declared type, string where none is.
func (p *Param) TypeOf() Type { return declared(p.Type) }

// TypeOf is the declared type of one value, string where none is.
func (o *Output) TypeOf() Type { return declared(o.Type) }

func declared(t *diag.Value[string]) Type {
	if t == nil || t.V == "" {
		return StringType
	}
	return Type(t.V)
}

// typeOfItem is the type of item, or of one key of a product's item.
func (f *Foreach) typeOfItem(path []string) (Type, bool) {
	switch {
	case f.Expr != nil && len(path) == 0:
		return JSONType, true
	case len(f.List) > 0 && len(path) == 0:
		return commonType(f.List), true
	case len(f.Product) > 0 && len(path) == 0:
		return JSONType, true
	case len(f.Product) > 0 && len(path) == 1:
		list, ok := f.Product.Get(path[0])
		return commonType(list), ok
	}
	return "", false
}

// commonType is the type that all values have, json where they differ.
func commonType(values []*Any) Type {
	var common Type
	for _, value := range values {
		t := typeOfJSON(value.JSON())
		switch {
		case common == "" || common == t:
			common = t
		case common.Numeric() && t.Numeric():
			common = FloatType
		default:
			return JSONType
		}
	}
	return common
}

func typeOfJSON(value any) Type {
	switch value := value.(type) {
	case string:
		return StringType
	case bool:
		return BoolType
	case json.Number:
		if strings.ContainsAny(value.String(), ".eE") {
			return FloatType
		}
		return IntType
	}
	return JSONType
}
