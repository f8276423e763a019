package render

import (
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gantline.dev/gantline/workflows"
)

// cronHistory is how many finished runs of a schedule Argo keeps of each
// kind. It is high because `keep` says how long runs stay; it only bounds what
// a schedule of every minute piles up.
const cronHistory = 1000

// cronWorkflow starts the WorkflowTemplate at the times of the schedule.
// `suspend` is never written, so that a person's suspension stays.
func (r *renderer) cronWorkflow() wfv1.CronWorkflow {
	schedule := r.flow.Schedule
	spec := wfv1.CronWorkflowSpec{
		Timezone:                   r.plain(schedule.Timezone),
		ConcurrencyPolicy:          r.concurrency(schedule),
		StartingDeadlineSeconds:    ptr(int64(wholeSeconds32(durationOr(schedule.Deadline, 0)))),
		SuccessfulJobsHistoryLimit: ptr(int32(cronHistory)),
		FailedJobsHistoryLimit:     ptr(int32(cronHistory)),
		WorkflowMetadata:           &metav1.ObjectMeta{Labels: r.labels()},
		WorkflowSpec: wfv1.WorkflowSpec{
			WorkflowTemplateRef: &wfv1.WorkflowTemplateRef{Name: r.name()},
			Arguments:           r.scheduleParams(schedule),
		},
	}
	for _, cron := range schedule.Cron {
		spec.Schedules = append(spec.Schedules, r.plain(cron))
	}
	return wfv1.CronWorkflow{
		TypeMeta:   metav1.TypeMeta{APIVersion: wfv1.SchemeGroupVersion.String(), Kind: kindCron},
		ObjectMeta: r.metadata(),
		Spec:       spec,
	}
}

func (r *renderer) concurrency(schedule *workflows.Schedule) wfv1.ConcurrencyPolicy {
	if schedule.Concurrency == nil {
		return wfv1.ForbidConcurrent
	}
	switch schedule.Concurrency.V {
	case "replace":
		return wfv1.ReplaceConcurrent
	case "allow":
		return wfv1.AllowConcurrent
	}
	return wfv1.ForbidConcurrent
}

func (r *renderer) scheduleParams(schedule *workflows.Schedule) wfv1.Arguments {
	var out wfv1.Arguments
	for _, entry := range schedule.Params {
		param, ok := r.flow.Params.Get(entry.Key.V)
		if !ok {
			r.errorf(entry.Key.Pos, "params", "the flow has no parameter %q", entry.Key.V)
			continue
		}
		value := r.encode(entry.V.Pos, typed(entry.V, param.TypeOf()))
		out.Parameters = append(out.Parameters, parameter(entry.Key.V, value))
	}
	return out
}
