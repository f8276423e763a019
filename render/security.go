package render

import (
	"strconv"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	apiv1 "k8s.io/api/core/v1"
)

// ServiceAccount is the account of pods that need no right of their own, and of
// Argo's executor beside them. Its token is mounted for the executor alone. It
// needs the Secret <account>.service-account-token and the right to create and
// patch workflowtaskresults.
const ServiceAccount = "gantline-executor"

// podSecurity is the pod's context. With an image whose user is a number the
// whole pod, Argo's own containers included, runs as that user and never as
// root. The name of a user says nothing to Kubernetes, and an image of root's
// was made to be that.
func (s *step) podSecurity(image Image) *apiv1.PodSecurityContext {
	context := &apiv1.PodSecurityContext{
		SeccompProfile: &apiv1.SeccompProfile{Type: apiv1.SeccompProfileTypeRuntimeDefault},
	}
	user, group, _ := strings.Cut(image.User, ":")
	uid, err := strconv.ParseInt(user, 10, 64)
	if err != nil || uid <= 0 {
		return context
	}
	context.RunAsUser, context.RunAsNonRoot = &uid, ptr(true)
	if gid, err := strconv.ParseInt(group, 10, 64); err == nil && gid > 0 {
		context.RunAsGroup = &gid
		context.FSGroup, context.FSGroupChangePolicy = s.claimGroup(gid)
	}
	return context
}

// claimGroup makes claims that a step writes to writable by its group.
func (s *step) claimGroup(gid int64) (*int64, *apiv1.PodFSGroupChangePolicy) {
	for _, volume := range s.def.Volumes {
		if volume.Claim != nil && (volume.ReadOnly == nil || !volume.ReadOnly.V) {
			return &gid, ptr(apiv1.FSGroupChangeOnRootMismatch)
		}
	}
	return nil, nil
}

func containerSecurity() *apiv1.SecurityContext {
	return &apiv1.SecurityContext{
		AllowPrivilegeEscalation: ptr(false),
		Capabilities:             &apiv1.Capabilities{Drop: []apiv1.Capability{"ALL"}},
	}
}

// addServiceAccount gives the step its own account, and then its token too.
func (s *step) addServiceAccount(template *wfv1.Template) {
	if s.def.ServiceAccount == nil {
		return
	}
	template.ServiceAccountName = s.plain(*s.def.ServiceAccount)
	template.AutomountServiceAccountToken = ptr(true)
}

func ptr[T any](v T) *T { return &v }
