package wheels

import (
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"gantline.dev/gantline/internal/diag"
)

// Kind is what an archive is.
type Kind string

// A KindWheel is unpacked as it is; a KindSDist must be built to a wheel first.
const (
	KindWheel Kind = "wheel"
	KindSDist Kind = "sdist"
)

// Archive is a file to install for one package.
type Archive struct {
	// Name is the package's, normalized.
	Name string
	// Version is the archive's own, which may have a local part (+cu128) that the
	// lock's lacks.
	Version string
	// File is its name: "idna-3.10-py3-none-any.whl".
	File string
	// URL is where it is, without login.
	URL string
	// SHA256 is in hex.
	SHA256 string
	// Size is in bytes; 0 is unknown.
	Size int64
	Kind Kind
	// Pos is the lock's entry.
	Pos diag.Position
}

// maxAsked is how many pages of indexes are asked for at a time.
const maxAsked = 16

// Resolve chooses the archive of each package whose marker holds for the
// target, in the lock's order: of the files whose hash the lock names the one
// that pip would take. Problems are the user's to mend, each at the place of the
// lock; the error is of the index.
func Resolve(ctx context.Context, index Index, target Target, locked []Locked) ([]Archive, []diag.Problem, error) {
	needed, problems := target.needed(locked)
	pages, err := index.ask(ctx, needed)
	if err != nil {
		return nil, problems, err
	}
	ranks := map[string]int{}
	for i, tag := range target.Tags() {
		if _, better := ranks[tag]; !better {
			ranks[tag] = i
		}
	}
	var archives []Archive
	for _, l := range needed {
		c := chooser{target: target, ranks: ranks, locked: l}
		c.consider(index, pages)
		if archive, ok := c.best(); ok {
			archives = append(archives, archive)
			continue
		}
		problems = append(problems, c.problem())
	}
	return archives, diag.Sorted(problems), nil
}

// pageKey names one index's page of one package.
type pageKey struct{ base, name string }

// basesFor are the indexes that are asked for a package, each once.
func (x Index) basesFor(l Locked) []string {
	bases := x.Bases
	if len(bases) == 0 {
		bases = []string{DefaultIndex}
	}
	if l.Index != "" {
		bases = []string{l.Index}
	}
	var all []string
	for _, base := range slices.Concat(bases, l.ExtraIndexes, x.Extra) {
		if !slices.Contains(all, base) {
			all = append(all, base)
		}
	}
	return all
}

// ask reads the pages of the packages whose archives the lock doesn't know.
func (x Index) ask(ctx context.Context, needed []Locked) (map[pageKey]page, error) {
	w := newWeb(x.Client, x.Logins, x.patience)
	pages := map[pageKey]page{}
	for _, l := range needed {
		if l.URL != "" || len(l.Files) > 0 {
			continue
		}
		for _, base := range x.basesFor(l) {
			pages[pageKey{base, l.Name}] = page{}
		}
	}
	var mutex sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxAsked)
	keys := make([]pageKey, 0, len(pages))
	for key := range pages {
		keys = append(keys, key)
	}
	for _, key := range keys {
		group.Go(func() error {
			answer, err := readPage(ctx, w, key.base, key.name)
			mutex.Lock()
			defer mutex.Unlock()
			pages[key] = answer
			return err
		})
	}
	return pages, group.Wait()
}
