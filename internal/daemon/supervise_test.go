package daemon_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/internal/daemon"
)

// The supervised program goes with its daemon, however that goes.
func TestSupervisedProgramGoesWithItsDaemon(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, dir string, info daemon.Info){
		"stopped": func(t *testing.T, dir string, _ daemon.Info) {
			if err := daemon.Stop(t.Context(), dir); err != nil {
				t.Error(err)
			}
		},
		"killed": func(t *testing.T, _ string, info daemon.Info) { kill(t, info.PID) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := specAs("wrap", dir)
			s.Probe = nil
			info := ensure(t, s)
			child, err := strconv.Atoi(info.Address)
			if err != nil || !alive(child) {
				t.Fatalf("the program %q does not run: %v", info.Address, err)
			}
			leave(t, dir, info)
			eventually(t, "the program has ended", func() bool { return !alive(child) })
		})
	}
}

func TestSuperviseSaysHowTheProgramEnded(t *testing.T) {
	for script, want := range map[string]string{
		"exit 3": "exit status 3",
		"exit 0": "left by itself",
	} {
		err := daemon.Supervise(t.Context(), exec.Command("sh", "-c", script), time.Second)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", script, err)
		}
	}
	if err := daemon.Supervise(t.Context(), exec.Command("/does/not/exist"), 0); err == nil {
		t.Error("a program that is missing is no error")
	}
}

func TestSuperviseKillsWhatWillNotLeave(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	begin := time.Now()
	cmd := exec.Command("sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
	if err := daemon.Supervise(ctx, cmd, 100*time.Millisecond); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// echoServer gives every connection back what it sends.
func echoServer(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(conn, conn); conn.Close() }()
		}
	}()
	return listener.Addr().String()
}

// A daemon with a short idle time stays while a relayed connection is open, and
// leaves after it.
func TestRelayHoldsTheDaemon(t *testing.T) {
	const idle = 250 * time.Millisecond
	echo := echoServer(t)
	socket := filepath.Join(t.TempDir(), "s")
	ready, served := make(chan struct{}), make(chan error, 1)
	go func() {
		served <- daemon.Serve(t.Context(), daemon.Options{Name: "relay", Dir: t.TempDir(), Idle: idle},
			func(ctx context.Context, d *daemon.Daemon) error {
				listener, err := net.Listen("unix", socket)
				if err != nil {
					return err
				}
				if err := d.Ready(socket); err != nil {
					return err
				}
				close(ready)
				return daemon.Relay(ctx, d, listener, func(ctx context.Context) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, "tcp", echo)
				})
			})
	}()
	<-ready
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * idle)
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); err != nil || string(got) != "hello" {
		t.Errorf("the relay gives back %q, %v", got, err)
	}
	conn.Close()
	select {
	case err := <-served:
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("the idle daemon stays")
	}
}
