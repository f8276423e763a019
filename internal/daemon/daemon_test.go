package daemon_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gantline.dev/gantline/internal/daemon"
)

// ensure is Ensure in this process, with a cleanup that kills what it started.
func ensure(t *testing.T, s daemon.Spec) daemon.Info {
	t.Helper()
	info, err := daemon.Ensure(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(t, info.PID) })
	return info
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		t.Error(err)
	}
}

// eventually waits for what another process does.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still not so after 5 s: %s", what)
		}
	}
}

// alive says whether the process is there and no zombie.
func alive(pid int) bool {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	return err == nil && !bytes.Contains(status, []byte("State:\tZ"))
}

func TestConcurrentProcessesShareOneDaemon(t *testing.T) {
	dir := t.TempDir()
	pids := make([]string, 10)
	var clients sync.WaitGroup
	for i := range pids {
		clients.Go(func() {
			out, err := helper("ensure", dir).Output()
			if err != nil {
				t.Errorf("client %d: %v", i, err)
			}
			pids[i] = strings.TrimSpace(string(out))
		})
	}
	clients.Wait()
	info := ensure(t, spec(dir))
	for i, pid := range pids {
		if pid != strconv.Itoa(info.PID) {
			t.Errorf("client %d got the daemon %q, not %d", i, pid, info.PID)
		}
	}
}

func TestTwoDirectoriesAreTwoDaemons(t *testing.T) {
	a, b := ensure(t, spec(t.TempDir())), ensure(t, spec(t.TempDir()))
	if a.PID == b.PID || a.Address == b.Address || a.Nonce == b.Nonce {
		t.Errorf("the daemons are not apart: %+v and %+v", a, b)
	}
}

func TestKilledDaemonIsReplaced(t *testing.T) {
	dir := t.TempDir()
	first := ensure(t, spec(dir))
	kill(t, first.PID)
	second := ensure(t, spec(dir))
	if first.PID == second.PID || first.Nonce == second.Nonce {
		t.Errorf("the killed daemon %+v was returned again: %+v", first, second)
	}
}

func TestKilledStarterBlocksNobody(t *testing.T) {
	dir := t.TempDir()
	starter := helper("ensure", dir)
	if err := starter.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the starter holds its lock", func() bool {
		_, err := os.Stat(filepath.Join(dir, "start.lock"))
		return err == nil
	})
	starter.Process.Kill()
	starter.Wait()
	ensure(t, spec(dir))
}

func TestStaleInfoIsNotBelieved(t *testing.T) {
	dir := t.TempDir()
	other := ensure(t, spec(t.TempDir())) // lives, and answers another nonce
	stale, err := json.Marshal(daemon.Info{Name: "echo", PID: other.PID, Address: other.Address, Nonce: "old"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "daemon.json"), stale, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := daemon.Status(dir); !errors.Is(err, daemon.ErrNotRunning) {
		t.Errorf("Status believes a stale file: %v", err)
	}
	if info := ensure(t, spec(dir)); info.PID == other.PID {
		t.Error("Ensure believes a stale file")
	}
}

func TestIdleDaemonLeaves(t *testing.T) {
	dir := t.TempDir()
	s := specAs("serve", dir, idleVar+"=500ms")
	info := ensure(t, s)
	for range 12 { // used more often than the idle time, it stays
		time.Sleep(50 * time.Millisecond)
		if again := ensure(t, s); again.PID != info.PID {
			t.Fatal("it left while in use")
		}
	}
	eventually(t, "the daemon has left", func() bool {
		_, err := daemon.Status(dir)
		return errors.Is(err, daemon.ErrNotRunning)
	})
	if _, err := os.Stat(filepath.Join(dir, "daemon.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its info file is left: %v", err)
	}
}

func TestStop(t *testing.T) {
	dir := t.TempDir()
	info := ensure(t, spec(dir))
	if got, err := daemon.Status(dir); err != nil || got != info {
		t.Errorf("Status is %+v, %v, not %+v", got, err, info)
	}
	if err := daemon.Stop(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process has ended", func() bool { return !alive(info.PID) })
	for _, dir := range []string{dir, t.TempDir()} {
		if err := daemon.Stop(t.Context(), dir); err != nil {
			t.Errorf("stopping what does not run: %v", err)
		}
	}
}

func TestStopLeavesStrangersAlone(t *testing.T) {
	dir := t.TempDir()
	ensure(t, spec(dir))
	stranger := exec.Command("sleep", "60")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer stranger.Wait()
	defer stranger.Process.Kill()
	forged, _ := json.Marshal(daemon.Info{Name: "echo", PID: stranger.Process.Pid, Nonce: "x"})
	if err := os.WriteFile(filepath.Join(dir, "daemon.json"), forged, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Stop(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "not the process that holds the lock") {
		t.Errorf("stopping a forged process: %v", err)
	}
	if !alive(stranger.Process.Pid) {
		t.Error("the stranger was killed")
	}
}

func TestDaemonThatDiesAtItsStart(t *testing.T) {
	dir := t.TempDir()
	begin := time.Now()
	_, err := daemon.Ensure(t.Context(), specAs("die", dir))
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"starting the echo", "exit status 1", "no space for the echo", daemon.LogPath(dir)} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %v to say so", took)
	}
}

func TestDaemonThatNeverAnswers(t *testing.T) {
	dir := t.TempDir()
	s := spec(dir)
	s.Ready = 300 * time.Millisecond
	s.Probe = func(context.Context, daemon.Info) error { return errors.New("it mumbles") }
	_, err := daemon.Ensure(t.Context(), s)
	info, statusErr := daemon.Status(dir)
	if statusErr != nil {
		t.Fatal(statusErr)
	}
	defer kill(t, info.PID)
	for _, want := range []string{"no answer within 300ms", "it mumbles", strconv.Itoa(info.PID), daemon.LogPath(dir)} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := daemon.Ensure(ctx, s); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled wait ends with %v", err)
	}
}

