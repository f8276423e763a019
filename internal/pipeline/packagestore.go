package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/streams"
)

// packageStore brings archives of Python packages to this machine and shows
// that it does. It is safe for concurrent use.
type packageStore struct {
	store   wheels.Store
	printer *streams.Printer

	mu    sync.Mutex
	built map[string]string // wheels made here, by SHA-256
	task  *streams.Task     // nil until a byte came
	bytes map[string]int64  // fetched so far, by SHA-256
}

func newPackageStore(store wheels.Store, printer *streams.Printer) *packageStore {
	s := &packageStore{store: store, printer: printer, built: map[string]string{}, bytes: map[string]int64{}}
	s.store.Progress = s.progress
	return s
}

// Fetch brings archives here, those that were built here aside.
func (s *packageStore) Fetch(ctx context.Context, archives []wheels.Archive) ([]string, error) {
	var wanted []wheels.Archive
	for _, a := range archives {
		if s.madeHere(a) == "" {
			wanted = append(wanted, a)
		}
	}
	fetched, err := s.store.FetchAll(ctx, wanted)
	if err != nil {
		return nil, err
	}
	paths := make([]string, 0, len(archives))
	for _, a := range archives {
		path := s.madeHere(a)
		if path == "" {
			path, fetched = fetched[0], fetched[1:]
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func (s *packageStore) madeHere(a wheels.Archive) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.built[a.SHA256]
}

func (s *packageStore) progress(a wheels.Archive, done int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.task == nil {
		s.task = s.printer.Start("fetching Python packages")
	}
	s.bytes[a.SHA256] = done
	s.task.Note("%s, %s", counted(len(s.bytes), "archive"), diag.Size(s.total()))
}

func (s *packageStore) total() (n int64) {
	for _, bytes := range s.bytes {
		n += bytes
	}
	return n
}

// done ends what is shown.
func (s *packageStore) done(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.task == nil:
	case err != nil:
		s.task.Fail("failed")
	default:
		s.task.Done(fmt.Sprintf("%s, %s", counted(len(s.bytes), "archive"), diag.Size(s.total())))
	}
	s.task = nil
}

// sized is the archive with its size, for which it is fetched where no index
// told it.
func (s *packageStore) sized(ctx context.Context, a wheels.Archive) (wheels.Archive, error) {
	if a.Size > 0 {
		return a, nil
	}
	path, err := s.store.Fetch(ctx, a)
	if err != nil {
		return a, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return a, err
	}
	a.Size = info.Size()
	return a, nil
}

// wheelOf makes a wheel of a source distribution, once for each base: what
// makes it decides where.
func (s *packageStore) wheelOf(ctx context.Context, a wheels.Archive, base string, make func(ctx context.Context, file, dir string) (string, error)) (wheels.Archive, error) {
	dir := filepath.Join(s.store.Dir, "built", a.SHA256, base)
	found, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(found) != 1 {
		if err := s.makeWheel(ctx, a, dir, make); err != nil {
			return a, fmt.Errorf("building a wheel of %s: %w", a.File, err)
		}
		if found, err = filepath.Glob(filepath.Join(dir, "*.whl")); err != nil || len(found) != 1 {
			return a, fmt.Errorf("building a wheel of %s: %d wheels are in %q", a.File, len(found), dir)
		}
	}
	return s.adopt(a, found[0])
}

// makeWheel fills a directory with a source distribution's wheel, whole or not
// at all.
func (s *packageStore) makeWheel(ctx context.Context, a wheels.Archive, dir string, make func(ctx context.Context, file, dir string) (string, error)) error {
	path, err := s.store.Fetch(ctx, a)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	named, out := filepath.Join(work, "sdist", a.File), filepath.Join(work, "wheel")
	for _, d := range []string{filepath.Dir(named), out} {
		if err := os.Mkdir(d, 0o777); err != nil {
			return err
		}
	}
	if err := os.Link(path, named); err != nil {
		return err
	}
	if _, err := make(ctx, named, out); err != nil {
		return err
	}
	err = os.Rename(out, dir)
	if _, there := os.Stat(dir); err != nil && there == nil {
		return nil // another process was quicker
	}
	return err
}

// adopt is a wheel that was made here, as an archive.
func (s *packageStore) adopt(a wheels.Archive, path string) (wheels.Archive, error) {
	file, err := os.Open(path)
	if err != nil {
		return a, err
	}
	defer file.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, file)
	if err != nil {
		return a, fmt.Errorf("reading %q: %w", path, err)
	}
	a.SHA256, a.Size, a.Kind, a.File, a.URL = hex.EncodeToString(sum.Sum(nil)), size, wheels.KindWheel, filepath.Base(path), ""
	s.mu.Lock()
	defer s.mu.Unlock()
	s.built[a.SHA256] = path
	return a, nil
}

// wheelsOnly is the archives with sizes, and with a wheel in place of each
// source distribution: BuildKit makes those in the image underneath.
func (o ownLayers) wheelsOnly(ctx context.Context, store *packageStore, archives []wheels.Archive, below string) ([]wheels.Archive, error) {
	out := make([]wheels.Archive, 0, len(archives))
	for _, a := range archives {
		var err error
		if a.Kind == wheels.KindSDist {
			a, err = store.wheelOf(ctx, a, o.facts.Of, func(ctx context.Context, file, dir string) (string, error) {
				index, err := o.indexes()
				if err != nil {
					return "", err
				}
				return o.Means.Wheel(ctx, envimage.SDist{
					Base: below, Platform: o.image.Platform, File: file, Indexes: index.Extra, Logins: builderLogins(index),
				}, dir)
			})
		} else {
			a, err = store.sized(ctx, a)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}
