package render

import (
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
)

// What a cluster refuses or strands. Template, task and parameter counts are
// those of the full CRDs of Argo 4; an object stays below etcd's 1.5 MB with
// room for the status of a run, which holds the whole spec again.
const (
	maxTemplates   = 200
	maxTasks       = 200
	maxParams      = 500
	maxName        = 63
	maxCronName    = 52 // Argo adds the time to the name of a scheduled run
	maxObjectBytes = 1 << 20
)

func (r *renderer) checkName() {
	if name := r.name(); len(name) > maxCronName {
		r.add(diag.Errorf(r.flow.Name.Pos, "names", "the objects' name %q has %d characters; at most %d fit, because Argo adds a time to a scheduled run's",
			name, len(name), maxCronName).WithHint("choose a shorter name for the flow or the project"))
	}
	if len(r.flow.Params) > maxParams {
		r.errorf(r.flow.Params[maxParams].Key.Pos, "limits", "the flow has %d parameters; Argo takes %d at most", len(r.flow.Params), maxParams)
	}
}

func (r *renderer) checkTasks(name string, tasks []wfv1.DAGTask) {
	for _, task := range tasks {
		if len(task.Name) > maxName {
			r.errorf(r.position(task.Name), "names", "the name %q has %d characters; at most %d fit", task.Name, len(task.Name), maxName)
		}
	}
	if len(tasks) > maxTasks {
		r.add(diag.Errorf(r.position(tasks[maxTasks-1].Name), "limits", "the DAG %s has %d tasks with its verdict; Argo takes %d at most",
			name, len(tasks), maxTasks).WithHint("use foreach for steps that are alike, or split the flow"))
	}
}

func (r *renderer) checkTemplates() {
	if len(r.templates) > maxTemplates {
		r.add(diag.Errorf(r.flow.Name.Pos, "limits", "the flow becomes %d templates (three for a step with foreach); Argo takes %d at most",
			len(r.templates), maxTemplates).WithHint("split the flow"))
	}
}

// position is where a step is declared.
func (r *renderer) position(name string) diag.Position {
	for _, section := range []steps{r.flow.Steps, r.flow.OnExit} {
		for _, entry := range section {
			if entry.Key.V == name {
				return entry.Key.Pos
			}
		}
	}
	return r.flow.Name.Pos
}

func (r *renderer) checkBytes(pos diag.Position, what string, size, most int) {
	if size > most {
		r.add(diag.Errorf(pos, "limits", "the %s takes %d bytes; at most %d fit", what, size, most).
			WithHint("put it into a file of the repository"))
	}
}

func (r *renderer) checkSize(object kube.Object) {
	if size := len(object.JSON()); size > maxObjectBytes {
		r.add(diag.Errorf(r.flow.Name.Pos, "limits", "the %s takes %d bytes; at most %d fit", object.ID, size, maxObjectBytes).
			WithHint("move scripts into files of the repository, or split the flow"))
	}
}
