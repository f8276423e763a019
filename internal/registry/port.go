package registry

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// DefaultPort is the embedded registry's, where it is free when a directory is
// first served.
const DefaultPort = 5757

// Other ports are chosen from firstPort up, below the range (from 32768 on
// Linux) that outgoing connections take theirs from: one of those would take
// the port while the registry does not run.
const (
	firstPort = 15000
	lastPort  = 32000
	portTries = 100
)

// takenPatience is how long a port may still belong to a registry that was
// killed a moment ago.
const takenPatience = time.Second

// listen opens the directory's port, choosing it at the first start.
func listen(ctx context.Context, dir string) (net.Listener, error) {
	path := filepath.Join(dir, portFile)
	port, err := readPort(path)
	if errors.Is(err, fs.ErrNotExist) {
		return choosePort(path)
	}
	if err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(takenPatience); ; time.Sleep(20 * time.Millisecond) {
		listener, err := listenOn(port)
		if err == nil || !errors.Is(err, syscall.EADDRINUSE) {
			return listener, err
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return nil, takenError(ctx, path, port)
		}
	}
}

// choosePort opens the default port or another free one and keeps it in the
// file.
func choosePort(path string) (net.Listener, error) {
	port := DefaultPort
	for range portTries {
		listener, err := listenOn(port)
		if err == nil {
			if err = writeFile(path, strconv.Itoa(port)+"\n"); err != nil {
				listener.Close()
				return nil, fmt.Errorf("keeping the registry's port: %w", err)
			}
			return listener, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) && !errors.Is(err, syscall.EACCES) {
			return nil, err
		}
		port = firstPort + rand.IntN(lastPort-firstPort)
	}
	return nil, fmt.Errorf("choosing the registry's port: %d ports tried, all taken; write a free one into %q", portTries, path)
}

func listenOn(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("opening the registry's port: %w", err)
	}
	return listener, nil
}

// readPort reads the port that the directory keeps.
func readPort(path string) (int, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	port, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil || port < 1 || port > 65535 {
		return 0, fmt.Errorf("reading the registry's port from %q: it is not a port: %q; write one, or remove the file to choose another", path, string(data))
	}
	return port, nil
}

// takenError says who has the port, and what to do.
func takenError(ctx context.Context, path string, port int) error {
	const keep = "opening the registry's port: port %d, kept in %q because image references name it, is taken by %s. " +
		"%s, or remove that file to choose another port and build and render again"
	if who, err := askIdentity(ctx, net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
		return fmt.Errorf(keep, port, path, fmt.Sprintf("Gantline's registry of %q", who.Dir), "Wait until it has left (it does when idle) or stop it")
	}
	return fmt.Errorf(keep, port, path, "another program", fmt.Sprintf(`End it ("ss -ltnp sport = :%d" names it)`, port))
}
