package objdiff

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// explainField is the statement about one field, where there is one to make.
func (w workflow) explainField(field FieldChange) (Statement, bool) {
	template, inTemplate := field.Path.named("templates")
	task, inTask := field.Path.named("tasks")
	parameter, inParameters := field.Path.named("parameters")
	switch key := field.Path.last(); {
	case inTask:
		return w.explainTask(field, task)
	case inParameters && !inTemplate:
		return explainParameter(field, parameter)
	case key == "suspend" && len(field.Path) == 2:
		return explainSuspend(field), true
	case key == "serviceAccountName":
		return Statement{Rule: "account", Text: about("service account", template) + ": " + arrow(field)}.of(field, template), true
	case inTemplate && key == "script" && field.Op == Changed:
		return Statement{Rule: "script", Text: about("script", template) + ": " + countLines(field)}.of(field, template), true
	case inTemplate && slices.Contains(field.Path, Segment{By: byKey, Name: "retryStrategy"}):
		return Statement{Rule: "retry", Text: about("retry", template) + ": " + key + " " + arrow(field)}.of(field, template), true
	}
	return Statement{}, false
}

// of is the statement with what its field says.
func (s Statement) of(field FieldChange, subject string) Statement {
	s.Op, s.Subject = field.Op, subject
	s.Before, s.After = show(field.Before), show(field.After)
	return s
}

func (w workflow) explainTask(field FieldChange, task string) (Statement, bool) {
	template, _ := field.Path.named("templates")
	switch {
	case w.joints[task]:
		return Statement{}, false
	case !w.roots[template]: // inside of a step: of a foreach, say
		task = list(w.stepsThatRun(template, map[string]bool{}))
	case field.Path.isElementOf("tasks"):
		text := "step " + task + " " + string(field.Op)
		if depends := dependsOf(field); depends != "" {
			text += map[Op]string{Added: ", after ", Removed: "; it came after "}[field.Op] + depends
		}
		return Statement{Rule: "step", Op: field.Op, Subject: task, Text: text}, true
	}
	switch key := field.Path.lastKey(); {
	case w.roots[template] && (key == "depends" || key == "dependencies"):
		return Statement{Rule: "order", Text: "step " + task + " " + waits(field)}.of(field, task), true
	case key == "when":
		return Statement{Rule: "step", Text: "step " + task + " runs when: " + arrow(field)}.of(field, task), true
	}
	return Statement{}, false
}

func waits(field FieldChange) string {
	switch field.Op {
	case Added:
		return "now waits for " + show(field.After)
	case Removed:
		return "no longer waits for " + show(field.Before)
	}
	return "waits for: " + arrow(field)
}

// dependsOf is what a task that was added or removed waits for.
func dependsOf(field FieldChange) string {
	raw := field.After
	if field.Op == Removed {
		raw = field.Before
	}
	var task struct {
		Depends      string   `json:"depends"`
		Dependencies []string `json:"dependencies"`
	}
	if json.Unmarshal(raw, &task) != nil {
		return ""
	}
	if task.Depends != "" {
		return task.Depends
	}
	return strings.Join(task.Dependencies, ", ")
}

func explainParameter(field FieldChange, name string) (Statement, bool) {
	switch {
	case field.Path.isElementOf("parameters"):
		return Statement{Rule: "parameter", Op: field.Op, Subject: name, Text: "parameter " + name + " " + string(field.Op)}, true
	case field.Path.last() == "value":
		return Statement{Rule: "parameter", Text: "default of parameter " + name + ": " + arrow(field)}.of(field, name), true
	}
	return Statement{}, false
}

func explainSuspend(field FieldChange) Statement {
	text := "no longer suspended"
	if string(field.After) == "true" {
		text = "suspended: it does not run until it is resumed"
	}
	return Statement{Rule: "suspend", Text: text}.of(field, "")
}

// arrow is before → after, with what does not exist left out.
func arrow(field FieldChange) string {
	switch field.Op {
	case Added:
		return "now " + show(field.After)
	case Removed:
		return "no longer " + show(field.Before)
	}
	return show(field.Before) + " → " + show(field.After)
}

// show is a value as a person reads it: a string without quotes, also where
// render encoded it once more.
func show(raw json.RawMessage) string {
	text := stringOf(raw)
	if strings.HasPrefix(text, `"`) {
		var inner string
		if json.Unmarshal([]byte(text), &inner) == nil {
			text = inner
		}
	}
	if text == "" && raw != nil {
		return `""`
	}
	return text
}

func countLines(field FieldChange) string {
	added, removed := 0, 0
	for _, line := range Lines(stringOf(field.Before), stringOf(field.After)) {
		switch line.Op {
		case Added:
			added++
		case Removed:
			removed++
		}
	}
	return fmt.Sprintf("%s added, %s removed", lines(added), lines(removed))
}

func lines(n int) string {
	if n == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", n)
}
