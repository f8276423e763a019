package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
)

// refName is the annotation that names an image in an OCI layout.
const refName = "org.opencontainers.image.ref.name"

// ToLayout makes the image and writes it into a directory as an OCI layout,
// named by the commit; no tag is put anywhere. The directory may hold a layout
// already: the image is added, or replaces the one of the same commit. An
// environment's layers are read from its registry, a scratch image needs none.
func ToLayout(ctx context.Context, remote *Remote, options Options, spec Spec, dir string) (Image, error) {
	ctx, meter := withMeter(ctx)
	image, err := toLayout(ctx, publisher{remote, options}, spec, dir)
	if err != nil {
		return Image{}, fmt.Errorf("writing image %q to layout %q: %w", spec.Name, dir, err)
	}
	image.Moved = meter.moved()
	return image, nil
}

func toLayout(ctx context.Context, p publisher, spec Spec, dir string) (Image, error) {
	if err := spec.check(); err != nil {
		return Image{}, err
	}
	var repo *repository
	if !spec.Base.Scratch() {
		var err error
		if repo, err = p.remote.open(ctx, spec.Repository); err != nil {
			return Image{}, err
		}
	}
	made, err := p.assemble(ctx, repo, spec, nil)
	if err != nil {
		return Image{}, err
	}
	defer made.close()
	img, err := made.v1Image(ctx, repo)
	if err != nil {
		return Image{}, err
	}
	if err := writeLayout(dir, img, spec); err != nil {
		return Image{}, err
	}
	return made.image()
}

// writeLayout writes the blobs before the index that names them.
func writeLayout(dir string, img v1.Image, spec Spec) error {
	to, err := layout.FromPath(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err = refuseForeign(dir); err == nil {
			to, err = layout.Write(dir, empty.Index)
		}
	}
	if err != nil {
		return err
	}
	platform, err := spec.platform()
	if err != nil {
		return err
	}
	return to.ReplaceImage(img, match.Annotation(refName, spec.Commit),
		layout.WithAnnotations(map[string]string{refName: spec.Commit}),
		layout.WithPlatform(platform))
}

// refuseForeign says no to a directory that holds something but no layout.
func refuseForeign(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return errors.New("the directory is neither empty nor an OCI layout; name another")
	}
	return nil
}
