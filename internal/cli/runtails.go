package cli

import (
	"context"
	"errors"

	"gantline.dev/gantline/internal/report"
	"gantline.dev/gantline/internal/runs"
)

// How much of the logs of failed steps stands at the end of a run.
const (
	tailLines = 20
	mostTails = 3
	// frameLines is how many lines of gantline-step's and Argo's may stand
	// around those of a step.
	frameLines = 20
)

// statusOf is a run for its writers, with the ends of the logs of failed
// steps.
func (t *runTarget) statusOf(ctx context.Context, run runs.Run) report.Status {
	status := report.Status{Run: run, Target: t.target.Name, Namespace: t.target.Namespace, URL: t.url(run.Name), Flag: t.flag}
	failed := failedPods(run)
	if len(failed) == 0 || !run.State.Bad() {
		return status
	}
	names, err := t.client.Pods(ctx, run.Name)
	for _, f := range failed {
		tail := report.LogTail{Step: f.step, Item: f.pod.Item}
		if err == nil {
			logErr := t.client.Log(ctx, names[f.pod.Node], runs.LogOptions{Tail: tailLines + frameLines}, ownLines(func(line string) {
				tail.Lines = append(tail.Lines, logLine(line, false))
			}))
			tail.Lines = tail.Lines[max(len(tail.Lines)-tailLines, 0):]
			tail.Missing = whyNoLog(run, logErr)
		} else {
			tail.Missing = firstLine(err)
		}
		status.Logs = append(status.Logs, tail)
	}
	return status
}

// stepPod is one pod of a step.
type stepPod struct {
	step string
	pod  runs.Pod
}

// failedPods are the last attempts that failed, the first few of them.
func failedPods(run runs.Run) []stepPod {
	var out []stepPod
	for _, step := range run.Steps {
		for _, pod := range step.LastPods() {
			if pod.State.Bad() && pod.State != runs.Stopped && len(out) < mostTails {
				out = append(out, stepPod{step.Name, pod})
			}
		}
	}
	return out
}

// whyNoLog says why a log could not be read; empty where it was.
func whyNoLog(run runs.Run, err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, runs.ErrNoPod) && run.PodGC == "OnPodSuccess":
		return "its pod is gone, and the log with it: the flow keeps the pods of failed steps only (keep: pods)"
	case errors.Is(err, runs.ErrNoPod) && run.PodGC != "":
		return "its pod is gone, and the log with it: the flow keeps no pods of steps that ended (keep: pods)"
	case errors.Is(err, runs.ErrNoPod):
		return "its pod is gone, and the log with it; a cluster that archives logs shows it in Argo's UI"
	}
	return firstLine(err)
}
