package workflows

import (
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

func projectRule() Rule {
	return Rule{Name: "project", check: checkProject, Doc: "A step's image, queue and Slurm profile are names of gantline.yaml; an image may also be an outside reference, such as python:3.12. " +
		"A step that runs something has an image, or gantline.yaml has a default one."}
}

func checkProject(a *analysis) []diag.Problem {
	var out []diag.Problem
	for _, u := range a.units {
		step := u.step
		if image := step.Image; image != nil && a.env.Images != nil && image.V != "" && !isReference(image.V) {
			out = append(out, unknownIn("image", *image, a.env.Images, "images:")...)
		}
		if step.Image == nil && step.Run != nil && a.env.Images != nil && a.env.DefaultImage == "" {
			out = append(out, diag.Errorf(u.own.Pos, "project", "step %q names no image, and gantline.yaml has no default one", u.name.V).
				WithHint("add image:, or default: true to one of images: in gantline.yaml"))
		}
		if step.Queue != nil && a.env.Queues != nil {
			out = append(out, unknownIn("queue", *step.Queue, a.env.Queues, "queues:")...)
		}
		if step.RunsOn != nil && step.RunsOn.Slurm != nil && a.env.SlurmProfiles != nil {
			out = append(out, slurmProfile(step.RunsOn, a.env.SlurmProfiles)...)
		}
	}
	return out
}

// isReference says whether an image is an outside reference rather than a
// name: it has a tag, a digest, a host or a path.
func isReference(image string) bool { return strings.ContainsAny(image, ":/@.") }

func slurmProfile(on *RunsOn, known []string) []diag.Problem {
	profile := diag.Value[string]{V: "default", Pos: on.Pos}
	if on.Slurm.Profile != nil {
		profile = *on.Slurm.Profile
	}
	return unknownIn("Slurm profile", profile, known, "slurm:")
}

func unknownIn(what string, name diag.Value[string], known []string, section string) []diag.Problem {
	if name.V == "" || slices.Contains(known, name.V) {
		return nil
	}
	problem := diag.Errorf(name.Pos, "project", "unknown %s %q: it is not under %s of gantline.yaml", what, name.V, section)
	return one(problem.WithHint("%s", suggestion(name.V, known)))
}
