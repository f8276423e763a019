package pipeline

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

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
	pins := map[string]pin{}
	for _, image := range p.Config.Images {
		pins[image.Name] = unbuilt(image, p.Commit.Hash)
	}
	_, more := p.renderAll(p.pins(pins), true)
	return diag.Sorted(slices.Concat(problems, p.unpinned(), p.withoutShell(), more))
}

// Render is the Argo objects of all flows, pinned to the images.
func (p *Project) Render(images []build.Image) ([]kube.Object, error) {
	pins := map[string]pin{}
	for _, image := range images {
		pins[image.Name] = builtPin(image)
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
		pins[image.Name] = unbuilt(image, origins.Origin.Commit)
		if means == nil {
			continue
		}
		found, err := p.inspect(ctx, means, image.Name, origins.Origin.Commit)
		if err != nil {
			return nil, err
		}
		if found.Digest != "" {
			pins[image.Name] = builtPin(found)
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
			var err error
			if pins[image.Name], err = p.givenPin(ctx, means, image, ref); err != nil {
				return nil, err
			}
			continue
		}
		found, err := p.inspect(ctx, means, image.Name, p.Commit.Hash)
		if err != nil {
			return nil, err
		}
		if found.Digest == "" {
			return nil, &NotBuiltError{Image: image.Name, Commit: p.Commit.Short()}
		}
		pins[image.Name] = builtPin(found)
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

// pin is what a step's image is pinned to: a reference by digest, the commit
// that the image belongs to, and its volumes.
type pin struct {
	ref, origin string
	volumes     []render.Volume
}

// builtPin is the pin of an image that a registry has.
func builtPin(image build.Image) pin {
	pin := pin{ref: image.Ref(), origin: image.Origin.Commit}
	for _, v := range image.Volumes {
		pin.volumes = append(pin.volumes, render.Volume{Name: v.Name, Ref: image.VolumeRef(v), Path: build.VolumeDir(v.Name)})
	}
	return pin
}

// unbuilt stands for an image that a preview shows and nobody has built.
func unbuilt(image config.Image, origin string) pin {
	pin := pin{ref: render.Unbuilt + origin, origin: origin}
	for _, data := range image.Data {
		if data.Volume {
			pin.volumes = append(pin.volumes, render.Volume{Name: data.Name, Ref: pin.ref, Path: build.VolumeDir(data.Name)})
		}
	}
	slices.SortFunc(pin.volumes, func(a, b render.Volume) int { return strings.Compare(a.Name, b.Name) })
	return pin
}

// givenPin is the pin of an image that somebody names. What its volumes are, it
// says itself.
func (p *Project) givenPin(ctx context.Context, means *Means, image config.Image, ref string) (pin, error) {
	if err := p.ReadHistory(ctx, means); err != nil {
		return pin{}, err
	}
	origins, err := p.Origins(ctx)
	if err != nil {
		return pin{}, err
	}
	given := pin{ref: ref, origin: origins.Origin.Commit}
	if !slices.ContainsFunc(image.Data, func(data config.Data) bool { return data.Volume }) {
		return given, nil
	}
	view, err := build.Look(ctx, means.Remote, ref, image.Platform)
	if err != nil {
		return pin{}, fmt.Errorf("looking for the volumes of image %q: %w", image.Name, err)
	}
	given.volumes = builtPin(view.Image).volumes
	return given, nil
}

func (p *Project) pins(by map[string]pin) render.Pins {
	pins := render.Pins{}
	for _, image := range p.Config.Images {
		pin := by[image.Name]
		pins[image.Name] = render.Image{Ref: pin.ref, Commit: pin.origin, Workdir: image.CodeTo, User: image.User, Volumes: pin.volumes}
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
