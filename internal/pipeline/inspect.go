package pipeline

import (
	"context"

	"gantline.dev/gantline/build"
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
