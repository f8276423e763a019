package workflows

import (
	"regexp"

	"gantline.dev/gantline/internal/diag"
)

var (
	cpuQuantity  = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?|[0-9]+m)$`)
	byteQuantity = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?([kMGTPE]|[KMGTPE]i)?$`)
	allZero      = regexp.MustCompile(`^[0.]+[a-zA-Z]*$`)
)

func quantityRule() Rule {
	return Rule{Name: "quantity", check: checkQuantities, Doc: "cpus is a number of cores (4, 0.5, 500m); memory, disk and sizes of volumes are bytes as Kubernetes writes them (16Gi, 500M)."}
}

func checkQuantities(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, step := range a.flow.written() {
		if step.Resources != nil {
			out = append(out, quantity("cpus", step.Resources.CPUs, cpuQuantity, "write cores, as 4, 0.5 or 500m")...)
			out = append(out, bytesQuantity("memory", step.Resources.Memory)...)
			out = append(out, bytesQuantity("disk", step.Resources.Disk)...)
		}
		for _, volume := range step.Volumes {
			if volume != nil {
				out = append(out, bytesQuantity("size", volume.Size)...)
				out = append(out, bytesQuantity("memory", volume.Memory)...)
			}
		}
	}
	return out
}

func bytesQuantity(field string, v *diag.Value[string]) []diag.Problem {
	return quantity(field, v, byteQuantity, "write bytes as 16Gi, 512Mi or 2G; B is not part of it")
}

func quantity(field string, v *diag.Value[string], form *regexp.Regexp, hint string) []diag.Problem {
	switch {
	case v == nil || v.V == "":
	case !form.MatchString(v.V):
		return one(diag.Errorf(v.Pos, "quantity", "%s: %q is not a quantity", field, v.V).WithHint("%s", hint))
	case allZero.MatchString(v.V):
		return one(diag.Errorf(v.Pos, "quantity", "%s is zero", field).WithHint("%s", hint))
	}
	return nil
}
