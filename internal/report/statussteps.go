package report

import (
	"fmt"
	"strings"
	"time"

	"gantline.dev/gantline/internal/runs"
	"gantline.dev/gantline/internal/streams"
)

// stateWord is a state in its colour.
func stateWord(state runs.State, palette streams.Palette) string {
	switch {
	case state.Bad():
		return palette.Bad(string(state))
	case state == runs.Succeeded:
		return palette.Good(string(state))
	}
	return palette.Warn(string(state))
}

// StateSign is the sign of a state, in its colour.
func StateSign(state runs.State, palette streams.Palette) string {
	switch {
	case state.Bad():
		return palette.Bad("✗")
	case state == runs.Succeeded:
		return palette.Good("✓")
	case state.Ended():
		return palette.Faint("–")
	case state == runs.Running:
		return palette.Link("▸")
	}
	return palette.Faint("·")
}

// stepsTable is a line for each step.
func stepsTable(run runs.Run, now time.Time, palette streams.Palette) string {
	if run.StepsElsewhere {
		return "\nThe steps of this run are in the cluster's own database; see them in Argo's UI.\n"
	}
	width := 0
	for _, step := range run.Steps {
		width = max(width, len(step.Name))
	}
	var out strings.Builder
	exit := false
	for i, step := range run.Steps {
		if i == 0 {
			out.WriteByte('\n')
		}
		if step.Exit && !exit {
			exit = true
			out.WriteString(palette.Faint("on exit") + "\n")
		}
		fmt.Fprintf(&out, "%s %-*s  %s\n", StateSign(step.State, palette), width, streams.Safe(step.Name), StepText(step, now))
	}
	return out.String()
}

// StepText says in words how a step stands: "running for 12.0s, attempt 2".
// The text is safe to print.
func StepText(step runs.Step, now time.Time) string {
	parts := []string{StepState(step)}
	switch d := step.Duration(now); {
	case d == 0 || step.State == runs.Skipped || step.State == runs.Omitted:
	case step.State == runs.Succeeded:
		parts[0] += " in " + streams.Elapsed(d)
	case step.State.Ended():
		parts[0] += " after " + streams.Elapsed(d)
	default:
		parts[0] += " for " + streams.Elapsed(d)
	}
	return strings.Join(append(parts, stepDetails(step)...), ", ") + stepReason(step)
}

// StepState is the state of a step in words.
func StepState(step runs.Step) string {
	switch step.State {
	case runs.Omitted:
		return "not run"
	case runs.Skipped:
		return "skipped, its condition was not met"
	case runs.Pending:
		return "starting"
	case runs.Backoff:
		return "between attempts"
	}
	return string(step.State)
}

// StepNote is StepText without times, which change by themselves.
func StepNote(step runs.Step) string {
	return strings.Join(append([]string{StepState(step)}, stepDetails(step)...), ", ") + stepReason(step)
}

func stepDetails(step runs.Step) []string {
	var parts []string
	if items := step.Items; items != nil {
		text := fmt.Sprintf("%d/%d items", items.Done(), items.Total)
		if items.Failed > 0 {
			text += fmt.Sprintf(", %d failed", items.Failed)
		}
		if items.Skipped > 0 {
			text += fmt.Sprintf(", %d skipped", items.Skipped)
		}
		parts = append(parts, text)
	}
	if step.Attempt > 1 {
		parts = append(parts, fmt.Sprintf("attempt %d", step.Attempt))
	}
	return parts
}

func stepReason(step runs.Step) string {
	if step.Message == "" || step.State == runs.Succeeded || step.State == runs.Skipped || step.State == runs.Omitted {
		return ""
	}
	return ": " + streams.Safe(step.Message)
}

// writeTail writes the end of a failed step's log, with the command for all.
func writeTail(out *strings.Builder, s Status, tail LogTail, palette streams.Palette) {
	name := tail.Step
	if tail.Item >= 0 {
		name = fmt.Sprintf("%s[%d]", tail.Step, tail.Item)
	}
	switch {
	case tail.Missing != "":
		fmt.Fprintf(out, "\nlog of %s: %s\n", streams.Safe(name), streams.Safe(tail.Missing))
		return
	case len(tail.Lines) == 0:
		fmt.Fprintf(out, "\n%s wrote nothing\n", streams.Safe(name))
		return
	}
	fmt.Fprintf(out, "\nend of the log of %s; all of it: %s\n", streams.Safe(name), palette.Link("gantline logs "+s.Name+" "+tail.Step+s.Flag))
	for _, line := range tail.Lines {
		fmt.Fprintf(out, "%s %s\n", palette.Faint("│"), streams.Safe(line))
	}
}
