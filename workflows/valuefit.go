package workflows

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// fits says what is wrong with a value written for a type, "" where nothing is.
// A number written where a string is meant counts as its own text.
func fits(value *Any, t Type) string {
	if value == nil || value.Node == nil {
		return ""
	}
	node := value.Node
	wrong := fmt.Sprintf("expected a value of type %s, found %s", t, node.Describe())
	switch t {
	case StringType:
		if node.Kind == diag.String || node.Kind == diag.Int || node.Kind == diag.Float {
			return ""
		}
	case IntType:
		if number, ok := value.JSON().(json.Number); ok && node.Kind == diag.Int {
			if _, err := strconv.ParseInt(number.String(), 10, 64); err == nil {
				return ""
			}
			return "the number does not fit in 64 bits"
		}
	case FloatType:
		if _, ok := value.JSON().(json.Number); ok && (node.Kind == diag.Int || node.Kind == diag.Float) {
			return ""
		}
	case BoolType:
		if node.Kind == diag.Bool {
			return ""
		}
	default:
		return ""
	}
	return wrong
}

// textFits is fits for a value given as text, as an enum's is.
func textFits(text string, t Type) bool {
	switch t {
	case IntType:
		_, err := strconv.ParseInt(text, 10, 64)
		return err == nil
	case FloatType:
		f, err := strconv.ParseFloat(text, 64)
		return err == nil && f-f == 0
	case BoolType:
		return text == "true" || text == "false"
	}
	return true
}

// paramValue is what is wrong with a value for a parameter.
func paramValue(rule string, name string, param *Param, value *Any) []diag.Problem {
	if value == nil || value.Node == nil {
		return nil
	}
	if wrong := fits(value, param.TypeOf()); wrong != "" {
		problem := diag.Errorf(value.Pos, rule, "parameter %q: %s", name, wrong)
		if param.Type == nil {
			problem = problem.WithHint("a parameter is a string unless it has a type: int, float, bool or json")
		}
		return one(problem)
	}
	if len(param.Enum) == 0 {
		return nil
	}
	var values []string
	for _, v := range param.Enum {
		values = append(values, v.V)
	}
	if slices.Contains(values, value.Node.Text) {
		return nil
	}
	problem := diag.Errorf(value.Pos, rule, "parameter %q: %q is none of %s", name, value.Node.Text, strings.Join(values, ", "))
	if near, ok := diag.Nearest(value.Node.Text, values); ok {
		problem = problem.WithHint("did you mean %q?", near)
	}
	return one(problem)
}
