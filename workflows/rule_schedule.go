package workflows

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"gantline.dev/gantline/internal/diag"
)

func scheduleRule() Rule {
	return Rule{Name: "schedule", check: checkSchedule, Doc: "Cron expressions have five fields and fire at least once in some years; the time zone is an IANA name. " +
		"A schedule gives a value to every parameter without a default, and only to parameters that there are."}
}

func checkSchedule(a *analysis) []diag.Problem {
	schedule := a.flow.Schedule
	if schedule == nil || !schedule.Pos.IsSet() {
		return nil
	}
	var out []diag.Problem
	seen := map[string]bool{}
	for _, expression := range schedule.Cron {
		out = append(out, cronProblems(expression)...)
		if seen[expression.V] {
			out = append(out, diag.Errorf(expression.Pos, "schedule", "cron expression %q stands twice", expression.V))
		}
		seen[expression.V] = true
	}
	out = append(out, zoneProblems(schedule.Timezone)...)
	return append(out, scheduledParams(a.flow, schedule)...)
}

func cronProblems(expression diag.Value[string]) []diag.Problem {
	fields := strings.Fields(expression.V)
	switch {
	case expression.V == "":
		return nil
	case strings.HasPrefix(expression.V, "TZ=") || strings.HasPrefix(expression.V, "CRON_TZ="):
		return one(diag.Errorf(expression.Pos, "schedule", "a time zone inside the cron expression").WithHint("write it under timezone"))
	case len(fields) != 5:
		return one(diag.Errorf(expression.Pos, "schedule", "cron expression %q has %d fields, not five", expression.V, len(fields)).
			WithHint("minute hour day-of-month month day-of-week, as in \"0 2 * * *\""))
	}
	parsed, err := cron.ParseStandard(expression.V)
	if err != nil {
		return one(diag.Errorf(expression.Pos, "schedule", "cron expression %q: %s", expression.V, err))
	}
	// The search ends five years later; a fixed start makes the answer one of
	// the expression alone, and five years hold a 29th of February.
	if parsed.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return one(diag.Errorf(expression.Pos, "schedule", "cron expression %q never fires: no year has that day", expression.V))
	}
	return nil
}

func zoneProblems(zone diag.Value[string]) []diag.Problem {
	if zone.V == "" {
		return nil
	}
	if _, err := time.LoadLocation(zone.V); err != nil || zone.V == "Local" {
		return one(diag.Errorf(zone.Pos, "schedule", "unknown time zone %q", zone.V).
			WithHint("write an IANA name, as America/Los_Angeles or UTC"))
	}
	return nil
}

func scheduledParams(f *Flow, schedule *Schedule) []diag.Problem {
	var out []diag.Problem
	for _, entry := range schedule.Params {
		param, ok := f.Params.Get(entry.Key.V)
		if !ok {
			out = append(out, diag.Errorf(entry.Key.Pos, "schedule", "unknown parameter %q", entry.Key.V).
				WithHint("%s", suggestion(entry.Key.V, f.Params.Keys())))
			continue
		}
		out = append(out, paramValue("schedule", entry.Key.V, param, entry.V)...)
	}
	for _, param := range f.Params {
		if _, given := schedule.Params.Get(param.Key.V); !given && param.V.Default == nil && param.V.Pos.IsSet() {
			out = append(out, diag.Errorf(schedule.Pos, "schedule", "scheduled runs need a value for parameter %q, which has no default", param.Key.V).
				WithHint("add it to schedule.params, or give the parameter a default"))
		}
	}
	return out
}
