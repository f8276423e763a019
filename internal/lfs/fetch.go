package lfs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"gantline.dev/gantline/internal/gitrepo"
)

// transfers is how many objects come at a time, as with git-lfs.
const transfers = 8

// asks is how often the server is asked for one object: an address may expire
// while others are downloaded, and a server may be busy with one object.
const asks = 4

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

// Fetch brings the objects that are neither in the store nor in the repository;
// it doesn't look for a server where there are none.
//
// Objects that can't be had are a FailedError, when all others are here. A
// login that is refused is a LoginError, a full disk is ErrNoSpace; these, and a
// server that stays unreachable, end the Fetch. What has come by then stays, in
// parts too, and the next Fetch goes on with it.
//
// The function progress, where it isn't nil, is told how far it has come; calls
// don't overlap.
func (s *Store) Fetch(ctx context.Context, from Source, objects []Object, progress func(Progress)) error {
	return s.fetch(ctx, from, objects, progress, defaultPatience())
}

func (s *Store) fetch(ctx context.Context, from Source, objects []Object, progress func(Progress), p patience) error {
	absent, err := s.absent(ctx, objects)
	if err != nil || len(absent) == 0 {
		return err
	}
	endpoint, err := from.Repo.LFSEndpoint(ctx, from.Tree)
	if err != nil {
		return err
	}
	s.sweep()
	if err := s.room(absent); err != nil {
		return err
	}
	f := &fetch{store: s, ref: from.Ref, tally: newTally(absent, progress)}
	if endpoint.Store != nil {
		return f.copyAll(ctx, endpoint, absent)
	}
	if f.client, err = newClient(ctx, from.Repo, endpoint, p); err != nil {
		return err
	}
	defer f.client.close()
	return f.run(ctx, absent)
}

