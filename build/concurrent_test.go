package build

import (
	"fmt"
	"sync"
	"testing"
)

// Many builds at once, of processes that know nothing of each other and of one
// that shares its builder, agree on the digest.
func TestBuildsAtOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t, t.TempDir())
	shared := Limit(s.builder(t), 3)
	digests := make([]string, 12)
	var all sync.WaitGroup
	for i := range digests {
		spec := s.code
		if i%2 == 0 {
			spec = s.docs()
		}
		b := shared
		if i%3 == 0 {
			b = s.builder(t)
		}
		all.Go(func() {
			image, err := b.Build(t.Context(), spec)
			if err != nil {
				t.Errorf("build %d: %v", i, err)
			}
			digests[i] = image.Digest
		})
	}
	all.Wait()
	for i, digest := range digests {
		if digest != digests[0] || digest == "" {
			t.Errorf("build %d has %q, the first %q", i, digest, digests[0])
		}
	}
	published(t, fmt.Sprintf("%s:%s", s.code.Repository, s.code.Commit))
}
