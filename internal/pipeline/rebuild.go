package pipeline

import (
	"context"

	"gantline.dev/gantline/build"
)

// Rebuild makes every image anew, whether the registry has it or not, and
// publishes each beside the commit's own under build.RebuiltTag. Environments
// are found by the hash of what they are made of, as for any build.
func (j BuildJob) Rebuild(ctx context.Context) ([]build.Rebuilt, error) {
	var all []build.Rebuilt
	err := j.each(ctx, func(b *imageBuild) error {
		rebuilt, err := b.rebuild(ctx)
		if err == nil {
			all = append(all, rebuilt)
		}
		return err
	})
	return all, err
}

func (b *imageBuild) rebuild(ctx context.Context) (build.Rebuilt, error) {
	spec, err := b.spec(ctx)
	if err != nil {
		return build.Rebuilt{}, err
	}
	if spec.Base, err = b.base(ctx); err != nil {
		return build.Rebuilt{}, err
	}
	options, done, err := b.options(ctx)
	if err != nil {
		return build.Rebuilt{}, err
	}
	defer done()
	return build.Rebuild(ctx, b.Means.Remote, options, spec)
}
