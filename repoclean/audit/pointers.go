package audit

import (
	"context"
	"errors"
	"fmt"

	"gantline.dev/gantline/internal/gitrepo"
)

// small is the blobs that can be pointers.
func (s *survey) small(wanted func(*object) bool) []uint32 {
	var small []uint32
	for i := range s.objects.list {
		o := &s.objects.list[i]
		if o.kind == blobKind && !o.missing && o.size >= minPointerBytes && o.size < gitrepo.MaxPointerBytes && wanted(o) {
			small = append(small, uint32(i))
		}
	}
	return small
}

// minPointerBytes is what the shortest version line and oid take.
const minPointerBytes = 100

// readPointers finds the pointers among small blobs. Those that git can't read
// are passed over.
func (s *survey) readPointers(ctx context.Context, small []uint32) error {
	s.pointers = map[uint32]gitrepo.Pointer{}
	ids := make([]gitrepo.ObjectID, len(small))
	for i, n := range small {
		ids[i] = s.objects.list[n].id
	}
	for begin := 0; begin < len(ids); {
		done, err := s.repo.EachText(ctx, ids[begin:], gitrepo.MaxPointerBytes, func(i int, text []byte) {
			if p, ok := gitrepo.ParsePointer(text); ok {
				s.pointers[small[begin+i]] = p
			}
			if n := begin + i; n%progressEvery == 0 {
				s.progress("pointers", int64(n), int64(len(ids)))
			}
		})
		if ctx.Err() != nil {
			return err
		}
		begin += done
		if err != nil && !s.unreadable("blob", ids, &begin, err) {
			return fmt.Errorf("looking for LFS pointers: %w", err)
		}
	}
	n := int64(len(ids))
	s.progress("pointers", n, n)
	return nil
}

// unreadable passes over the blob at which git gave up. It is false where that
// happens too often to go on.
func (s *survey) unreadable(what string, ids []gitrepo.ObjectID, at *int, err error) bool {
	if *at >= len(ids) || errors.Is(err, gitrepo.ErrGitMissing) {
		return false
	}
	s.damage.add("%s %s can't be read: %v", what, s.repo.Hex(ids[*at]), err)
	*at++
	return s.damage.count() <= maxUnreadable
}

// maxUnreadable is how many broken blobs are passed over, one process each.
const maxUnreadable = 100
