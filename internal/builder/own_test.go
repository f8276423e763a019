package builder_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/buildkit/client/llb"

	"github.com/moby/buildkit/client"

	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/builder/buildertest"
	"gantline.dev/gantline/internal/daemon"
)

// serveEnv makes the test binary the daemon: it holds what to serve.
const serveEnv = "GANTLINE_BUILDER_TEST_SERVE"

func TestMain(m *testing.M) {
	if text := os.Getenv(serveEnv); text != "" {
		var own builder.Own
		if err := json.Unmarshal([]byte(text), &own); err != nil {
			panic(err)
		}
		if err := builder.Serve(context.Background(), own, 0); err != nil {
			println(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	if text := os.Getenv(userEnv); text != "" {
		if err := buildAsUser(context.Background(), text); err != nil {
			println(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// ownIn is the built-in daemon of a fresh directory, served by this binary and
// stopped when the test ends.
func ownIn(t *testing.T) builder.Own { return ownKeeping(t, 0) }

// ownKeeping is the same with a size budget.
func ownKeeping(t *testing.T, keep int64) builder.Own {
	t.Helper()
	dir, err := os.MkdirTemp("", "gantline-own-")
	if err != nil {
		t.Fatal(err)
	}
	own := builder.Own{Dir: dir, Buildkitd: buildertest.Buildkitd(t), Keep: keep}
	text, err := json.Marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	own.Command = []string{"/usr/bin/env", serveEnv + "=" + string(text), os.Args[0]}
	t.Cleanup(func() {
		if err := daemon.Stop(context.Background(), dir); err != nil {
			t.Errorf("stopping the builder: %v", err)
		}
		os.RemoveAll(dir)
	})
	return own
}

// find is the built-in daemon, started where need be.
func find(t *testing.T, own builder.Own) *builder.Builder {
	t.Helper()
	b, err := builder.Find(t.Context(), builder.Options{Own: &own})
	if err != nil {
		log, _ := os.ReadFile(daemon.LogPath(own.Dir))
		t.Fatalf("%v\n%s", err, log)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// build makes something small, to see that the daemon builds.
func build(t *testing.T, b *builder.Builder) {
	t.Helper()
	state := llb.Scratch().File(llb.Mkfile("/a", 0o644, []byte("text")))
	definition, err := state.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Client().Solve(t.Context(), definition, client.SolveOpt{}, nil); err != nil {
		t.Fatal(err)
	}
}

func TestOwnDaemonIsStartedOnceAndSurvivesKill(t *testing.T) {
	buildertest.Require(t)
	own := ownIn(t)

	first := find(t, own)
	build(t, first)
	before, err := daemon.Status(own.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(first.Describe(), "built in") {
		t.Errorf("Describe() = %q, want the built-in daemon", first.Describe())
	}
	second := find(t, own)
	build(t, second)
	if after, err := daemon.Status(own.Dir); err != nil || after.PID != before.PID {
		t.Fatalf("a second client got process %d (%v), want %d", after.PID, err, before.PID)
	}

	if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	third := find(t, own)
	build(t, third)
	if after, err := daemon.Status(own.Dir); err != nil || after.PID == before.PID {
		t.Fatalf("after a kill the daemon is process %d (%v), want a new one", after.PID, err)
	}
}

func TestSecondDaemonOnOneDirectoryIsRefused(t *testing.T) {
	buildertest.Require(t)
	own := ownIn(t)
	find(t, own)
	err := builder.Serve(t.Context(), own, time.Minute)
	if err == nil || !strings.Contains(err.Error(), daemon.ErrLocked.Error()) {
		t.Errorf("a second Serve gave %v, want %v", err, daemon.ErrLocked)
	}
}

func TestStrayBuildkitdIsNamed(t *testing.T) {
	buildertest.Require(t)
	own := ownIn(t)
	state := filepath.Join(own.Dir, "root")
	if err := os.MkdirAll(state, 0o700); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(filepath.Join(state, "buildkitd.lock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	go func() { time.Sleep(500 * time.Millisecond); lock.Close() }()
	build(t, find(t, own)) // it waits for the stray one to go
}
