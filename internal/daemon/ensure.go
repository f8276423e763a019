package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// DefaultReady is how long Ensure waits for a daemon to answer.
const DefaultReady = 20 * time.Second

// pollInterval is the time between two looks at what another process does.
const pollInterval = 20 * time.Millisecond

// Spec says which daemon is wanted and how it is started where it is missing.
type Spec struct {
	// Name is what messages call the daemon: "registry".
	Name string
	// Dir is the data directory, made (0700) where it is missing. There is at
	// most one daemon for each; two directories share nothing.
	Dir string
	// Command starts the daemon: a program, usually our own executable, and
	// its arguments. The process must call Serve with the same Dir. It runs
	// with / as its working directory, so paths in it must be absolute.
	Command []string
	// Env is the daemon's environment; nil gives it ours.
	Env []string
	// Ready is how long to wait for it to answer; 0 means DefaultReady.
	Ready time.Duration
	// Probe asks at info.Address whether the daemon that answers knows
	// info.Nonce. It should count as a use of the daemon (Touch), so that one
	// just found does not leave. Nil believes the info file.
	Probe func(ctx context.Context, info Info) error
}

// Ensure returns the daemon of the directory, which answers its Probe, starting
// it where there is none. Any number of processes may call it at once: they get
// the same daemon. A daemon that dies at its start is an error that carries the
// end of its log.
func Ensure(ctx context.Context, spec Spec) (Info, error) {
	dir, err := filepath.Abs(spec.Dir)
	if err != nil {
		return Info{}, fmt.Errorf("finding the directory of the %s: %w", spec.Name, err)
	}
	spec.Dir = dir
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Info{}, fmt.Errorf("making the directory of the %s: %w", spec.Name, err)
	}
	if spec.Ready == 0 {
		spec.Ready = DefaultReady
	}
	late := fmt.Errorf("no answer within %v", spec.Ready)
	ctx, cancel := context.WithTimeoutCause(ctx, spec.Ready, late)
	defer cancel()

	var seen lastSeen
	for {
		info, err := find(ctx, spec)
		if err == nil {
			return info, nil
		}
		seen.note(info, err)
		if errors.Is(err, ErrNotRunning) {
			if err := startOnce(ctx, spec); err != nil {
				return Info{}, err
			}
		}
		if err := sleep(ctx, pollInterval); err != nil {
			return Info{}, seen.explain(spec, err)
		}
	}
}

// find is the running daemon, or ErrNotRunning, or why the one that holds the
// lock cannot be used yet.
func find(ctx context.Context, spec Spec) (Info, error) {
	held, err := isLocked(filepath.Join(spec.Dir, lockFile))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !held {
		return Info{}, ErrNotRunning
	}
	if err != nil {
		return Info{}, err
	}
	info, err := readInfo(spec.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Info{}, errors.New("it has not said where it listens")
	}
	if err != nil || spec.Probe == nil {
		return info, err
	}
	return info, spec.Probe(ctx, info)
}

// startOnce starts the daemon and waits until it holds the lock or is dead. It
// does nothing where another client is starting it already.
func startOnce(ctx context.Context, spec Spec) error {
	lock, err := tryLock(filepath.Join(spec.Dir, startFile))
	if errors.Is(err, ErrLocked) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("starting the %s: %w", spec.Name, err)
	}
	defer lock.Close()
	if _, err := find(ctx, spec); !errors.Is(err, ErrNotRunning) {
		return nil // another client has started it since we looked
	}
	child, err := launch(spec)
	if err != nil {
		return fmt.Errorf("starting the %s: %w", spec.Name, err)
	}
	return awaitStart(ctx, spec, child)
}

// awaitStart waits until the daemon answers. A child that ends before is an
// error, unless it found that another daemon was quicker.
func awaitStart(ctx context.Context, spec Spec, child *child) error {
	var seen lastSeen
	for {
		info, err := find(ctx, spec)
		if err == nil {
			return nil
		}
		seen.note(info, err)
		select {
		case <-child.done:
			if _, err := find(ctx, spec); !errors.Is(err, ErrNotRunning) {
				return nil
			}
			return child.failure(spec)
		case <-ctx.Done():
			return seen.explain(spec, context.Cause(ctx))
		case <-time.After(pollInterval):
		}
	}
}

// lastSeen is what a client that gives up says it was waiting for.
type lastSeen struct {
	info Info
	err  error
}

// note keeps why the daemon could not be used, unless that is only that the
// time is up.
func (s *lastSeen) note(info Info, err error) {
	if s.err == nil || !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
		s.info, s.err = info, err
	}
}

// explain is the error of a client that gives up for the reason given.
func (s *lastSeen) explain(spec Spec, reason error) error {
	if errors.Is(reason, context.Canceled) {
		return fmt.Errorf("waiting for the %s: %w", spec.Name, reason)
	}
	who := ""
	if s.info.PID != 0 {
		who = fmt.Sprintf(" (process %d)", s.info.PID)
	}
	return fmt.Errorf("waiting for the %s of %q%s: %w: %w; its log is %q. "+
		"If it hangs, kill it: the next command starts it again. If it runs in another container that shares the directory, give each container its own",
		spec.Name, spec.Dir, who, reason, s.err, LogPath(spec.Dir))
}
