package pipeline

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

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
	pins := map[string]pin{}
	for _, image := range p.Config.Images {
		pins[image.Name] = unbuilt(p.Commit.Hash)
	}
	_, more := p.renderAll(p.pins(pins), true)
	return diag.Sorted(slices.Concat(problems, p.unpinned(), p.withoutShell(), more))
}

// Render is the Argo objects of all flows, pinned to the images.
func (p *Project) Render(images []build.Image) ([]kube.Object, error) {
	pins := map[string]pin{}
	for _, image := range images {
		pins[image.Name] = pin{image.Ref(), image.Origin.Commit}
	}
	return p.render(p.pins(pins), false)
}

// RenderUnbuilt is the Argo objects of all flows where images may not have
// been built: those that the registry has are pinned, the others appear as
// unbuilt:<origin>. It is for previews; nothing else accepts such objects.
// Without means no registry is asked.
func (p *Project) RenderUnbuilt(ctx context.Context, means *Means) ([]kube.Object, error) {
	if err := p.ReadHistory(ctx, means); err != nil {
		return nil, err
	}
	origins, err := p.Origins(ctx)
	if err != nil {
		return nil, err
	}
	pins := map[string]pin{}
	for _, image := range p.Config.Images {
		pins[image.Name] = unbuilt(origins.Origin.Commit)
		if means == nil {
			continue
		}
		found, err := p.inspect(ctx, means, image.Name, origins.Origin.Commit)
		if err != nil {
			return nil, err
		}
		if found.Digest != "" {
			pins[image.Name] = pin{found.Ref(), found.Origin.Commit}
		}
	}
	return p.render(p.pins(pins), true)
}

// RenderPinned is the Argo objects of all flows, pinned to the given images
// (repository@digest by name) and for the others to what the registry has for
// the commit. An image that is found says itself which commit it belongs to,
// so that a shallow clone, which can't see the origin, renders the same bytes.
func (p *Project) RenderPinned(ctx context.Context, means *Means, given map[string]string) ([]kube.Object, error) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if _, known := p.Config.Image(name); !known {
			return nil, &UnknownNameError{What: "image", Key: "images", Name: name, Known: p.Config.ImageNames()}
		}
	}
	pins := map[string]pin{}
	for _, image := range p.Config.Images {
		if ref := given[image.Name]; ref != "" {
			if err := p.ReadHistory(ctx, means); err != nil {
				return nil, err
			}
			origins, err := p.Origins(ctx)
			if err != nil {
				return nil, err
			}
			pins[image.Name] = pin{ref, origins.Origin.Commit}
			continue
		}
		found, err := p.inspect(ctx, means, image.Name, p.Commit.Hash)
		if err != nil {
			return nil, err
		}
		if found.Digest == "" {
			return nil, &NotBuiltError{Image: image.Name, Commit: p.Commit.Short()}
		}
		pins[image.Name] = pin{found.Ref(), found.Origin.Commit}
	}
	return p.render(p.pins(pins), false)
}

// inspect is the image under a commit's tag; one without a digest where the
// registry has none.
func (p *Project) inspect(ctx context.Context, means *Means, image, commit string) (build.Image, error) {
	registry, err := means.Registry(ctx, p.Config.Registry)
	if err != nil {
		return build.Image{}, err
	}
	found, err := build.Inspect(ctx, means.Remote, p.repository(registry, image), commit)
	if err != nil {
		return build.Image{}, fmt.Errorf("looking for image %q: %w", image, err)
	}
	found.Name = image
	return found, nil
}

// pin is what a step's image is pinned to: a reference by digest, and the
// commit that the image belongs to.
type pin struct{ ref, origin string }

// unbuilt stands for an image that a preview shows and nobody has built.
func unbuilt(origin string) pin { return pin{render.Unbuilt + origin, origin} }

func (p *Project) pins(by map[string]pin) render.Pins {
	pins := render.Pins{}
	for _, image := range p.Config.Images {
		pin := by[image.Name]
		pins[image.Name] = render.Image{Ref: pin.ref, Commit: pin.origin, Workdir: image.CodeTo, User: image.User}
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
	objects, problems := make([][]kube.Object, len(p.Flows)), make([][]diag.Problem, len(p.Flows))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, flow := range p.Flows {
		group.Go(func() error {
			objects[i], problems[i] = render.Argo(flow, pins, options)
			return nil
		})
	}
	_ = group.Wait() // problems are no errors
	return kube.Sort(slices.Concat(objects...)), slices.Concat(problems...)
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
