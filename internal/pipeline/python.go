package pipeline

import (
	"context"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/internal/config"
)

// lockedPackages are Python packages that a lock names by hash.
type lockedPackages struct{}

// locked are the image's packages where a lock names all of them by hash; nil
// where pip must find some.
func (p *Project) locked(context.Context, config.Image) (*lockedPackages, error) { return nil, nil }

// ownStage is what needs no builder: packages that are locked, and the user
// where no set-up command follows.
func (b *imageBuild) ownStage(below string, inputs envimage.Inputs, facts build.Facts, locked *lockedPackages) (envStage, error) {
	user := len(inputs.Setup) == 0
	tag, err := stageTag(below, struct {
		User  envimage.User
		Adds  bool
		Facts build.Facts
	}{inputs.User, user, facts})
	if err != nil {
		return envStage{}, err
	}
	return envStage{what: "user", tag: tag, make: func(ctx context.Context, made string) (string, error) {
		stack := build.Stack{
			Repository: b.repository, Tag: tag, Below: inputs.Base, Platform: inputs.Platform, Neighbours: b.origins.Earlier,
		}
		if made != "" {
			stack.Below = b.repository + "@" + made
		}
		staged, err := build.Put(ctx, b.Means.Remote, build.Options{TempDir: b.Means.TempDir}, stack)
		return staged.Digest, err
	}}, nil
}