func TestSecondServerIsRefused(t *testing.T) {
	dir := t.TempDir()
	ensure(t, spec(dir))
	err := daemon.Serve(t.Context(), daemon.Options{Name: "echo", Dir: dir}, serveNonce)
	if !errors.Is(err, daemon.ErrLocked) {
		t.Errorf("the second server ends with %v", err)
	}
}

// A script's own lock, taken as in "flock FILE gantline build", must not be
// held on by the daemon.
func TestDaemonHoldsNoInheritedFiles(t *testing.T) {
	dir := t.TempDir()
	held, err := os.Create(filepath.Join(t.TempDir(), "script.lock"))
	if err != nil {
		t.Fatal(err)
	}
	client := helper("ensure", dir)
	client.ExtraFiles = []*os.File{held}
	if out, err := client.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	info := ensure(t, spec(dir))
	fds, err := filepath.Glob("/proc/" + strconv.Itoa(info.PID) + "/fd/*")
	if err != nil || len(fds) == 0 {
		t.Fatalf("listing its open files: %v, %d found", err, len(fds))
	}
	for _, fd := range fds {
		if target, _ := os.Readlink(fd); target == held.Name() {
			t.Errorf("the daemon has %q open", target)
		}
	}
}

func TestDaemonHasItsOwnSessionAndLog(t *testing.T) {
	dir := t.TempDir()
	info := ensure(t, spec(dir))
	ours, _, _ := syscall.Syscall(syscall.SYS_GETSID, 0, 0, 0)
	its, _, errno := syscall.Syscall(syscall.SYS_GETSID, uintptr(info.PID), 0, 0)
	if errno != 0 || its == ours {
		t.Errorf("its session is %d (%v), ours %d", its, errno, ours)
	}
	if target, err := os.Readlink("/proc/" + strconv.Itoa(info.PID) + "/fd/2"); err != nil || target != daemon.LogPath(dir) {
		t.Errorf("its standard error is %q (%v)", target, err)
	}
	if stat, err := os.Stat(filepath.Join(dir, "daemon.json")); err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("the info file: %v, %v", stat.Mode(), err)
	}
}

func TestLogIsPutAsideWhenLong(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(daemon.LogPath(dir), bytes.Repeat([]byte("old\n"), 1<<21), 0o600); err != nil {
		t.Fatal(err)
	}
	ensure(t, spec(dir))
	if stat, err := os.Stat(daemon.LogPath(dir)); err != nil || stat.Size() > 1<<20 {
		t.Errorf("the log is %v, %v", stat, err)
	}
}
