package cluster

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// image is an image of one static program.
type image struct {
	reference string
	// program is the file, which the image has as /bin/NAME.
	program, name string
}

// push makes the image and pushes it, unless the registry has its tag.
func (i image) push(ctx context.Context) error {
	ref, err := name.ParseReference(i.reference, name.Insecure)
	if err != nil {
		return fmt.Errorf("naming an image: %w", err)
	}
	_, err = remote.Head(ref, remote.WithContext(ctx))
	if err == nil {
		return nil
	}
	var answer *transport.Error
	if !errors.As(err, &answer) || answer.StatusCode != http.StatusNotFound {
		return fmt.Errorf("looking for image %q: %w", i.reference, err)
	}
	made, err := i.make()
	if err != nil {
		return err
	}
	if err := remote.Write(ref, made, remote.WithContext(ctx)); err != nil {
		return fmt.Errorf("pushing image %q: %w", i.reference, err)
	}
	return nil
}

func (i image) make() (v1.Image, error) {
	layer, err := i.layer()
	if err != nil {
		return nil, fmt.Errorf("making image %q: %w", i.reference, err)
	}
	base := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	base = mutate.ConfigMediaType(base, types.OCIConfigJSON)
	// Not compressed: it never leaves the machine, and unpacking is quicker.
	made, err := mutate.Append(base, mutate.Addendum{Layer: static.NewLayer(layer, types.OCIUncompressedLayer)})
	if err != nil {
		return nil, fmt.Errorf("making image %q: %w", i.reference, err)
	}
	config, err := made.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("making image %q: %w", i.reference, err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config = v1.Config{Entrypoint: []string{i.name}, Env: []string{"PATH=/bin"}}
	made, err = mutate.ConfigFile(made, config)
	if err != nil {
		return nil, fmt.Errorf("making image %q: %w", i.reference, err)
	}
	return made, nil
}

// layer is a tar of the program and of an empty /tmp that everyone may use.
func (i image) layer() ([]byte, error) {
	content, err := os.ReadFile(i.program)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(len(content) + 8<<10)
	writer := tar.NewWriter(&b)
	for _, header := range []*tar.Header{
		{Name: "bin/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "tmp/", Typeflag: tar.TypeDir, Mode: 0o1777},
		{Name: "bin/" + i.name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(content))},
	} {
		if err := writer.WriteHeader(header); err != nil {
			return nil, err
		}
	}
	if _, err := writer.Write(content); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
