package objdiff

import (
	"maps"
	"slices"
)

// workflow is what is known of the steps of a workflow, on one side or both.
// A step is a task of a root: the entry point, or a DAG that no task runs. A
// foreach, say, is one step whose template is a DAG of its own.
type workflow struct {
	tasks []task
	roots map[string]bool
	// joints is the names of tasks that only hold others together: they
	// suspend for no time.
	joints map[string]bool
}

// task is one task of a template's DAG.
type task struct{ in, name, runs string }

// Steps says for each step of a workflow that the change touches what happened
// to it. It is what a drawing of the flow is coloured by. An object that was
// added or removed touches all its steps. A new build of the same image, which
// would touch every step, does not count; another image does.
func (c ObjectChange) Steps() map[string]Op {
	base, _ := view(c.Base)
	head, _ := view(c.Head)
	w := workflowOf(base, head)
	out := map[string]Op{}
	if c.Op != Changed {
		for _, step := range w.steps() {
			out[step] = c.Op
		}
		return out
	}
	for _, field := range slices.Concat(c.Fields, slices.DeleteFunc(slices.Clone(c.Images), isNewBuild)) {
		template, _ := field.Path.named("templates")
		name, inTask := field.Path.named("tasks")
		switch {
		case inTask && w.roots[template] && field.Path.isElementOf("tasks"):
			out[name] = field.Op
		case inTask && w.roots[template]:
			out[name] = changedUnless(out[name])
		default:
			for _, step := range w.stepsThatRun(template, map[string]bool{}) {
				out[step] = changedUnless(out[step])
			}
		}
	}
	maps.DeleteFunc(out, func(step string, _ Op) bool { return w.joints[step] })
	return out
}

// changedUnless is Changed where nothing is known yet.
func changedUnless(known Op) Op {
	if known != "" {
		return known
	}
	return Changed
}

func workflowOf(trees ...map[string]any) workflow {
	w := workflow{roots: map[string]bool{}, joints: map[string]bool{}}
	pauses, called, entries := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, tree := range trees {
		spec, _ := tree["spec"].(map[string]any)
		if nested, ok := spec["workflowSpec"].(map[string]any); ok {
			spec = nested
		}
		for _, key := range []string{"entrypoint", "onExit"} {
			if entry, ok := spec[key].(string); ok {
				entries[entry] = true
			}
		}
		for _, template := range mapsOf(spec["templates"]) {
			name, _ := template["name"].(string)
			pause, _ := template["suspend"].(map[string]any)
			pauses[name] = pauses[name] || pause["duration"] == "0"
			w.addTasks(name, template, called)
		}
	}
	for _, task := range w.tasks {
		w.roots[task.in] = entries[task.in] || !called[task.in]
		w.joints[task.name] = w.joints[task.name] || pauses[task.runs]
	}
	return w
}

func (w *workflow) addTasks(name string, template map[string]any, called map[string]bool) {
	dag, _ := template["dag"].(map[string]any)
	for _, entry := range mapsOf(dag["tasks"]) {
		next := task{in: name}
		next.name, _ = entry["name"].(string)
		next.runs, _ = entry["template"].(string)
		called[next.runs] = true
		if !slices.Contains(w.tasks, next) {
			w.tasks = append(w.tasks, next)
		}
	}
}

// steps is the names of the steps, each once, in the workflow's order.
func (w workflow) steps() []string {
	var out []string
	for _, task := range w.tasks {
		if w.roots[task.in] && !w.joints[task.name] && !slices.Contains(out, task.name) {
			out = append(out, task.name)
		}
	}
	return out
}

// stepsThatRun is the steps that run a template, also by way of others.
func (w workflow) stepsThatRun(template string, seen map[string]bool) []string {
	if template == "" || seen[template] {
		return nil
	}
	seen[template] = true
	var out []string
	for _, task := range w.tasks {
		switch {
		case task.runs != template:
		case w.roots[task.in]:
			out = append(out, task.name)
		default:
			out = append(out, w.stepsThatRun(task.in, seen)...)
		}
	}
	return out
}
