package render

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/wire"
	"gantline.dev/gantline/workflows"
)

// ParamsError says what is wrong with the parameters of a run, all of it.
type ParamsError struct {
	Flow string
	// Problems are sentences, in the order of what was given.
	Problems []string
}

// Error is the problems, a line each.
func (e *ParamsError) Error() string {
	return fmt.Sprintf("parameters of flow %q: %s", e.Flow, strings.Join(e.Problems, "\n  "))
}

// RunParams reads parameters written as name=value and gives their encoded
// values by name. A value is read by the parameter's type: a string as it is,
// json as JSON. Whatever does not fit, and what is missing, is in one
// *ParamsError.
func RunParams(flow *workflows.Flow, given []string) (map[string]string, error) {
	values := map[string]string{}
	failed := &ParamsError{Flow: flow.Name.V}
	add := func(format string, args ...any) {
		failed.Problems = append(failed.Problems, fmt.Sprintf(format, args...))
	}
	for _, text := range given {
		name, value, ok := strings.Cut(text, "=")
		param, known := flow.Params.Get(name)
		_, twice := values[name]
		switch {
		case !ok || name == "":
			add("%q: write name=value", text)
		case !known:
			add("%s", unknownParam(flow, name))
		case twice:
			add("%q is given twice", name)
		default:
			encoded, err := encodeParam(param, value)
			if err != nil {
				add("%q: %s", name, err)
			}
			values[name] = encoded
		}
	}
	for _, entry := range flow.Params {
		if _, ok := values[entry.Key.V]; !ok && entry.V.Default == nil {
			add("%q has no default: give it with -p %s=…%s", entry.Key.V, entry.Key.V, help(entry.V))
		}
	}
	if len(failed.Problems) > 0 {
		return nil, failed
	}
	return values, nil
}

func help(param *workflows.Param) string {
	if param.Help == nil {
		return ""
	}
	return " (" + param.Help.V + ")"
}

func unknownParam(flow *workflows.Flow, name string) string {
	names := make([]string, 0, len(flow.Params))
	for _, entry := range flow.Params {
		names = append(names, entry.Key.V)
	}
	text := fmt.Sprintf("there is no parameter %q", name)
	if near, ok := diag.Nearest(name, names); ok {
		return text + fmt.Sprintf("; did you mean %q?", near)
	}
	if len(names) == 0 {
		return text + "; the flow has none"
	}
	return text + "; the flow has " + strings.Join(names, ", ")
}

// encodeParam is the value that a text means to a parameter.
func encodeParam(param *workflows.Param, text string) (string, error) {
	value, err := paramValue(param.TypeOf(), text)
	if err != nil {
		return "", err
	}
	if len(param.Enum) > 0 {
		if value, err = chosen(param, text); err != nil {
			return "", err
		}
	}
	encoded, err := wire.Encode(value)
	if err == nil && len(encoded) > wire.MaxValueBytes {
		err = fmt.Errorf("the value has %d bytes; at most %d reach a step", len(encoded), wire.MaxValueBytes)
	}
	return encoded, err
}

// chosen is the member of the enum that a text names, as the template's enum
// has it.
func chosen(param *workflows.Param, text string) (any, error) {
	names := make([]string, 0, len(param.Enum))
	for _, choice := range param.Enum {
		names = append(names, choice.V)
	}
	at := slices.Index(names, text)
	if at >= 0 {
		choice := param.Enum[at]
		if choice.Node == nil {
			return choice.V, nil
		}
		return typed(&workflows.Any{Pos: choice.Pos, Node: choice.Node}, param.TypeOf()), nil
	}
	if near, ok := diag.Nearest(text, names); ok {
		return nil, fmt.Errorf("%q is none of %s; did you mean %q?", text, strings.Join(names, ", "), near)
	}
	return nil, fmt.Errorf("%q is none of %s", text, strings.Join(names, ", "))
}

// paramValue reads a text as a type.
func paramValue(t workflows.Type, text string) (any, error) {
	switch t {
	case workflows.IntType:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
	case workflows.FloatType:
		f, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil || math.IsNaN(f) || math.IsInf(f, 0):
		case json.Valid([]byte(text)):
			return json.RawMessage(text), nil // with the digits that were given
		default:
			return f, nil
		}
	case workflows.BoolType:
		if text == "true" || text == "false" {
			return text == "true", nil
		}
		return nil, fmt.Errorf("%q is no bool: write true or false", text)
	case workflows.JSONType:
		if json.Valid([]byte(text)) {
			return json.RawMessage(text), nil
		}
		return nil, fmt.Errorf("the value is no JSON; a string stands in double quotes, and all of it in single ones: '\"text\"'")
	default:
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return nil, fmt.Errorf("the value is no UTF-8 text, or has a NUL in it")
		}
		return text, nil
	}
	return nil, fmt.Errorf("%q is no %s", text, t)
}
