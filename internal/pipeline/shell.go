package pipeline

import (
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/workflows"
)

// withoutShell warns of steps that run a script in an image on scratch: it
// holds the code and nothing that could read a script. A step that names its
// own shell is believed.
func (p *Project) withoutShell() []diag.Problem {
	var problems []diag.Problem
	for _, flow := range p.Flows {
		for _, steps := range []diag.Dict[*workflows.Step]{flow.Steps, flow.OnExit} {
			for _, entry := range steps {
				step := flow.Effective(entry.Key.V)
				name := p.defaultImage()
				if step.Image != nil {
					name = step.Image.V
				}
				image, ok := p.Config.Image(name)
				if !ok || image.Base != config.Scratch || step.Run == nil || step.Run.Script == nil || len(step.Shell) > 0 {
					continue
				}
				problems = append(problems, diag.Warnf(step.Run.Pos, "no-shell", "step %q runs a script, and image %q has no shell: it is built on scratch", entry.Key.V, name).
					WithHint("name a base image in %s, or write run as an argument list", config.FileName))
			}
		}
	}
	return problems
}
