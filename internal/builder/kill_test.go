package builder_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/tonistiigi/fsutil"

	"gantline.dev/gantline/internal/builder/buildertest"
	"gantline.dev/gantline/internal/daemon"
)

// napTime names the sleeping step among the machine's processes.
const napTime = "98765.4321"

// A step that runs while the daemon is killed ends with it, its file system is
// unmounted, and the next daemon takes over the state.
func TestKillDuringAStep(t *testing.T) {
	buildertest.Require(t)
	own := ownIn(t)
	b := find(t, own)

	ended := make(chan error, 1)
	go func() {
		_, err := sleepInStep(t, b.Client())
		ended <- err
	}()
	eventually(t, "the step runs", func() bool { return isNapping(t) })
	info, err := daemon.Status(own.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(info.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := b.Explain(t.Context(), <-ended); !isLost(err) {
		t.Errorf("the build of a killed daemon ended with %v", err)
	}
	eventually(t, "the step has ended", func() bool { return !isNapping(t) })
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(mounts), own.Dir) {
		t.Errorf("mounts are left below %s", own.Dir)
	}
	build(t, find(t, own))
}

// sleepInStep builds with a step that sleeps, in a copy of this machine's sleep.
func sleepInStep(t *testing.T, c *client.Client) (*client.SolveResponse, error) {
	root := t.TempDir()
	copyProgram(t, "/bin/sleep", root)
	files, err := fsutil.NewFS(root)
	if err != nil {
		return nil, err
	}
	state := llb.Local("root").Run(llb.Args([]string{"/bin/sleep", napTime})).Root()
	definition, err := state.Marshal(context.Background())
	if err != nil {
		return nil, err
	}
	return c.Solve(context.Background(), definition, client.SolveOpt{LocalMounts: map[string]fsutil.FS{"root": files}}, nil)
}

// copyProgram copies a program and its libraries to the same places below root.
func copyProgram(t *testing.T, program, root string) {
	libraries, err := exec.Command("ldd", program).Output()
	if err != nil {
		t.Error(err)
	}
	for _, path := range append(strings.Fields(string(libraries)), program) {
		if !filepath.IsAbs(path) {
			continue
		}
		data, err := os.ReadFile(path)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(root+path), 0o755)
		}
		if err == nil {
			err = os.WriteFile(root+path, data, 0o755)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

// isNapping says whether the sleeping step is among the machine's processes.
func isNapping(t *testing.T) bool {
	t.Helper()
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range commands {
		command, err := os.ReadFile(file)
		if err == nil && bytes.Equal(command, []byte("/bin/sleep\x00"+napTime+"\x00")) {
			return true
		}
	}
	return false
}

func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !happened(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}
