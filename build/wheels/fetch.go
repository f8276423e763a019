package wheels

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Store keeps archives by hash in a directory that processes share.
type Store struct {
	// Dir holds them, as Dir/<first two digits>/<sha256>.whl; an sdist has the end
	// of its own name, .tar.gz or .zip.
	Dir string
	// Client is what fetches; nil is http.DefaultClient.
	Client *http.Client
	// Logins are by host, as Index has them.
	Logins map[string]Login
	// Progress, where it isn't nil, hears of bytes as they come, from several
	// goroutines: done counts from what an earlier attempt left.
	Progress func(a Archive, done int64)

	patience patience
}

// maxFetched is how many archives are fetched at a time.
const maxFetched = 8

// Path is where the archive is, or would be.
func (s Store) Path(a Archive) (string, error) {
	if !isSHA256(a.SHA256) {
		return "", fmt.Errorf("fetching %s: %q is no sha256", a.File, a.SHA256)
	}
	suffix := ".whl"
	for _, of := range sdistSuffixes {
		if a.Kind == KindSDist && strings.HasSuffix(a.File, of) {
			suffix = of
			break
		}
	}
	return filepath.Join(s.Dir, a.SHA256[:2], a.SHA256+suffix), nil
}

// has says whether the store has the archive. It was checked when it got its
// name, so its size alone is looked at.
func has(path string, a Archive) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && (a.Size == 0 || info.Size() == a.Size)
}

// Fetch brings one archive into the store, unless it is there, and says where.
// What is cut off is kept and continued, by this process or a later one.
func (s Store) Fetch(ctx context.Context, a Archive) (string, error) {
	path, err := s.Path(a)
	if err != nil || has(path, a) {
		return path, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", fmt.Errorf("fetching %s: %w", a.File, err)
	}
	part, err := openPart(ctx, path)
	if err != nil {
		return "", fmt.Errorf("fetching %s: %w", a.File, err)
	}
	defer part.Close()
	if has(path, a) { // another process was quicker
		return path, os.Remove(part.Name())
	}
	f := fetching{web: newWeb(s.Client, s.Logins, s.patience), archive: a, part: part, progress: s.Progress}
	if err := f.run(ctx); err != nil {
		return "", fmt.Errorf("fetching %s: %w", a.File, err)
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return "", fmt.Errorf("fetching %s: %w", a.File, err)
	}
	return path, nil
}

// FetchAll brings archives, several at a time and the largest first. The paths
// are in the archives' order.
func (s Store) FetchAll(ctx context.Context, archives []Archive) ([]string, error) {
	order := make([]int, len(archives))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(archives[j].Size, archives[i].Size) })
	paths := make([]string, len(archives))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxFetched)
	for _, i := range order {
		group.Go(func() (err error) {
			paths[i], err = s.Fetch(ctx, archives[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return paths, nil
}
