package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"gantline.dev/gantline/internal/filelock"
)

// DefaultIdle is how long a daemon stays that nobody uses.
const DefaultIdle = 10 * time.Minute

// A starting daemon tries for lockPatience to get a lock that somebody holds,
// since a client's question for it holds it for an instant; a running one looks
// every watchInterval whether its directory is still there.
const (
	lockPatience  = time.Second
	watchInterval = 5 * time.Second
)

// Causes of a leave that is no failure.
var (
	errIdle = errors.New("nobody has used the daemon for a while")
	errGone = errors.New("the data directory was removed or replaced")
)

// Options are what a daemon is told at its start.
type Options struct {
	// Name and Dir are those of the client's Spec.
	Name, Dir string
	// Idle is how long it stays unused; 0 means DefaultIdle.
	Idle time.Duration
}

// Daemon is the running daemon, as its service sees it.
type Daemon struct {
	dir     string
	info    Info
	use     *idleTimer
	started func() // ends the hold of the start
}

// Serve makes this process the daemon of the directory and runs the service,
// which has the directory to itself. The service listens, calls Ready, calls
// Touch or Hold when it is used, and returns once the context is done, having
// finished what was under way. The context is done on SIGTERM, SIGINT, after
// the idle time, and when the directory is removed; context.Cause says which.
//
// The error is ErrLocked where another daemon serves the directory, else the
// service's; leaving on request or idle is nil.
func Serve(ctx context.Context, o Options, service func(ctx context.Context, d *Daemon) error) error {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return fmt.Errorf("finding the directory of the %s: %w", o.Name, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the directory of the %s: %w", o.Name, err)
	}
	lock, err := takeLock(ctx, filepath.Join(dir, lockFile))
	if err != nil {
		return fmt.Errorf("serving the %s of %q: %w", o.Name, dir, err)
	}
	defer lock.Close()
	if err := os.RemoveAll(filepath.Join(dir, infoFile)); err != nil {
		return fmt.Errorf("removing what the last %s left: %w", o.Name, err)
	}

	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	ctx, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	if o.Idle == 0 {
		o.Idle = DefaultIdle
	}
	d := &Daemon{
		dir:  dir,
		info: Info{Name: o.Name, PID: os.Getpid(), Nonce: newNonce(), Started: time.Now().UTC()},
		use:  newIdleTimer(o.Idle, func() { leave(errIdle) }),
	}
	d.started = d.Hold()
	go watch(ctx, lock, filepath.Join(dir, lockFile), leave)
	context.AfterFunc(ctx, d.withdraw)
	err = service(ctx, d)
	asked := ctx.Err() != nil
	leave(nil)
	d.withdraw()
	if asked && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))) {
		return nil
	}
	return err
}

// Nonce is what the service answers to a Probe.
func (d *Daemon) Nonce() string { return d.info.Nonce }

// Dir is the data directory, absolute.
func (d *Daemon) Dir() string { return d.dir }

// Ready tells clients, once, that the service listens at the address. The idle
// time counts from here.
func (d *Daemon) Ready(address string) error {
	d.info.Address = address
	d.started()
	if err := writeInfo(d.dir, d.info); err != nil {
		return fmt.Errorf("telling where the %s listens: %w", d.info.Name, err)
	}
	return nil
}

// Touch says that the service was used just now.
func (d *Daemon) Touch() { d.Hold()() }

// Hold says that the service is in use until the returned function is called,
// which may be called more than once.
func (d *Daemon) Hold() (release func()) {
	d.use.hold()
	return sync.OnceFunc(d.use.release)
}

// withdraw takes the info file away, so that no new client comes while the
// service finishes. A file that another daemon wrote meanwhile is left alone:
// the directory may have been replaced.
func (d *Daemon) withdraw() {
	if info, err := readInfo(d.dir); err == nil && info.Nonce == d.info.Nonce {
		_ = os.Remove(filepath.Join(d.dir, infoFile)) // it is not believed without the lock
	}
}

// takeLock takes the daemon's lock, trying for a while: see lockPatience.
func takeLock(ctx context.Context, path string) (*os.File, error) {
	deadline := time.Now().Add(lockPatience)
	for {
		lock, err := tryLock(path)
		if !errors.Is(err, ErrLocked) || time.Now().After(deadline) {
			return lock, err
		}
		if err := sleep(ctx, pollInterval/4); err != nil {
			return nil, err
		}
	}
}

// watch leaves when the lock no longer is the directory's lock: what this
// daemon serves is no longer what clients see there.
func watch(ctx context.Context, lock *os.File, path string, leave context.CancelCauseFunc) {
	for sleep(ctx, watchInterval) == nil {
		if !filelock.At(lock, path) {
			leave(errGone)
		}
	}
}
