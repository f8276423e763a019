package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// RefTarget is a ref and the object that it names.
type RefTarget struct {
	// Name is full: refs/heads/main.
	Name string
	ID   ObjectID
}

// RefTargets is every ref, by name. No object is looked at, so that a ref to
// one that is missing is listed too.
func (r *Repo) RefTargets(ctx context.Context) ([]RefTarget, error) {
	var refs []RefTarget
	err := scan(ctx, r.invocation("for-each-ref", "--format=%(objectname) %(refname)"), '\n', func(line string) error {
		hash, name, _ := strings.Cut(line, " ")
		id, ok := ParseObjectID(hash)
		if !ok {
			return fmt.Errorf("git answered %q", line)
		}
		refs = append(refs, RefTarget{name, id})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("listing refs: %w", err)
	}
	return refs, nil
}

// TagTargets is what annotated tags point to, in the order of ids; the zero
// name where an object can't be read as a tag.
func (r *Repo) TagTargets(ctx context.Context, ids []ObjectID) ([]ObjectID, error) {
	targets := make([]ObjectID, len(ids))
	if len(ids) == 0 {
		return targets, nil
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = r.Hex(id)
	}
	b, err := r.Blobs(ctx)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	b.once = true
	err = b.each(names, func(i int, o *object) error {
		const enough = 4096 // the target stands in the first line
		head := make([]byte, min(o.size, enough))
		for n := 0; n < len(head); {
			m, err := o.Read(head[n:])
			if err != nil {
				return err
			}
			n += m
		}
		line, _, _ := bytes.Cut(head, []byte("\n"))
		if hash, ok := bytes.CutPrefix(line, []byte("object ")); ok && o.kind == "tag" {
			targets[i], _ = parseID(hash)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading %d tags: %w", len(ids), err)
	}
	return targets, nil
}

// StoreFacts is how a repository keeps its objects.
type StoreFacts struct {
	// Objects is how many there are in packs and alone; those that are there
	// twice count twice, borrowed ones not at all.
	Objects int
	// Packs are pack files and their bytes, without their indexes.
	Packs     int
	PackBytes int64
	// Loose is objects that lie alone, LooseBytes the disk they take. Packed of
	// them are in a pack too.
	Loose, LoosePacked int
	LooseBytes         int64
	// Garbage is files that do not belong there, such as those of a git that
	// was killed.
	Garbage      int
	GarbageBytes int64
	// Borrowed says that objects come from another repository.
	Borrowed bool
	// Bitmap and CommitGraph say that these indexes are there, which make
	// clones and walks fast.
	Bitmap, CommitGraph bool
}

// StoreFacts counts packs and loose objects; those of a snapshot don't count.
func (r *Repo) StoreFacts(ctx context.Context) (StoreFacts, error) {
	var f StoreFacts
	own := *r
	own.env = nil // the repository without a snapshot's directory
	out, err := own.git(ctx, "count-objects", "-v")
	if err != nil {
		return f, fmt.Errorf("counting objects: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		n, _ := strconv.ParseInt(value, 10, 64) // an alternate's path is no number
		switch key {
		case "count":
			f.Loose = int(n)
			f.Objects += int(n)
		case "in-pack":
			f.Objects += int(n)
		case "size":
			f.LooseBytes = n << 10
		case "prune-packable":
			f.LoosePacked = int(n)
		case "garbage":
			f.Garbage = int(n)
		case "size-garbage":
			f.GarbageBytes = n << 10
		case "alternate":
			f.Borrowed = true
		}
	}
	return f, r.addPacks(&f)
}

// addPacks looks at the files themselves: count-objects rounds to KiB and adds
// the indexes.
func (r *Repo) addPacks(f *StoreFacts) error {
	objects := filepath.Join(r.common, "objects")
	files, err := os.ReadDir(filepath.Join(objects, "pack"))
	if err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("listing packs: %w", err)
	}
	for _, file := range files {
		switch filepath.Ext(file.Name()) {
		case ".pack":
			if info, err := file.Info(); err == nil { // else it went meanwhile
				f.Packs++
				f.PackBytes += info.Size()
			}
		case ".bitmap":
			f.Bitmap = true
		}
	}
	for _, name := range []string{"commit-graph", "commit-graphs/commit-graph-chain"} {
		if _, err := os.Stat(filepath.Join(objects, "info", name)); err == nil {
			f.CommitGraph = true
		}
	}
	return nil
}
