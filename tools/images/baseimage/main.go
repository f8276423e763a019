// Command baseimage pushes a root file system as an image of one layer:
//
//	baseimage [--platform linux/amd64] ROOT.tar HOST:PORT/NAME:TAG
//
// and prints the reference by digest. The same tar and the same command give
// the same digest: the image holds no date but a fixed one and no name of a
// machine. The compressed layer is kept as ROOT.tar.gz, which saves most of the
// time of the next push.
package main

import (
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func main() {
	platform := flag.String("platform", "linux/amd64", "`OS/ARCH` of the root file system")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: baseimage [--platform OS/ARCH] ROOT.tar HOST:PORT/NAME:TAG")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(2)
	}
	reference, err := push(flag.Arg(0), flag.Arg(1), *platform)
	if err != nil {
		fmt.Fprintln(os.Stderr, "baseimage:", err)
		os.Exit(1)
	}
	fmt.Println(reference)
}

// push makes the image and sends it, and is its reference by digest.
func push(root, target, platform string) (string, error) {
	tag, err := name.NewTag(target)
	if err != nil {
		return "", fmt.Errorf("reading target %q: %w", target, err)
	}
	compressed, err := compress(root)
	if err != nil {
		return "", fmt.Errorf("compressing %q: %w", root, err)
	}
	image, err := build(compressed, platform)
	if err != nil {
		return "", fmt.Errorf("making an image of %q: %w", root, err)
	}
	digest, err := image.Digest()
	if err != nil {
		return "", fmt.Errorf("making an image of %q: %w", root, err)
	}
	if err := remote.Write(tag, image); err != nil {
		return "", fmt.Errorf("pushing to %q: %w", target, err)
	}
	return tag.Context().Digest(digest.String()).String(), nil
}

// compress makes the layer's file beside the tar where it is missing or older.
func compress(root string) (string, error) {
	target := root + ".gz"
	source, err := os.Open(root)
	if err != nil {
		return "", err
	}
	defer source.Close()
	if newer(target, source) {
		return target, nil
	}
	temp, err := os.CreateTemp(filepath.Dir(root), ".layer-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(temp.Name()) // after the rename it is gone
	defer temp.Close()
	writer := gzip.NewWriter(temp)
	if _, err := io.Copy(writer, source); err != nil {
		return "", err
	}
	if err := errors.Join(writer.Close(), temp.Close()); err != nil {
		return "", err
	}
	return target, os.Rename(temp.Name(), target)
}

// newer says whether the file at path was written after the source.
func newer(path string, source *os.File) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	from, err := source.Stat()
	return err == nil && info.ModTime().After(from.ModTime())
}

// build is the image of one layer. Without a platform in its configuration
// BuildKit would refuse to build on it.
func build(layerFile, platform string) (v1.Image, error) {
	p, err := v1.ParsePlatform(platform)
	if err != nil {
		return nil, err
	}
	if p.OS == "" || p.Architecture == "" {
		return nil, errors.New("the platform must be OS/ARCH")
	}
	layer, err := tarball.LayerFromFile(layerFile, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	created := v1.Time{Time: time.Unix(315619200, 0).UTC()} // 1980: see the environment image
	config := &v1.ConfigFile{
		OS:           p.OS,
		Architecture: p.Architecture,
		Created:      created,
		Config: v1.Config{
			Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
			Cmd: []string{"/bin/sh"},
		},
	}
	image, err := mutate.ConfigFile(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), config)
	if err != nil {
		return nil, err
	}
	return mutate.Append(image, mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: created, CreatedBy: "mmdebstrap"},
	})
}
