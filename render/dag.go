package render

import (
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/workflows"
)

// Names of templates without a pod, and of the verdict's task.
const (
	templateFlow    = "Flow"
	templateExit    = "OnExit"
	templateVerdict = "Verdict"
	taskVerdict     = "verdict"
)

// step is one step on its way into templates.
type step struct {
	*renderer
	dag  graph
	name diag.Value[string]
	// def is the step with the flow's defaults merged in.
	def *workflows.Step
	// each is the items of a foreach.
	each items
	// inputs grows while the step's expressions are rendered.
	inputs bound
}

// effective is the steps of a section with the flow's defaults merged in.
func (r *renderer) effective(section steps) steps {
	var out steps
	for _, entry := range section {
		if def := r.flow.Effective(entry.Key.V); def != nil {
			out = append(out, diag.Entry[*workflows.Step]{Key: entry.Key, V: def})
		}
	}
	return out
}

// addDAG renders the steps of a section into a DAG of the given name. Its one
// leaf is the verdict: Argo takes a DAG's result from its leaves, where a
// handled failure would otherwise shine through steps that were skipped, or a
// failure be lost before a step that accepts it.
func (r *renderer) addDAG(name string, section steps) {
	g := newGraph(r.effective(section))
	tasks := make([]wfv1.DAGTask, 0, len(g.steps)+1)
	for _, entry := range g.steps {
		if entry.Key.V == taskVerdict {
			r.add(diag.Errorf(entry.Key.Pos, "names", "no step can be named %q: the task that judges a run is", taskVerdict).
				WithHint("choose another name"))
		}
		s := &step{renderer: r, dag: g, name: entry.Key, def: entry.V}
		tasks = append(tasks, s.task())
	}
	tasks = append(tasks, wfv1.DAGTask{Name: taskVerdict, Template: templateVerdict, Depends: g.verdict()})
	r.checkTasks(name, tasks)
	r.templates = append(r.templates, wfv1.Template{Name: name, DAG: &wfv1.DAGTemplate{Tasks: tasks}})
}

// verdictTemplate succeeds at once and needs no pod.
func verdictTemplate() wfv1.Template {
	return wfv1.Template{Name: templateVerdict, Suspend: &wfv1.SuspendTemplate{Duration: "0"}}
}

// task renders a step's templates and the task that stands for it.
func (s *step) task() wfv1.DAGTask {
	task := wfv1.DAGTask{Name: s.name.V, Template: s.name.V, Depends: s.dag.depends(s.name.V)}
	s.each = s.items()
	condition := s.parseIf()
	template := s.template()
	var perItem string
	switch {
	case condition == nil:
	case readsItem(condition):
		perItem = s.when(condition, true)
	default:
		task.When = s.when(condition, false)
	}
	if s.each.input.argument != "" {
		s.inputs.add(s.each.input)
	}
	template.Inputs = s.inputs.declare()
	if s.def.Foreach != nil {
		task.Template = s.foreach(perItem)
	}
	s.addTemplate(s.name.Pos, template)
	task.Arguments = s.inputs.outside().arguments()
	return task
}

// template is the step's own work, without its place among others.
func (s *step) template() wfv1.Template {
	if s.def.Sleep != nil {
		return wfv1.Template{
			Name:    s.name.V,
			Suspend: &wfv1.SuspendTemplate{Duration: wholeSeconds(s.def.Sleep.V)},
		}
	}
	return s.pod()
}
