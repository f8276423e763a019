package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"gantline.dev/gantline/internal/gitrepo"
)

// smallBlobs is blobs that can be pointers: their numbers and names.
type smallBlobs struct {
	objects []uint32
	ids     []gitrepo.ObjectID
}

// small finds the blobs that can be pointers.
func (s *survey) small(wanted func(*object) bool) smallBlobs {
	var small smallBlobs
	for i := range s.objects.list {
		o := &s.objects.list[i]
		if o.kind == blobKind && !o.missing && o.size >= minPointerBytes && o.size < gitrepo.MaxPointerBytes && wanted(o) {
			small.objects, small.ids = append(small.objects, uint32(i)), append(small.ids, o.id)
		}
	}
	return small
}

// minPointerBytes is what the shortest version line and oid take.
const minPointerBytes = 100

// readPointers finds the pointers among small blobs. Those that git can't read
// are passed over. It leaves the table alone, which may be the walk's by now.
func (s *survey) readPointers(ctx context.Context, small smallBlobs) error {
	total := int64(len(small.ids))
	if total == 0 {
		return nil
	}
	for begin := 0; begin < len(small.ids); {
		done, err := s.repo.EachText(ctx, small.ids[begin:], gitrepo.MaxPointerBytes, func(i int, text []byte) {
			if n := begin + i; n%progressEvery == 0 {
				s.progress("pointers", int64(n), total)
			}
			if !bytes.Contains(text, []byte("version ")) {
				return // most of them, told in a moment
			}
			if p, ok := gitrepo.ParsePointer(text); ok {
				s.pointers[small.objects[begin+i]] = p
			}
		})
		if ctx.Err() != nil {
			return err
		}
		begin += done
		if err != nil && !s.unreadable("blob", small.ids, &begin, err) {
			return fmt.Errorf("looking for LFS pointers: %w", err)
		}
	}
	s.progress("pointers", total, total)
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
