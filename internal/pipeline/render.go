package pipeline

import (
	"context"
	"fmt"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/config"
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
	_, more := p.renderAll(p.pins(func(string) string { return render.Unbuilt + p.Commit.Hash }, p.Commit.Hash), true)
	return diag.Sorted(append(problems, more...))
}

// Render is the Argo objects of all flows, pinned to the images.
func (p *Project) Render(images []build.Image) ([]kube.Object, error) {
	refs, commit := map[string]string{}, ""
	for _, image := range images {
		refs[image.Name], commit = image.Ref(), image.Origin.Commit
	}
	return p.render(p.pins(func(name string) string { return refs[name] }, commit), false)
}

// RenderUnbuilt is the Argo objects of all flows where images may not have
// been built: those that the registry has are pinned, the others appear as
// unbuilt:<origin>. It is for previews; nothing else accepts such objects.
// Without means no registry is asked.
func (p *Project) RenderUnbuilt(ctx context.Context, means *Means) ([]kube.Object, error) {
	origins, err := p.Origins(ctx)
	if err != nil {
		return nil, err
	}
	refs := map[string]string{}
	for _, image := range p.Config.Images {
		refs[image.Name] = render.Unbuilt + origins.Origin.Commit
		if means == nil {
			continue
		}
		ref, err := p.findImage(ctx, means, image.Name, origins.Origin.Commit)
		if err != nil {
			return nil, err
		}
		if ref != "" {
			refs[image.Name] = ref
		}
	}
	return p.render(p.pins(func(name string) string { return refs[name] }, origins.Origin.Commit), true)
}

// RenderPinned is the Argo objects of all flows, pinned to the given images
// (repository@digest by name) and for the others to what the registry has for
// the commit.
func (p *Project) RenderPinned(ctx context.Context, means *Means, given map[string]string) ([]kube.Object, error) {
	origins, err := p.Origins(ctx)
	if err != nil {
		return nil, err
	}
	refs := map[string]string{}
	for _, image := range p.Config.Images {
		ref := given[image.Name]
		if ref == "" {
			if ref, err = p.findImage(ctx, means, image.Name, p.Commit.Hash); err != nil {
				return nil, err
			}
		}
		if ref == "" {
			return nil, fmt.Errorf("image %q of commit %s is not built; build it with: gantline build %s", image.Name, p.Commit.Short(), p.Commit.Short())
		}
		refs[image.Name] = ref
	}
	for name := range given {
		if _, known := refs[name]; !known {
			return nil, fmt.Errorf("there is no image %q; %s has %s", name, config.FileName, strings.Join(p.Config.ImageNames(), ", "))
		}
	}
	return p.render(p.pins(func(name string) string { return refs[name] }, origins.Origin.Commit), false)
}

// findImage looks for the image under a commit's tag; empty where the registry
// has none.
func (p *Project) findImage(ctx context.Context, means *Means, image, commit string) (string, error) {
	registry, err := means.Registry(ctx, p.Config.Registry)
	if err != nil {
		return "", err
	}
	repository := p.repository(registry, image)
	digest, err := build.Find(ctx, means.Remote, repository, commit)
	if err != nil || digest == "" {
		return "", err
	}
	return repository + "@" + digest, nil
}

func (p *Project) pins(ref func(image string) string, origin string) render.Pins {
	pins := render.Pins{}
	for _, image := range p.Config.Images {
		pins[image.Name] = render.Image{Ref: ref(image.Name), Commit: origin, Workdir: image.CodeTo, User: image.User}
	}
	return pins
}

func (p *Project) render(pins render.Pins, preview bool) ([]kube.Object, error) {
	objects, problems := p.renderAll(pins, preview)
	if diag.HasErrors(problems) {
		return nil, &InvalidError{Problems: problems}
	}
	return objects, nil
}

func (p *Project) renderAll(pins render.Pins, preview bool) ([]kube.Object, []diag.Problem) {
	options := render.Options{Project: p.Config.Project, ArgoVersion: p.Config.Argo, Preview: preview, DefaultImage: p.defaultImage()}
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
