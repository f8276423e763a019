package objdiff

import (
	"fmt"
	"slices"
	"strings"
)

// Statement is a difference in the words of Argo: what a reviewer would say
// of it. Subject is what it is about (a step, a parameter, templates by comma;
// empty for the whole object) and comes from the repository, as do Before and After: writers
// escape them.
type Statement struct {
	// Rule is schedule, suspend, step, order, image, resources, parameter,
	// script, retry, account or secret.
	Rule    string `json:"rule"`
	Op      Op     `json:"op"`
	Subject string `json:"subject,omitempty"`
	// Text is the whole statement as a sentence without its full stop.
	Text   string `json:"text"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// explain is the statements about a changed object.
func explain(base, head map[string]any, change ObjectChange) []Statement {
	out := []Statement{}
	out = append(out, schedules(base, head)...)
	out = append(out, images(change.Images)...)
	w := workflowOf(base, head)
	for _, field := range change.Fields {
		if statement, ok := w.explainField(field); ok {
			out = append(out, statement)
		}
	}
	out = append(out, resources(change.Fields)...)
	out = append(out, secrets(base, head)...)
	return out
}

// describe is the statements about an object that is on one side only: what it
// starts and when.
func describe(tree map[string]any, op Op) []Statement {
	out := []Statement{}
	if at := timetable(tree); at != "" {
		out = append(out, Statement{Rule: "schedule", Op: op, Text: "runs at " + at})
	}
	if steps := workflowOf(tree).steps(); len(steps) > 0 {
		noun := "steps"
		if len(steps) == 1 {
			noun = "step"
		}
		out = append(out, Statement{Rule: "step", Op: op, Text: fmt.Sprintf("%d %s: %s", len(steps), noun, list(steps))})
	}
	if names := sortedKeys(secretsOf(tree)); len(names) > 0 {
		out = append(out, Statement{Rule: "secret", Op: op, Text: "uses secret " + list(names)})
	}
	return out
}

func schedules(base, head map[string]any) []Statement {
	before, after := timetable(base), timetable(head)
	if before == after {
		return nil
	}
	statement := Statement{Rule: "schedule", Op: Changed, Before: before, After: after}
	switch {
	case before == "":
		statement.Op, statement.Text = Added, "now runs at "+after
	case after == "":
		statement.Op, statement.Text = Removed, "no longer runs at "+before
	default:
		statement.Text = "runs at " + after + ", before at " + before
	}
	return []Statement{statement}
}

// timetable is when a CronWorkflow runs: its cron lines and time zone.
func timetable(tree map[string]any) string {
	spec, _ := tree["spec"].(map[string]any)
	if tree["kind"] != "CronWorkflow" {
		return ""
	}
	var lines []string
	if one, ok := spec["schedule"].(string); ok && one != "" {
		lines = append(lines, one)
	}
	many, _ := spec["schedules"].([]any)
	for _, line := range many {
		if text, ok := line.(string); ok {
			lines = append(lines, text)
		}
	}
	slices.Sort(lines)
	text := strings.Join(slices.Compact(lines), " and ")
	if zone, ok := spec["timezone"].(string); ok && text != "" {
		text += " (" + zone + ")"
	}
	return text
}

// images is a statement for each move of an image, or of a volume that is one,
// naming the templates. The rolled-up list has the details.
func images(fields []FieldChange) []Statement {
	var out []Statement
	var what []string // of each statement
	for _, field := range fields {
		subject, _ := field.Path.named("templates")
		before, after := stringOf(field.Before), stringOf(field.After)
		at := slices.IndexFunc(out, func(s Statement) bool { return s.Before == before && s.After == after })
		if at < 0 {
			at = len(out)
			out = append(out, Statement{Rule: "image", Op: Changed, Before: before, After: after})
			what = append(what, "image")
			if field.Path.ofVolume() {
				what[at] = "volume"
			}
		}
		if subject != "" && !slices.Contains(strings.Split(out[at].Subject, ", "), subject) {
			out[at].Subject = strings.TrimPrefix(out[at].Subject+", "+subject, ", ")
		}
	}
	for i := range out {
		out[i].Text = about(what[i], list(strings.Split(out[i].Subject, ", "))) + " moved"
	}
	return out
}

// resources is one statement for each template whose requests or limits
// changed. A request and a limit that changed alike are said once.
func resources(fields []FieldChange) []Statement {
	var out []Statement
	at := map[string]int{}
	said := map[string]bool{}
	for _, field := range fields {
		place := slices.Index(field.Path, Segment{By: byKey, Name: "resources"})
		if place < 0 {
			continue
		}
		subject, _ := field.Path.named("templates")
		part := quantity(field.Path[place+1:]) + arrow(field)
		key := subject + "\x00" + part
		if said[key] {
			continue
		}
		said[key] = true
		if i, ok := at[subject]; ok {
			out[i].Text += ", " + part
			continue
		}
		at[subject] = len(out)
		out = append(out, Statement{
			Rule: "resources", Op: Changed, Subject: subject, Text: about("resources", subject) + ": " + part,
		})
	}
	return out
}

// quantity names what a path below resources holds: memory of limits.memory.
// Where the path ends earlier, the whole block came or went.
func quantity(path Path) string {
	if len(path) == 2 {
		path = path[1:]
	}
	names := make([]string, 0, len(path))
	for _, segment := range path {
		names = append(names, segment.Name)
	}
	return strings.TrimPrefix(strings.Join(names, " ")+" ", " ")
}

// secrets is a statement for each secret that is newly used, or no longer.
func secrets(base, head map[string]any) []Statement {
	before, after := secretsOf(base), secretsOf(head)
	var out []Statement
	for _, name := range sortedKeys(after) {
		if !before[name] {
			out = append(out, Statement{Rule: "secret", Op: Added, Subject: name, Text: "now uses secret " + name})
		}
	}
	for _, name := range sortedKeys(before) {
		if !after[name] {
			out = append(out, Statement{Rule: "secret", Op: Removed, Subject: name, Text: "no longer uses secret " + name})
		}
	}
	return out
}

func secretsOf(value any) map[string]bool {
	out := map[string]bool{}
	var visit func(value any)
	visit = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for _, key := range []string{"secretKeyRef", "secretRef"} {
				ref, _ := value[key].(map[string]any)
				if name, ok := ref["name"].(string); ok {
					out[name] = true
				}
			}
			if volume, ok := value["secret"].(map[string]any); ok {
				if name, ok := volume["secretName"].(string); ok {
					out[name] = true
				}
			}
			for _, child := range value {
				visit(child)
			}
		case []any:
			for _, child := range value {
				visit(child)
			}
		}
	}
	visit(value)
	return out
}

// about is the noun with the subject it belongs to.
func about(noun, subject string) string {
	if subject == "" {
		return noun
	}
	return noun + " of " + subject
}

func list(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
