// Package daemon keeps one long-lived child process for all processes of a
// user: the embedded registry and the project's own BuildKit each run as one.
//
// The client's side is Ensure: it finds the daemon of a data directory or
// starts it, and returns once it answers.
//
//	info, err := daemon.Ensure(ctx, daemon.Spec{Name: "registry", Dir: dir, Command: argv, Probe: probe})
//
// The daemon's side is Serve, called by the process that Command starts: it
// takes the directory's lock, runs the service, and leaves when nobody has used
// it for a while, or on SIGTERM. A service that is another program is kept by
// Supervise; a Relay before its socket counts who uses it.
//
// What holds it together, so that any process may be killed at any moment:
//
//   - The lock (flock on DIR/lock) elects the daemon and is its only sign of
//     life. The kernel frees it with the process, so nothing stale can block.
//   - The info file (DIR/daemon.json) is renamed into place after the daemon
//     listens. It is believed only while the lock is held and the Probe agrees
//     that whoever answers at the address knows the nonce.
//   - A second lock (DIR/start.lock), held by the client that starts a daemon,
//     only spares needless starts: two starters would still leave one daemon.
package daemon

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The files of a data directory. The service keeps its own beside them.
const (
	lockFile  = "lock"
	startFile = "start.lock"
	infoFile  = "daemon.json"
	logFile   = "daemon.log"
)

// Info is what a running daemon says about itself.
type Info struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	// Address is where the service listens: host:port, or the path of a unix
	// socket, as the service gave it to Ready.
	Address string `json:"address"`
	// Nonce is new with every start. It tells the daemon that wrote the file
	// from another process that has taken its address since. It is no secret.
	Nonce   string    `json:"nonce"`
	Started time.Time `json:"started"`
}

// ErrLocked says that another daemon holds the lock of the data directory.
var ErrLocked = errors.New("another daemon serves this directory")

// ErrNotRunning says that no daemon serves the data directory.
var ErrNotRunning = errors.New("no daemon serves this directory")

// LogPath is the file that takes the daemon's standard output and error.
func LogPath(dir string) string { return filepath.Join(dir, logFile) }

// Status is the daemon of the directory. The error is ErrNotRunning where there
// is none, also where one is only starting. It asks nothing of the daemon.
func Status(dir string) (Info, error) {
	held, err := isLocked(filepath.Join(dir, lockFile))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !held {
		return Info{}, ErrNotRunning
	}
	if err != nil {
		return Info{}, err
	}
	info, err := readInfo(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Info{}, ErrNotRunning
	}
	return info, err
}

// Stop asks the daemon of the directory to leave and waits until it has: what
// is under way is finished first. No daemon is no error.
func Stop(ctx context.Context, dir string) error {
	lock := filepath.Join(dir, lockFile)
	asked := Info{}
	for {
		held, err := isLocked(lock)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !held {
			return nil
		}
		if err != nil {
			return err
		}
		// A daemon that is only starting, or leaving already, has no info.
		if info, err := readInfo(dir); err == nil && info.Nonce != asked.Nonce {
			if asked.Nonce != "" {
				return nil // it has left, and a client has started the next
			}
			if err := askToLeave(info, lock); err != nil {
				return fmt.Errorf("stopping the %s of %q (process %d): %w", info.Name, dir, info.PID, err)
			}
			asked = info
		}
		if err := sleep(ctx, pollInterval); err != nil {
			return fmt.Errorf("waiting for the daemon of %q to leave: %w", dir, err)
		}
	}
}

// askToLeave sends SIGTERM to the daemon, if it is that process.
func askToLeave(info Info, lock string) error {
	if !holdsOpen(info.PID, lock) {
		return errors.New("it is not the process that holds the lock; perhaps that one runs in another container that shares the directory")
	}
	return terminate(info.PID)
}

// readInfo reads the info file, which may be of a daemon that is gone.
func readInfo(dir string) (Info, error) {
	path := filepath.Join(dir, infoFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return Info{}, err
	}
	var info Info
	if err := json.Unmarshal(data, &info); err != nil {
		return Info{}, fmt.Errorf("reading %q: %w", path, err)
	}
	return info, nil
}

// writeInfo puts the info file in place as a whole.
func writeInfo(dir string, info Info) error {
	data, err := json.Marshal(info)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, infoFile)
	temp := path + "." + info.Nonce
	if err := os.WriteFile(temp, append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// newNonce is 128 random bits in hex.
func newNonce() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never fails: it ends the process instead
	return hex.EncodeToString(bits[:])
}

// sleep waits, or returns the context's error as soon as it is done.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
