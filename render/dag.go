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
	// inputs grows while the step's expressions are rendered.
	inputs bound
	// vars names the variables of a script's references.
	vars variables
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
	var tasks []wfv1.DAGTask
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
	task := wfv1.DAGTask{
		Name: s.name.V, Template: s.name.V,
		Depends: s.dag.depends(s.name.V),
	}
	condition := s.parseIf()
	perItem := s.def.Foreach != nil && readsItem(condition)
	if condition != nil && !perItem {
		task.When = s.when(condition, false)
	}
	template := s.template()
	if s.def.Foreach != nil {
		if !perItem {
			condition = nil
		}
		task.Template = s.foreach(condition)
	}
	s.addTemplate(s.name.Pos, template)
	task.Arguments = s.inputs.arguments()
	return task
}

// template is the step's own work, without its place among others.
func (s *step) template() wfv1.Template {
	if s.def.Sleep != nil {
		return wfv1.Template{
			Name:    s.name.V,
			Suspend: &wfv1.SuspendTemplate{Duration: seconds(s.def.Sleep.V.Duration())},
		}
	}
	template := s.pod()
	template.Inputs = s.inputs.declare()
	return template
}
