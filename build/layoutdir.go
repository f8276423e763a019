package build

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"gantline.dev/gantline/internal/filelock"
)

// refName is the annotation that names an image in an OCI layout.
const refName = "org.opencontainers.image.ref.name"

// layoutDir is a directory with an OCI layout. Each of its files appears whole
// or not at all, so that a file's presence says that it is right.
// go-containerregistry's layout writes some in place.
type layoutDir struct{ dir string }

// openLayout refuses a directory that holds anything but a layout, or what an
// interrupted ToLayout left of one.
func openLayout(dir string) (layoutDir, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return layoutDir{}, err
	}
	for _, e := range entries {
		if !slices.Contains([]string{"oci-layout", "index.json", "blobs"}, e.Name()) && !strings.HasPrefix(e.Name(), temporary) {
			return layoutDir{}, fmt.Errorf("the directory has %q and is neither empty nor an OCI layout; name another", e.Name())
		}
	}
	d := layoutDir{dir}
	d.sweep(time.Now().Add(-leftFor))
	return d, os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755)
}

// leftFor is how long nobody has written to a file that a killed process left.
const leftFor = time.Hour

// sweep removes files that were being written and have not been since.
func (d layoutDir) sweep(since time.Time) {
	for _, dir := range []string{d.dir, filepath.Join(d.dir, "blobs", "sha256")} {
		entries, _ := os.ReadDir(dir) // what can't be read is told by who writes there
		for _, e := range entries {
			info, err := e.Info()
			if err == nil && strings.HasPrefix(e.Name(), temporary) && info.Mode().IsRegular() && info.ModTime().Before(since) {
				os.Remove(filepath.Join(dir, e.Name()))
			}
		}
	}
}

// temporary starts the names of files that are being written.
const temporary = ".gantline-"

// blob writes a blob that is not there yet, and believes no digest. One of
// another size, which a crash of the machine may leave, is replaced.
func (d layoutDir) blob(digest v1.Hash, size int64, open func() (io.ReadCloser, error)) error {
	to := filepath.Join("blobs", digest.Algorithm, digest.Hex)
	if info, err := os.Stat(filepath.Join(d.dir, to)); err == nil && info.Size() == size {
		return nil
	}
	content, err := open()
	if err != nil {
		return err
	}
	defer content.Close()
	return d.write(to, func(w io.Writer) error {
		sum := sha256.New()
		if _, err := io.Copy(io.MultiWriter(w, sum), content); err != nil {
			return err
		}
		if got := hashOf(sum); got != digest {
			return fmt.Errorf("blob %s was read as %s", digest, got)
		}
		return nil
	})
}

// write makes a file whole: beside its place first, then renamed.
func (d layoutDir) write(to string, fill func(io.Writer) error) error {
	full := filepath.Join(d.dir, to)
	file, err := os.CreateTemp(filepath.Dir(full), temporary+"*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	err = fill(file)
	if err == nil {
		err = file.Chmod(0o644)
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), full)
}

// name writes the index with the image under the name, and what else it names.
// Builds of other commits may add theirs at the same time: they take turns.
func (d layoutDir) name(ctx context.Context, name string, image v1.Descriptor) error {
	unlock, err := d.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	index, err := d.index()
	if err != nil {
		return err
	}
	index.Manifests = slices.DeleteFunc(index.Manifests, func(m v1.Descriptor) bool { return m.Annotations[refName] == name })
	image.Annotations = map[string]string{refName: name}
	index.Manifests = append(index.Manifests, image)
	if err := d.json("oci-layout", map[string]string{"imageLayoutVersion": "1.0.0"}); err != nil {
		return err
	}
	return d.json("index.json", index)
}

// lock takes the layout's index for this build. The lock is on the directory
// itself, so that it leaves no file in it, and ends with unlock or with the
// process. Where the file system has no such locks there is none.
func (d layoutDir) lock(ctx context.Context) (unlock func(), err error) {
	dir, err := os.Open(d.dir)
	if err != nil {
		return nil, fmt.Errorf("locking the layout: %w", err)
	}
	if err := filelock.Wait(ctx, dir, nil); err != nil && ctx.Err() != nil {
		dir.Close()
		return nil, err
	}
	return func() { dir.Close() }, nil
}

func (d layoutDir) index() (v1.IndexManifest, error) {
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	raw, err := os.ReadFile(filepath.Join(d.dir, "index.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return index, nil
	}
	if err != nil {
		return index, err
	}
	if err := json.Unmarshal(raw, &index); err != nil {
		return index, fmt.Errorf("reading its index.json: %w", err)
	}
	return index, nil
}

func (d layoutDir) json(to string, value any) error {
	return d.write(to, func(w io.Writer) error { return json.NewEncoder(w).Encode(value) })
}
