package lfs

import (
	"context"

	"gantline.dev/gantline/internal/gitrepo"
)

// Source is where the pointers of some objects stand.
type Source struct {
	// Repo is the repository: its settings name the server and the login.
	Repo *gitrepo.Repo
	// Tree is the commit or tree whose .lfsconfig counts.
	Tree string
	// Ref is the full name of the branch or tag that leads there, which a server
	// may judge access by; "" where it isn't known.
	Ref string
}

// Fetch brings the objects that are neither in the store nor in the repository.
// Objects that the server can't give are a FailedError, a login that it refuses
// is a LoginError. The function progress, where it isn't nil, is told how far
// it has come; calls don't overlap.
func (s *Store) Fetch(ctx context.Context, from Source, objects []Object, progress func(Progress)) error {
	absent, err := s.absent(objects)
	if err != nil || len(absent) == 0 {
		return err
	}
	failed := &FailedError{}
	for _, o := range absent {
		failed.Objects = append(failed.Objects, Failed{Object: o, Reason: "this build can't fetch yet"})
	}
	return failed
}

// absent are the objects that must be fetched, each once.
func (s *Store) absent(objects []Object) ([]Object, error) {
	seen := map[string]bool{}
	var absent []Object
	for _, o := range objects {
		if err := o.check(); err != nil {
			return nil, err
		}
		if seen[o.OID] {
			continue
		}
		seen[o.OID] = true
		here, err := s.has(o)
		if err != nil {
			return nil, err
		}
		if !here {
			absent = append(absent, o)
		}
	}
	return absent, nil
}
