package pipeline

import (
	"context"
	"fmt"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/render"
)

// Check is every problem of what the commit declares: of the files, and of
// flows that are well written but can't be rendered.
func (p *Project) Check() []diag.Problem {
	problems := p.Problems
	if p.Config == nil || diag.HasErrors(problems) {
		return problems
	}
	_, more := p.renderAll(p.pins(func(string) string { return "unbuilt:" + p.Commit.Hash }, p.Commit.Hash))
	return diag.Sorted(append(problems, more...))
}

// Render is the Argo objects of all flows, pinned to the images.
func (p *Project) Render(images []build.Image) ([]kube.Object, error) {
	refs, commit := map[string]string{}, ""
	for _, image := range images {
		refs[image.Name], commit = image.Ref(), image.Origin.Commit
	}
	return p.render(p.pins(func(name string) string { return refs[name] }, commit))
}

// RenderUnbuilt is the Argo objects of all flows where images may not have
// been built: those that the registry has are pinned, the others appear as
// unbuilt:<origin>. It is for previews; nothing else accepts such objects.
func (p *Project) RenderUnbuilt(ctx context.Context, find func(ctx context.Context, image, commit string) (string, error)) ([]kube.Object, error) {
	origins, err := p.Origins(ctx)
	if err != nil {
		return nil, err
	}
	refs := map[string]string{}
	for _, image := range p.Config.Images {
		refs[image.Name] = "unbuilt:" + origins.Origin.Commit
		if find == nil {
			continue
		}
		ref, err := find(ctx, image.Name, origins.Origin.Commit)
		if err != nil {
			return nil, err
		}
		if ref != "" {
			refs[image.Name] = ref
		}
	}
	return p.render(p.pins(func(name string) string { return refs[name] }, origins.Origin.Commit))
}

// FindImage looks for an image of an earlier commit in the project's registry.
func (p *Project) FindImage(means *Means) func(ctx context.Context, image, commit string) (string, error) {
	return func(ctx context.Context, image, commit string) (string, error) {
		registry, err := means.Registry(ctx, p.Config.Registry)
		if err != nil {
			return "", err
		}
		repository := registry + "/" + p.Config.Project + "/" + image
		digest, err := build.Find(ctx, means.Remote, repository, commit)
		if err != nil || digest == "" {
			return "", err
		}
		return repository + "@" + digest, nil
	}
}

func (p *Project) pins(ref func(image string) string, origin string) render.Pins {
	pins := render.Pins{}
	for _, image := range p.Config.Images {
		pins[image.Name] = render.Image{Ref: ref(image.Name), Commit: origin, Workdir: image.CodeTo, User: image.User}
	}
	return pins
}

func (p *Project) render(pins render.Pins) ([]kube.Object, error) {
	objects, problems := p.renderAll(pins)
	if diag.HasErrors(problems) {
		return nil, &InvalidError{Problems: problems}
	}
	return objects, nil
}

func (p *Project) renderAll(pins render.Pins) ([]kube.Object, []diag.Problem) {
	options := render.Options{Project: p.Config.Project, ArgoVersion: p.Config.Argo, DefaultImage: p.defaultImage()}
	var objects []kube.Object
	var problems []diag.Problem
	for _, flow := range p.Flows {
		rendered, more := render.Argo(flow, pins, options)
		objects, problems = append(objects, rendered...), append(problems, more...)
	}
	return kube.Sort(objects), problems
}

// validate runs Argo's own validation over what is about to be deployed. The
// rules of workflows and render are meant to find everything earlier, so a
// problem here is one of Gantline's.
func validate(objects []kube.Object) error {
	problems := render.Validate(objects)
	if diag.HasErrors(problems) {
		return fmt.Errorf("validating the rendered objects as Argo would: %w", &InvalidError{Problems: problems})
	}
	return nil
}
