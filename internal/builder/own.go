package builder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/moby/buildkit/client"

	"gantline.dev/gantline/internal/daemon"
)

// Own is the project's own daemon.
type Own struct {
	// Dir is its data directory: sockets, configuration, log, and all that
	// BuildKit keeps.
	Dir string
	// Command starts it: our executable with the hidden verb that calls Serve
	// with the same Dir, Buildkitd and Runc. All paths absolute.
	Command []string
	// Buildkitd is the path of the buildkitd program, or a name to find in PATH.
	Buildkitd string
	// Runc is the path of runc; "" looks for it where Debian and Ubuntu have it.
	Runc string
	// Keep is how many bytes of what was built it keeps, the newest; 0 means
	// DefaultKeep. A daemon that runs already keeps what it was started with.
	Keep int64
}

// DefaultKeep is the size budget of the own daemon, in bytes: the environments
// of a few projects with PyTorch. It is past it for minutes at most, and below
// it where the disk is nearly full.
const DefaultKeep = 60_000_000_000

// The parts of a data directory.
const (
	outerSocket = "builder.sock"   // what clients use
	innerSocket = "buildkitd.sock" // buildkitd's own
	stateDir    = "root"
	runDir      = "run" // runc's, without root
	configFile  = "buildkitd.toml"
)

// nonceLabel marks buildkitd's worker with the daemon's nonce, by which a client
// knows that the one that answers is the one it looked for.
const nonceLabel = "dev.gantline.nonce"

// startTime is how long buildkitd may take to start: it opens its databases and
// removes what a killed one left.
const startTime = 60 * time.Second

// maxSocketPath is the longest path of a unix socket on Linux.
const maxSocketPath = 107

// ErrNoDaemon says that the own daemon cannot run on this machine; the error
// around it says what is missing.
var ErrNoDaemon = errors.New("the built-in BuildKit daemon cannot run here")

// fromOwn is the project's own daemon, started where it is not running.
func fromOwn(ctx context.Context, own Own) (*Builder, error) {
	if err := own.Check(); err != nil {
		return nil, fmt.Errorf("finding a builder: %w. Or name a builder with --builder or BUILDKIT_HOST", err)
	}
	command := own.Command
	if os.Geteuid() != 0 {
		command = inOwnNamespace(command)
	}
	info, err := daemon.Ensure(ctx, daemon.Spec{
		Name:    "builder",
		Dir:     own.Dir,
		Command: command,
		Ready:   startTime,
		Probe:   probe,
	})
	if err != nil {
		return nil, err
	}
	b, err := open(ctx, "unix://"+info.Address)
	if err != nil {
		return nil, fmt.Errorf("connecting to the built-in builder (process %d): %w; its log is %q", info.PID, err, daemon.LogPath(own.Dir))
	}
	b.what = fmt.Sprintf("built in, process %d, data in %s", info.PID, own.Dir)
	b.mend = fmt.Sprintf("Its log is %q. Run the command again: that starts it anew, and what it had built is still there", daemon.LogPath(own.Dir))
	b.alive = func(ctx context.Context, c *client.Client) error { return hasNonce(ctx, c, info.Nonce) }
	return b, nil
}

// Check is what the machine lacks, as an ErrNoDaemon, before anything is
// started. It needs root, or a user namespace in which this user is root.
func (o Own) Check() error {
	err := o.check()
	if err == nil && os.Geteuid() != 0 {
		err = checkRootless()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoDaemon, err)
	}
	return nil
}

func (o Own) check() error {
	if _, err := findBuildkitd(o.Buildkitd); err != nil {
		return err
	}
	if _, err := findRunc(o.Runc); err != nil {
		return err
	}
	if path, err := filepath.Abs(filepath.Join(o.Dir, innerSocket)); err != nil || len(path) > maxSocketPath {
		return fmt.Errorf("its directory %q has too long a name for a socket in it (at most %d bytes); choose a shorter one", o.Dir, maxSocketPath-len(innerSocket)-1)
	}
	return nil
}

// findBuildkitd is the absolute path of the program.
func findBuildkitd(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("there is no buildkitd program at %q: `make build` puts it beside gantline", name)
	}
	return filepath.Abs(path)
}

// findRunc is the path of runc. Users' PATH often lacks the sbin directories.
func findRunc(name string) (string, error) {
	candidates := []string{"runc", "buildkit-runc", "/usr/sbin/runc", "/usr/local/sbin/runc", "/sbin/runc"}
	if name != "" {
		candidates = []string{name}
	}
	for _, candidate := range candidates {
		if path, err := exec.LookPath(candidate); err == nil {
			return filepath.Abs(path)
		}
	}
	return "", errors.New("runc is missing: install it with `apt-get install runc`")
}

// probe asks the daemon whether it is the one with the nonce.
func probe(ctx context.Context, info daemon.Info) error {
	c, err := client.New(ctx, "unix://"+info.Address)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // it only asked
	return hasNonce(ctx, c, info.Nonce)
}

// hasNonce asks for the worker that carries the nonce.
func hasNonce(ctx context.Context, c *client.Client, nonce string) error {
	workers, err := c.ListWorkers(ctx)
	if err != nil {
		return err
	}
	for _, worker := range workers {
		if worker.Labels[nonceLabel] == nonce {
			return nil
		}
	}
	return errors.New("another BuildKit answers at its socket")
}
