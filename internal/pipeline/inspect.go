package pipeline

import (
	"context"
	"fmt"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/config"
)

// NamedVerification is an image's verification with its name.
type NamedVerification struct {
	Name string `json:"name"`
	build.Verification
}

// Verify makes the layers of published images again and compares.
func (j BuildJob) Verify(ctx context.Context) ([]NamedVerification, error) {
	var out []NamedVerification
	err := j.each(ctx, func(b *imageBuild) error {
		v, err := b.verify(ctx)
		out = append(out, NamedVerification{b.image.Name, v})
		return err
	})
	return out, err
}

func (b *imageBuild) verify(ctx context.Context) (build.Verification, error) {
	spec, err := b.spec(ctx)
	if err != nil {
		return build.Verification{}, err
	}
	if spec.Base, err = b.base(ctx); err != nil {
		return build.Verification{}, err
	}
	options, done, err := b.options(ctx)
	if err != nil {
		return build.Verification{}, err
	}
	defer done()
	return build.Verify(ctx, b.Means.Remote, options, spec)
}

// Published is the images of a commit, by its full hash, as the registry has
// them; one without a digest is not built. The project's gantline.yaml says
// which there are.
func (j BuildJob) Published(ctx context.Context, commit string) ([]build.Image, error) {
	var images []build.Image
	for _, image := range j.Project.Config.Images {
		found, err := j.Project.inspect(ctx, j.Means, image.Name, commit)
		if err != nil {
			return nil, err
		}
		images = append(images, found)
	}
	return images, nil
}

// Views is Published with what each image's manifest and config say; nil where
// an image is not built.
func (j BuildJob) Views(ctx context.Context, commit string) ([]*build.View, error) {
	images, err := j.Published(ctx, commit)
	if err != nil {
		return nil, err
	}
	views := make([]*build.View, len(images))
	for i, image := range images {
		if image.Digest == "" {
			continue
		}
		view, err := build.Look(ctx, j.Means.Remote, image.Ref(), j.Project.Config.Images[i].Platform)
		if err != nil {
			return nil, err
		}
		view.Name, view.Tag = image.Name, image.Tag
		views[i] = &view
	}
	return views, nil
}

// LayerInputs names what the layers of code and data of an image of the job's
// commit are made from, by the layers' keys: commits with their subjects, files
// of Git LFS. It is read from the repository, as a build reads it.
func (j BuildJob) LayerInputs(ctx context.Context, image config.Image, origin string) (map[string]string, error) {
	files, err := j.Project.Context(ctx)
	if err != nil {
		return nil, err
	}
	stages, err := j.Project.stages(ctx, origin, image.Name, files)
	if err != nil {
		return nil, err
	}
	names, err := j.Project.stageNames(ctx, origin, len(stages))
	if err != nil {
		return nil, err
	}
	user, err := build.ParseUser(image.User)
	if err != nil {
		return nil, err
	}
	spec := build.Spec{To: image.CodeTo, User: user, Compression: build.Compression(image.Compression)}
	digests := dataDigests{j.Project.Repo, j.Means.ContentsDir}
	if spec.Files, err = digests.fill(ctx, imageFiles(image.Name, files.Files)); err != nil {
		return nil, err
	}
	return build.LayerInputs(spec, stages, names), nil
}

// stageNames are the commits whose files the stages are, and the origin.
func (p *Project) stageNames(ctx context.Context, origin string, stages int) ([]string, error) {
	var names []string
	if stages > 0 {
		depth, _, err := p.Repo.Depth(ctx, origin)
		if err != nil {
			return nil, err
		}
		for _, anchor := range build.Anchors(depth) {
			names = append(names, fmt.Sprintf("%s~%d", origin, depth-anchor))
		}
	}
	names = append(names, origin)
	for i, name := range names {
		commit, err := p.Repo.Resolve(ctx, name)
		if err != nil {
			return nil, err
		}
		names[i] = strings.TrimSpace(commit.Short() + " " + commit.Subject())
	}
	return names, nil
}