// absent are the objects that must be fetched, each once. Those of the
// repository are read, several at a time.
func (s *Store) absent(ctx context.Context, objects []Object) ([]Object, error) {
	seen := map[string]bool{}
	var each []Object
	for _, o := range objects {
		if err := o.check(); err != nil {
			return nil, err
		}
		if !seen[o.OID] {
			seen[o.OID] = true
			each = append(each, o)
		}
	}
	here := make([]bool, len(each))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, o := range each {
		group.Go(func() (err error) {
			here[i], err = s.has(ctx, o)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var absent []Object
	for i, o := range each {
		if !here[i] {
			absent = append(absent, o)
		}
	}
	return absent, nil
}

// fetch is one Fetch under way.
type fetch struct {
	store  *Store
	client *client
	ref    string
	tally  *tally

	mu     sync.Mutex
	asked  map[string]int // how often, by OID
	failed []Failed
	again  []Object // to be asked for once more
}

// run fetches round after round: what a round could not bring because its
// address had expired comes in the next.
func (f *fetch) run(ctx context.Context, absent []Object) error {
	f.asked = map[string]int{}
	for rounds, objects := 1, absent; ; rounds++ {
		if err := f.round(ctx, objects); err != nil {
			return err
		}
		if objects, f.again = f.again, nil; len(objects) == 0 {
			break
		}
		if err := pause(ctx, f.client.patience.wait(rounds)); err != nil {
			return err
		}
	}
	return f.failure(f.client.server(), absent)
}

// failure is the error of the objects that could not be had, in the order in
// which they were asked for.
func (f *fetch) failure(server string, absent []Object) error {
	if len(f.failed) == 0 {
		return nil
	}
	byOID := map[string]Failed{}
	for _, failed := range f.failed {
		byOID[failed.OID] = failed
	}
	e := &FailedError{Server: server}
	for _, o := range absent {
		if failed, ok := byOID[o.OID]; ok {
			e.Objects = append(e.Objects, failed)
		}
	}
	return e
}

// round asks for the objects in batches, and downloads what one batch named
// while the next is asked for.
func (f *fetch) round(ctx context.Context, objects []Object) error {
	group, ctx := errgroup.WithContext(ctx)
	actions := make(chan action)
	group.Go(func() error {
		defer close(actions)
		for chunk := range slices.Chunk(objects, batchObjects) {
			if err := f.batch(ctx, chunk, actions); err != nil {
				return err
			}
		}
		return nil
	})
	for range min(transfers, len(objects)) {
		group.Go(func() error {
			for a := range actions {
				if err := f.download(ctx, a); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// batch asks for some objects and hands on what is to be downloaded.
func (f *fetch) batch(ctx context.Context, objects []Object, out chan<- action) error {
	actions, failed, err := f.client.batch(ctx, f.ref, objects)
	if err != nil {
		return err
	}
	for _, one := range failed {
		if _, ok := busy(one.Code, nil, time.Time{}); ok {
			f.askAgain(one)
		} else {
			f.fail(one)
		}
	}
	for _, a := range actions {
		select {
		case out <- a:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// askAgain puts an object into the next round, or gives it up for the reason.
func (f *fetch) askAgain(one Failed) {
	f.mu.Lock()
	f.asked[one.OID]++
	often := f.asked[one.OID] >= asks
	if !often {
		f.again = append(f.again, one.Object)
	}
	f.mu.Unlock()
	if often {
		f.fail(one)
	}
}

func (f *fetch) fail(one Failed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = append(f.failed, one)
}

// download brings one object into the store.
func (f *fetch) download(ctx context.Context, a action) error {
	return f.keep(ctx, a.Object, func(p *partial) (*Failed, error) {
		// Another process, or eight objects before it, may have taken long.
		if a.expired(time.Now()) {
			return nil, errStale
		}
		return f.client.bring(ctx, p, a, f.tally.moved)
	})
}

// keep takes the turn for an object, has its partial file filled, and gives it
// its name.
func (f *fetch) keep(ctx context.Context, o Object, fill func(*partial) (*Failed, error)) error {
	p, err := f.store.begin(ctx, o)
	if err != nil {
		return err
	}
	if p == nil { // another process has just brought it
		f.tally.moved(o.Size)
		f.tally.done()
		return nil
	}
	defer p.close()
	f.tally.moved(p.have)
	failed, err := fill(p)
	switch {
	case errors.Is(err, errStale):
		f.tally.moved(-p.have)
		f.askAgain(stale(o, err))
		return nil
	case err != nil:
		return err
	case failed != nil:
		f.tally.moved(-p.have)
		p.discard()
		f.fail(*failed)
		return nil
	}
	if err := p.finish(f.store.path(o.OID)); err != nil {
		return err
	}
	f.tally.done()
	return nil
}

// stale is why an object is given up whose addresses are refused again and
// again.
func stale(o Object, err error) Failed {
	failed := Failed{Object: o, Reason: "the addresses that the server names expire before they are used"}
	if login := new(LoginError); errors.As(err, &login) {
		failed.Code = login.Status
		failed.Reason = fmt.Sprintf("%q, where the server sends us for it, refuses again and again (%d)", login.URL, login.Status)
	}
	return failed
}

// copyAll brings the objects from another repository on this machine.
func (f *fetch) copyAll(ctx context.Context, endpoint gitrepo.LFSEndpoint, absent []Object) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(transfers)
	for _, o := range absent {
		group.Go(func() error {
			return f.keep(groupCtx, o, func(p *partial) (*Failed, error) {
				return f.copyOne(groupCtx, p, endpoint.Store(o.OID))
			})
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return f.failure(endpoint.Dir, absent)
}

// copyOne fills a partial file from a file. It begins anew: reading on would
// take a reading of the start too.
func (f *fetch) copyOne(ctx context.Context, p *partial, path string) (*Failed, error) {
	if !isFile(path, p.Size) {
		return &Failed{Object: p.Object, Reason: "the repository that it comes from has no such content; was it pushed with git lfs push?"}, nil
	}
	source, err := os.Open(path)
	if err != nil {
		return &Failed{Object: p.Object, Reason: err.Error()}, nil
	}
	defer source.Close()
	f.tally.moved(-p.have)
	if err := p.restart(); err != nil {
		return nil, fmt.Errorf("copying LFS object %s: %w", short(p.OID), err)
	}
	if _, err := counted(p, reader{ctx, source}, f.tally.moved); err != nil {
		return nil, err
	}
	if !p.whole() {
		return &Failed{Object: p.Object, Reason: fmt.Sprintf("%q has another SHA-256 than its name; it is damaged", path)}, nil
	}
	return nil, nil
}
