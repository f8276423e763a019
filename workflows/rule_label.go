package workflows

import (
	"regexp"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

var labelPart = regexp.MustCompile(`^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$`)

// maxAnnotations is what all annotations of an object may hold together.
const maxAnnotations = 256 << 10

func labelRule() Rule {
	return Rule{Name: "label", check: checkLabels, Doc: "Keys of labels, annotations and node_selector are [prefix/]name as Kubernetes has them, and values of labels have at most 63 characters. " +
		"The prefix gantline.dev/ is gantline's own."}
}

func checkLabels(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, label := range a.flow.Labels {
		out = append(out, labelKey(label.Key, true)...)
		out = append(out, labelValue(label.V)...)
	}
	size := 0
	for _, annotation := range a.flow.Annotations {
		out = append(out, labelKey(annotation.Key, true)...)
		if size += len(annotation.Key.V) + len(annotation.V.V); size > maxAnnotations {
			out = append(out, diag.Errorf(annotation.Key.Pos, "label", "annotations have more than 256 KiB"))
			break
		}
	}
	for _, step := range a.flow.written() {
		for _, label := range step.NodeSelector {
			out = append(out, labelKey(label.Key, false)...)
			out = append(out, labelValue(label.V)...)
		}
	}
	return out
}

func labelKey(key diag.Value[string], ours bool) []diag.Problem {
	prefix, name, prefixed := strings.Cut(key.V, "/")
	if !prefixed {
		prefix, name = "", key.V
	}
	switch {
	case name == "" || !labelPart.MatchString(name), prefixed && (len(prefix) > 253 || !subdomain.MatchString(prefix)):
		return one(diag.Errorf(key.Pos, "label", "%q is no key of a label", key.V).
			WithHint("[prefix/]name: letters, digits, dashes, underscores and dots, at most 63; the prefix is a DNS name"))
	case ours && (prefix == "gantline.dev" || strings.HasSuffix(prefix, ".gantline.dev")):
		return one(diag.Errorf(key.Pos, "label", "%q: the prefix %s/ is gantline's own", key.V, prefix))
	}
	return nil
}

func labelValue(value diag.Value[string]) []diag.Problem {
	if labelPart.MatchString(value.V) || strings.Contains(value.V, tokenOpen) {
		return nil // a misplaced expression is reported as such
	}
	return one(diag.Errorf(value.Pos, "label", "%q is no value of a label", value.V).
		WithHint("letters, digits, dashes, underscores and dots, at most 63, starting and ending with a letter or digit"))
}
