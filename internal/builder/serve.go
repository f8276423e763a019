package builder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/moby/buildkit/client"

	"gantline.dev/gantline/internal/daemon"
	"gantline.dev/gantline/internal/filelock"
)

// stopTime is how long buildkitd may take to leave before it is killed.
const stopTime = 15 * time.Second

// Serve is the own daemon: it runs buildkitd in the directory until the context
// is done, or nobody has had a connection for the idle time (0: daemon's
// default). Two of them on one directory cannot run: the second gets
// daemon.ErrLocked.
func Serve(ctx context.Context, own Own, idle time.Duration) error {
	buildkitd, err := findBuildkitd(own.Buildkitd)
	if err != nil {
		return fmt.Errorf("serving the builder: %w", err)
	}
	runc, err := findRunc(own.Runc)
	if err != nil {
		return fmt.Errorf("serving the builder: %w", err)
	}
	return daemon.Serve(ctx, daemon.Options{Name: "builder", Dir: own.Dir, Idle: idle},
		func(ctx context.Context, d *daemon.Daemon) error {
			s := service{dir: d.Dir(), buildkitd: buildkitd, runc: runc, keep: own.Keep, rootless: isRootless()}
			return s.run(ctx, d)
		})
}

// service is buildkitd with the relay before it.
type service struct {
	dir, buildkitd, runc string
	keep                 int64
	rootless             bool
}

func (s service) run(ctx context.Context, d *daemon.Daemon) error {
	if err := s.awaitFree(ctx); err != nil {
		return err
	}
	if err := s.writeConfig(d.Nonce()); err != nil {
		return fmt.Errorf("writing buildkitd's configuration: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() {
		err := daemon.Supervise(ctx, s.command(), stopTime)
		cancel(err)
		ended <- err
	}()
	err := s.serve(ctx, d)
	cancel(nil)
	if failed := <-ended; failed != nil {
		return failed // else the relay's error only says that it was told to end
	}
	return err
}

// command runs buildkitd.
func (s service) command() *exec.Cmd {
	cmd := isolated(s.buildkitd, "--config", filepath.Join(s.dir, configFile))
	if s.rootless {
		cmd.Env = rootlessEnv(os.Environ(), filepath.Join(s.dir, runDir))
	}
	return cmd
}

// serve waits for buildkitd and then relays connections to it.
func (s service) serve(ctx context.Context, d *daemon.Daemon) error {
	inner := filepath.Join(s.dir, innerSocket)
	if err := awaitWorker(ctx, inner, d.Nonce()); err != nil {
		return err
	}
	outer := filepath.Join(s.dir, outerSocket)
	if err := os.RemoveAll(outer); err != nil {
		return err
	}
	listener, err := net.Listen("unix", outer)
	if err != nil {
		return fmt.Errorf("listening for builds: %w", err)
	}
	if err := os.Chmod(outer, 0o600); err != nil {
		return err
	}
	if err := d.Ready(outer); err != nil {
		return err
	}
	return daemon.Relay(ctx, d, listener, func(ctx context.Context) (net.Conn, error) {
		return dialUnix(ctx, inner)
	})
}

// awaitWorker waits until buildkitd answers with the worker of this start.
func awaitWorker(ctx context.Context, socket, nonce string) error {
	late := fmt.Errorf("buildkitd did not answer within %v", startTime)
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, late)
	defer cancel()
	c, err := client.New(ctx, "unix://"+socket)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // it only asked
	for {
		if err := hasNonce(ctx, c, nonce); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// awaitFree waits until no other buildkitd holds the state: one whose daemon
// was just killed takes a moment to go.
func (s service) awaitFree(ctx context.Context) error {
	state := filepath.Join(s.dir, stateDir)
	for _, dir := range []string{state, filepath.Join(s.dir, runDir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("making the builder's state directory: %w", err)
		}
	}
	path := filepath.Join(state, "buildkitd.lock") // buildkitd's own
	deadline := time.Now().Add(stopTime)
	for {
		held, err := filelock.Held(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("looking for another buildkitd: %w", err)
		}
		if !held {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("another buildkitd holds %q: end it, or give this one another data directory", path)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// writeConfig writes buildkitd's configuration, whole or not at all.
func (s service) writeConfig(nonce string) error {
	path := filepath.Join(s.dir, configFile)
	if err := os.WriteFile(path+".new", s.config(nonce), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// config is buildkitd's configuration (TOML).
func (s service) config(nonce string) []byte {
	quote := strconv.Quote // a TOML basic string, for paths without control characters
	var b bytes.Buffer
	fmt.Fprintf(&b, "# Written by gantline at every start.\n")
	fmt.Fprintf(&b, "root = %s\n\n", quote(filepath.Join(s.dir, stateDir)))
	fmt.Fprintf(&b, "[grpc]\naddress = [%s]\n\n", quote("unix://"+filepath.Join(s.dir, innerSocket)))
	fmt.Fprintf(&b, "[otel]\nsocketPath = %s\n\n", quote(filepath.Join(s.dir, "otel.sock")))
	fmt.Fprintf(&b, "[worker.containerd]\nenabled = false\n\n")
	fmt.Fprintf(&b, "[worker.oci]\nenabled = true\nbinary = %s\n", quote(s.runc))
	// Steps use the machine's network: so they reach what the machine reaches,
	// mirrors and the embedded registry on loopback included.
	fmt.Fprintf(&b, "networkMode = \"host\"\n")
	if s.rootless {
		fmt.Fprintf(&b, "rootless = true\n")
	}
	keep := s.keep
	if keep == 0 {
		keep = DefaultKeep
	}
	// What is above keep goes, the oldest first; where less than a twentieth of
	// the disk is free, so does what is above a twelfth of it.
	fmt.Fprintf(&b, "gc = true\nreservedSpace = %d\nmaxUsedSpace = %d\nminFreeSpace = \"5%%\"\n\n", keep/12, keep)
	fmt.Fprintf(&b, "[worker.oci.labels]\n%s = %s\n\n", quote(nonceLabel), quote(nonce))
	fmt.Fprintf(&b, "[history]\nmaxEntries = 5\n\n")
	fmt.Fprintf(&b, "[cdi]\ndisabled = true\n")
	return b.Bytes()
}
