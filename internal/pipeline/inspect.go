package pipeline

import (
	"context"
	"fmt"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/repoclean"
)

// BuildPlan is what a build of one image would do.
type BuildPlan struct {
	Name       string       `json:"name"`
	Repository string       `json:"repository"`
	Origin     build.Origin `json:"origin"`
	// Exists says that the commit's tag is there, Tagged that the origin's is:
	// then one tag is put and nothing is built.
	Exists bool `json:"exists"`
	Tagged bool `json:"tagged"`
	// Environment is the tag of the environment image, empty for scratch;
	// EnvironmentExists says that it need not be built.
	Environment       string `json:"environment,omitempty"`
	EnvironmentExists bool   `json:"environmentExists"`
	// Code is the files of the code layer.
	Code repoclean.Totals `json:"code"`
}

// Text is the plan in a sentence.
func (p BuildPlan) Text() string {
	switch {
	case p.Exists:
		return "exists: nothing to do"
	case p.Tagged:
		return fmt.Sprintf("is the image of its origin %s: one tag to put", p.Origin.Commit[:12])
	case p.Environment == "":
		return fmt.Sprintf("a layer of %d files on scratch", p.Code.Files)
	case p.EnvironmentExists:
		return fmt.Sprintf("a layer of %d files on the environment %s, which exists", p.Code.Files, p.Environment)
	}
	return fmt.Sprintf("the environment %s through BuildKit, then a layer of %d files", p.Environment, p.Code.Files)
}

// Explain says what Run would do for each image, and does none of it.
func (j BuildJob) Explain(ctx context.Context) ([]BuildPlan, error) {
	var plans []BuildPlan
	err := j.each(ctx, func(b *imageBuild) error {
		plan, err := b.explain(ctx)
		plans = append(plans, plan)
		return err
	})
	return plans, err
}

func (b *imageBuild) explain(ctx context.Context) (BuildPlan, error) {
	plan := BuildPlan{Name: b.image.Name, Repository: b.repository, Origin: b.origins.Origin, Code: b.Files.Included}
	own, err := b.has(ctx, b.Project.Commit.Hash)
	if err != nil {
		return plan, err
	}
	origins, err := b.has(ctx, b.origins.Origin.Commit)
	if err != nil {
		return plan, err
	}
	plan.Exists, plan.Tagged = own, !own && origins
	if b.image.Base == config.Scratch {
		return plan, nil
	}
	digest, err := b.Project.Lock.Pin(b.image.Base, b.image.Platform)
	if err != nil {
		return plan, refusedByLock(err)
	}
	inputs, err := b.inputs(ctx, digest)
	if err != nil {
		return plan, err
	}
	plan.Environment = envimage.Tag(inputs)
	plan.EnvironmentExists, err = b.has(ctx, plan.Environment)
	return plan, err
}

func (b *imageBuild) has(ctx context.Context, tag string) (bool, error) {
	digest, err := build.Find(ctx, b.Means.Remote, b.repository, tag)
	return digest != "", err
}

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
