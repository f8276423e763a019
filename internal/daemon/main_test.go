package daemon_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/internal/daemon"
)

// The test binary plays the other processes too: role in the environment says
// which, before any test runs.
const (
	roleVar = "GANTLINE_DAEMON_TEST_ROLE" // serve | ensure | die | wrap
	dirVar  = "GANTLINE_DAEMON_TEST_DIR"
	idleVar = "GANTLINE_DAEMON_TEST_IDLE"
)

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(roleVar) {
	case "":
		os.Exit(m.Run())
	case "serve":
		idle, _ := time.ParseDuration(os.Getenv(idleVar))
		err = daemon.Serve(context.Background(), daemon.Options{Name: "echo", Dir: os.Getenv(dirVar), Idle: idle}, serveNonce)
	case "wrap":
		err = daemon.Serve(context.Background(), daemon.Options{Name: "wrapper", Dir: os.Getenv(dirVar)}, wrapSleep)
	case "die":
		err = errors.New("no space for the echo")
	case "ensure":
		var info daemon.Info
		if info, err = daemon.Ensure(context.Background(), spec(os.Getenv(dirVar))); err == nil {
			fmt.Println(info.PID)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// spec is the daemon of the tests: it answers every connection with its nonce.
func spec(dir string) daemon.Spec {
	return specAs("serve", dir)
}

// specAs starts the test binary in the role.
func specAs(role, dir string, env ...string) daemon.Spec {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return daemon.Spec{
		Name: "echo", Dir: dir, Command: []string{exe}, Probe: probe,
		Env: append(os.Environ(), append([]string{roleVar + "=" + role, dirVar + "=" + dir}, env...)...),
	}
}

// helper is the command that runs the test binary in the role.
func helper(role, dir string) *exec.Cmd {
	s := specAs(role, dir)
	return &exec.Cmd{Path: s.Command[0], Args: s.Command, Env: s.Env}
}

func serveNonce(ctx context.Context, d *daemon.Daemon) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	if err := d.Ready(listener.Addr().String()); err != nil {
		return err
	}
	for {
		conn, err := listener.Accept()
		if err != nil {
			return context.Cause(ctx)
		}
		d.Touch()
		io.WriteString(conn, d.Nonce())
		conn.Close()
	}
}

func probe(ctx context.Context, info daemon.Info) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", info.Address)
	if err != nil {
		return err
	}
	defer conn.Close()
	answer, err := io.ReadAll(conn)
	if err == nil && string(answer) != info.Nonce {
		err = fmt.Errorf("%s answers %q, not its nonce", info.Address, answer)
	}
	return err
}

// wrapSleep is a daemon that supervises another program; its address is that
// program's process id.
func wrapSleep(ctx context.Context, d *daemon.Daemon) error {
	cmd := exec.Command("sh", "-c", "echo $$ > "+d.Dir()+"/child; exec sleep 60")
	go func() {
		for ctx.Err() == nil {
			if pid, err := os.ReadFile(d.Dir() + "/child"); err == nil && len(pid) > 0 {
				_ = d.Ready(strings.TrimSpace(string(pid)))
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return daemon.Supervise(ctx, cmd, time.Second)
}
