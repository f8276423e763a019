package slurm

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

// mungeReady asks munged to sign nothing at all.
func mungeReady(ctx context.Context) error {
	out, err := ask(ctx, "/usr/bin/munge", "--no-input")
	if err != nil {
		return err
	}
	if !strings.HasPrefix(out, "MUNGE:") {
		return fmt.Errorf("munge answers %q", out)
	}
	return nil
}

func controllerReady(ctx context.Context) error {
	out, err := ask(ctx, "/usr/bin/scontrol", "ping")
	if err != nil {
		return err
	}
	if !strings.HasSuffix(out, " is UP") {
		return fmt.Errorf("scontrol ping answers %q", out)
	}
	return nil
}

// nodeReady asks the controller for the state of a node. After a crash a job of
// the queue may be on it at once.
func nodeReady(node string) func(context.Context) error {
	ready := []string{"idle", "mixed", "allocated", "completing"}
	return func(ctx context.Context) error {
		state, err := ask(ctx, "/usr/bin/sinfo", "-h", "-N", "-p", "gpu", "-n", node, "-o", "%T")
		if err != nil {
			return err
		}
		if !slices.Contains(ready, state) {
			return fmt.Errorf("sinfo shows node %s in state %q", node, state)
		}
		return nil
	}
}

// bastionReady waits for the line with which an SSH server greets.
func bastionReady(endpoint string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", endpoint)
		if err != nil {
			return err
		}
		defer conn.Close()
		if deadline, ok := ctx.Deadline(); ok {
			if err := conn.SetReadDeadline(deadline); err != nil {
				return err
			}
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil {
			return fmt.Errorf("reading the greeting of %s: %w", endpoint, err)
		}
		if !strings.HasPrefix(line, "SSH-2.0-") {
			return fmt.Errorf("%s greets with %q, not as an SSH server", endpoint, line)
		}
		return nil
	}
}

// ask runs a command and gives its output, trimmed.
func ask(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	// Not the developer's environment, which may name another Slurm.
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	out, err := cmd.CombinedOutput()
	text := strings.TrimSpace(string(out))
	// A first process that reaps orphans may have taken the status; the output
	// tells as much.
	if err != nil && !errors.Is(err, syscall.ECHILD) {
		return "", fmt.Errorf("%s: %w: %s", name, err, text)
	}
	return text, nil
}
