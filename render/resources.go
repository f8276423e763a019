package render

import (
	"strconv"

	apiv1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"gantline.dev/gantline/internal/diag"
)

// What Kubernetes calls an NVIDIA GPU and the type of a node's.
const (
	resourceGPU  = apiv1.ResourceName("nvidia.com/gpu")
	labelGPUType = "nvidia.com/gpu.product"
)

// resources is what the step's container asks for. Memory and disk are limits
// too, because what takes more harms its neighbours; CPU time is shared, so it
// is asked for and not capped.
func (s *step) resources() apiv1.ResourceRequirements {
	want := s.def.Resources
	if want == nil {
		return apiv1.ResourceRequirements{}
	}
	requests, limits := apiv1.ResourceList{}, apiv1.ResourceList{}
	s.quantity(want.CPUs, apiv1.ResourceCPU, requests)
	s.quantity(want.Memory, apiv1.ResourceMemory, requests, limits)
	s.quantity(want.Disk, apiv1.ResourceEphemeralStorage, requests, limits)
	if want.GPUs != nil && want.GPUs.V > 0 {
		count := diag.Value[string]{V: strconv.Itoa(want.GPUs.V), Pos: want.GPUs.Pos}
		s.quantity(&count, resourceGPU, requests, limits)
	}
	return apiv1.ResourceRequirements{Requests: requests, Limits: limits}
}

func (s *step) quantity(v *diag.Value[string], name apiv1.ResourceName, lists ...apiv1.ResourceList) {
	if v == nil {
		return
	}
	amount, err := resource.ParseQuantity(v.V)
	if err != nil || amount.Sign() <= 0 {
		s.add(diag.Errorf(v.Pos, "quantity", "%q is not an amount of %s", v.V, name).
			WithHint("write one as 4, 500m, 16Gi or 1.5Ti"))
		return
	}
	for _, list := range lists {
		list[name] = amount
	}
}

func (s *step) nodeSelector() map[string]string {
	labels := map[string]string{}
	if s.def.Resources != nil && s.def.Resources.GPUType != nil {
		labels[labelGPUType] = s.plain(*s.def.Resources.GPUType)
	}
	for _, entry := range s.def.NodeSelector {
		labels[s.plain(entry.Key)] = s.plain(entry.V)
	}
	if len(labels) == 0 {
		return nil
	}
	return labels
}

func (s *step) tolerations() []apiv1.Toleration {
	out := make([]apiv1.Toleration, 0, len(s.def.Tolerations))
	for _, t := range s.def.Tolerations {
		out = append(out, apiv1.Toleration{
			Key: s.plainOr(t.Key, ""), Operator: apiv1.TolerationOperator(s.plainOr(t.Operator, "")),
			Value: s.plainOr(t.Value, ""), Effect: apiv1.TaintEffect(s.plainOr(t.Effect, "")),
		})
	}
	return out
}
