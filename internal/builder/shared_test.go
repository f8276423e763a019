package builder_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/tonistiigi/fsutil"

	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/builder/buildertest"
	"gantline.dev/gantline/internal/daemon"
)

// counter counts who calls at its port, and holds them until it is released.
type counter struct {
	port     int
	calls    atomic.Int32
	released chan struct{}
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	c := &counter{port: listener.Addr().(*net.TCPAddr).Port, released: make(chan struct{})}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			c.calls.Add(1)
			go func() { <-c.released; conn.Close() }()
		}
	}()
	return c
}

// Two processes that want the same step at the same time have it run once.
func TestTwoBuildsShareAStep(t *testing.T) {
	buildertest.Require(t)
	own := ownIn(t)
	root := t.TempDir()
	copyProgram(t, "/bin/bash", root)
	count := newCounter(t)
	// The step calls the counter and waits until that hangs up.
	script := fmt.Sprintf("exec 3<>/dev/tcp/127.0.0.1/%d; read <&3; echo made >/made", count.port)
	// A copy is known by its content, whoever sent it; a local directory is not.
	base := llb.Scratch().File(llb.Copy(llb.Local("root"), "/", "/", &llb.CopyInfo{CopyDirContentsOnly: true}))
	step := base.Run(llb.Args([]string{"/bin/bash", "-c", script})).Root()

	var builds sync.WaitGroup
	var began sync.WaitGroup
	for range 2 {
		b := find(t, own)
		began.Add(1)
		builds.Go(func() {
			if err := solveNoting(b.Client(), step, root, sync.OnceFunc(began.Done)); err != nil {
				t.Error(err)
			}
		})
	}
	began.Wait() // both are under way
	close(count.released)
	builds.Wait()
	if calls := count.calls.Load(); calls != 1 {
		t.Errorf("the step ran %d times for two builds at once, want 1", calls)
	}
}

// solveNoting builds a state on root, and notes when the daemon has taken root.
// It can't note the step: of two that are the same, one build alone shows it.
func solveNoting(c *client.Client, state llb.State, root string, began func()) error {
	defer began() // also where it fails
	files, err := fsutil.NewFS(root)
	if err != nil {
		return err
	}
	definition, err := state.Marshal(context.Background())
	if err != nil {
		return err
	}
	statuses := make(chan *client.SolveStatus)
	go func() {
		for status := range statuses {
			for _, vertex := range status.Vertexes {
				if vertex.Completed != nil {
					began()
				}
			}
		}
	}()
	options := client.SolveOpt{LocalMounts: map[string]fsutil.FS{"root": files}, SharedKey: "root"}
	_, err = c.Solve(context.Background(), definition, options, statuses)
	return err
}

// The daemon says itself how much it keeps.
func TestOwnDaemonKeepsToItsBudget(t *testing.T) {
	buildertest.Require(t)
	own := ownKeeping(t, 7_000_000_000)
	workers, err := find(t, own).Client().ListWorkers(t.Context())
	if err != nil || len(workers) != 1 {
		t.Fatalf("got %d workers (%v)", len(workers), err)
	}
	policies := workers[0].GCPolicy
	if len(policies) == 0 {
		t.Fatal("it collects nothing")
	}
	for _, policy := range policies {
		if policy.MaxUsedSpace > own.Keep {
			t.Errorf("a policy keeps %d bytes, past %d", policy.MaxUsedSpace, own.Keep)
		}
	}
	if last := policies[len(policies)-1]; last.MaxUsedSpace != own.Keep || !last.All {
		t.Errorf("the last policy is %+v, want one for all that keeps %d bytes", last, own.Keep)
	}
}

// A daemon that went away is told from a build that failed, also where another
// client has started the next one already.
func TestLostDaemonIsExplained(t *testing.T) {
	buildertest.Require(t)
	own := ownIn(t)
	b := find(t, own)
	failed := errors.New("the step failed")
	if err := b.Explain(t.Context(), failed); !errors.Is(err, failed) || isLost(err) {
		t.Errorf("while the daemon answers, the error became %v", err)
	}
	info, err := daemon.Status(own.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(info.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	build(t, find(t, own))
	lost := b.Explain(t.Context(), failed)
	if !isLost(lost) || !errors.Is(lost, failed) {
		t.Fatalf("after the kill the error is %v", lost)
	}
	for _, want := range []string{fmt.Sprintf("process %d", info.PID), daemon.LogPath(own.Dir), "Run the command again", "the step failed"} {
		if !strings.Contains(lost.Error(), want) {
			t.Errorf("%q is not in: %v", want, lost)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := b.Explain(stopped, failed); isLost(err) {
		t.Errorf("an interrupted build is explained by %v", err)
	}
}

func isLost(err error) bool {
	var lost *builder.LostError
	return errors.As(err, &lost)
}
