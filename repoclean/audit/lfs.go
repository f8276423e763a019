package audit

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"

	"gantline.dev/gantline/internal/gitrepo"
)

// lfs finds the pointers in history and what they stand for.
func (s *survey) lfs(ctx context.Context) (LFS, error) {
	objects, pointers, err := s.pointers(ctx)
	if err != nil {
		return LFS{}, fmt.Errorf("looking for LFS pointers: %w", err)
	}
	at, err := s.repo.LFSStore(ctx)
	if err != nil {
		return LFS{}, err
	}
	l := LFS{Raw: []string{}, Unattributed: []string{}, Duplicates: []Duplicate{}}
	for i, o := range objects {
		info, err := os.Stat(at(o.OID))
		objects[i].Local = err == nil && info.Size() == o.Bytes
		l.History.Add(o.Bytes)
		if o.InTree {
			l.Tree.Add(o.Bytes)
		}
		if objects[i].Local {
			l.Local.Add(o.Bytes)
		}
	}
	slices.SortStableFunc(objects, func(a, b LFSObject) int { return cmp.Compare(b.Bytes, a.Bytes) })
	l.Largest = objects[:min(len(objects), s.req.Top)]
	attributes, err := s.repo.Attributes(ctx, s.tree)
	if err != nil {
		return LFS{}, err
	}
	for _, e := range s.tree {
		// An empty file is its own pointer.
		if isFile(e) && e.Size != 0 && !pointers[e.Hash] && attributes.LFS(e.Path) {
			l.Raw = append(l.Raw, e.Path)
		}
	}
	return l, nil
}

func isFile(e gitrepo.Entry) bool { return e.Mode == gitrepo.File || e.Mode == gitrepo.Executable }

// pointers reads the blobs that are small enough: the objects they name, each
// once, and which blobs they are.
func (s *survey) pointers(ctx context.Context) ([]LFSObject, map[string]bool, error) {
	small := map[string]brought{}
	var hashes []string
	for _, b := range s.order {
		if b.bytes > 0 && b.bytes < gitrepo.MaxPointerBytes {
			small[b.hash] = b
			hashes = append(hashes, b.hash)
		}
	}
	inTree := s.treeHashes()
	objects, place, pointers := []LFSObject{}, map[string]int{}, map[string]bool{}
	var n int64
	err := s.repo.EachSmall(ctx, hashes, func(hash string, text []byte) {
		if n++; n%progressEvery == 0 {
			s.req.Progress("pointers", n, int64(len(hashes)))
		}
		p, ok := gitrepo.ParsePointer(text)
		if !ok {
			return
		}
		pointers[hash] = true
		i, known := place[p.OID]
		if !known {
			i = len(objects)
			place[p.OID] = i
			b := small[hash]
			objects = append(objects, LFSObject{OID: p.OID, Bytes: p.Size, Path: b.path, Commit: s.commits[b.commit].Hash})
		}
		objects[i].InTree = objects[i].InTree || inTree[hash]
	})
	s.req.Progress("pointers", n, n)
	return objects, pointers, err
}
