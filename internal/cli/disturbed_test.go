package cli_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/gitrepo/repotest"
)

// TestHugeBlob audits a file larger than what gantline may hold in memory.
func TestHugeBlob(t *testing.T) {
	size := int64(40 << 20)
	if thorough() {
		size = 300 << 20
	}
	h := sound(t)
	write := exec.Command("git", "-C", h.Dir, "hash-object", "-w", "--stdin")
	write.Stdin = io.LimitReader(zeros{}, size)
	out, err := write.Output()
	if err != nil {
		t.Fatal(err)
	}
	blob := strings.TrimSpace(string(out))
	head := h.Git(nil, "rev-parse", "main")
	config := h.Git(nil, "show", "main:gantline.yaml") + "\ncontext: {max_file: 1GB}\n"
	h.Git(fmt.Appendf(nil, "commit refs/heads/main\ncommitter A <a@example.com> 1800000000 +0000\ndata 1\nx\nfrom %s\nM 100644 %s huge.bin\nM 100644 %s huge.py\nM 100644 inline gantline.yaml\ndata %d\n%s\n",
		head, blob, blob, len(config), config), "fast-import", "--quiet")
	expect{"audit -o json", 0, []string{fmt.Sprintf(`"path": "huge.bin",\s+"fileKind": "[a-z]+",\s+"bytes": %d`, size)}}.hold(t, h.Dir)
	for _, args := range []string{"audit -o json", "audit HEAD~1..HEAD -o json", "files HEAD -o json"} {
		cmd, _ := asked(t, h.Dir, strings.Fields(args)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("gantline %s: %v\n%s", args, err, out)
			continue
		}
		// Of gantline and of each process of git alone.
		if most := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss * 1024; size > 200<<20 && most > size {
			t.Errorf("gantline %s holds %d bytes for a file of %d", args, most, size)
		}
	}
}

// zeros is an endless reader of zeros.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestRepositoryThatIsWrittenTo audits while commits are added and objects are
// packed anew, the old ones deleted, all the time: each answer is whole and
// right.
func TestRepositoryThatIsWrittenTo(t *testing.T) {
	h := sound(t)
	rounds := 4
	if thorough() {
		rounds = 10
	}
	stop, stopped := make(chan struct{}), make(chan error)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			commit := fmt.Sprintf("commit refs/heads/busy\ncommitter A <a@example.com> 1800000000 +0000\ndata 1\nx\nM 100644 inline f%d\ndata 2\n%02d\n\n", n%50, n%90)
			add := exec.Command("git", "-C", h.Dir, "fast-import", "--quiet", "--force")
			add.Stdin = strings.NewReader(commit)
			if out, err := add.CombinedOutput(); err != nil {
				stopped <- fmt.Errorf("git fast-import: %w\n%s", err, out)
				return
			}
			if out, err := exec.Command("git", "-C", h.Dir, "repack", "-a", "-d", "-q").CombinedOutput(); err != nil {
				stopped <- fmt.Errorf("git repack: %w\n%s", err, out)
				return
			}
		}
	}()
	for range rounds {
		for args, want := range map[string]string{
			"audit main -o json":         `"commits": 3,`,
			"audit main --all -o json":   `"files": 6,`,
			"audit main~1..main -o json": `"commits": 1,`,
			"files main -o json":         `"app/main.py"`,
		} {
			cmd, _ := asked(t, h.Dir, strings.Fields(args)...)
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("gantline %s: %v, without %s\n%.2000s", args, err, want, out)
			}
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	h.Git(nil, "fsck", "--strict")
}

// slowGit puts a git on PATH that writes its process's number to a file and waits
// before it begins one of its commands.
func slowGit(t *testing.T, command string) (path, begun string) {
	t.Helper()
	real, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	begun = filepath.Join(dir, "begun")
	script := "#!/bin/sh\ncase \" $* \" in *\" " + command + " \"*)\n\techo $$ > " + begun + ".new; mv " + begun + ".new " + begun + "\n\texec sleep 60 ;;\nesac\nexec " + real + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "git"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir + string(os.PathListSeparator) + os.Getenv("PATH"), begun
}

// TestSignalsWhileReading interrupts and kills audits and files in the midst of
// each kind of work. Nothing is left in the repository, nor, where the signal
// can be answered, in the directory of temporary files, nor a process of git.
func TestSignalsWhileReading(t *testing.T) {
	for _, c := range []struct{ args, during string }{
		{"audit -o json", "--batch-all-objects"},
		{"audit -o json", "log"},
		{"audit HEAD~1..HEAD -o json", "rev-list"},
		{"audit -o html", "ls-tree"},
		{"files HEAD -o json", "--batch"},
	} {
		signals := map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGKILL: -1}
		if thorough() {
			signals[syscall.SIGTERM] = 130
		}
		for signal, code := range signals {
			t.Run(fmt.Sprintf("%s, %s, %v", c.args, c.during, signal), func(t *testing.T) {
				h := sound(t)
				before := contents(t, h.Dir)
				path, begun := slowGit(t, c.during)
				cmd, temp := asked(t, h.Dir, strings.Fields(c.args)...)
				cmd.Env = append(cmd.Env, "PATH="+path)
				var stdout, stderr strings.Builder
				cmd.Stdout, cmd.Stderr = &stdout, &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				child := waitFor(t, begun)
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				signalled := time.Now()
				_ = cmd.Wait() // its exit code tells
				if took := time.Since(signalled); took > 20*time.Second {
					t.Errorf("it ended %v after the signal", took)
				}
				if got := cmd.ProcessState.ExitCode(); got != code || stdout.Len() > 0 {
					t.Errorf("exit code %d, not %d, and %d bytes of answer\n%s", got, code, stdout.Len(), stderr.String())
				}
				if signal != syscall.SIGKILL {
					if !strings.Contains(stderr.String(), "interrupted") {
						t.Errorf("it does not say that it was interrupted:\n%s", stderr.String())
					}
					if left := contents(t, temp); len(left) > 0 {
						t.Errorf("it left %v", left)
					}
				}
				if alive(child) != (signal == syscall.SIGKILL) {
					t.Errorf("git runs on: %v", alive(child))
				}
				if alive(child) { // asleep, so that it can't see that nobody reads any more
					_ = syscall.Kill(child, syscall.SIGKILL)
				}
				if diff := cmp.Diff(before, contents(t, h.Dir)); diff != "" {
					t.Errorf("the repository changed (-before +after):\n%s", diff)
				}
				if c.args != "files HEAD -o json" {
					ask(t, h.Dir, strings.Fields(c.args)...)
				}
			})
		}
	}
}

// waitFor is the process's number that a file will hold.
func waitFor(t *testing.T, file string) int {
	t.Helper()
	for range 3000 {
		if text, err := os.ReadFile(file); err == nil {
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("git was never asked for it")
	return 0
}

// alive says whether a process runs, be it not as a zombie.
func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := strings.Cut(string(text), ") ")
	return err == nil && !strings.HasPrefix(state, "Z")
}

// TestPushHookWithDamage holds the hook to letting nobody believe that a push
// was judged when it can't be.
func TestPushHookWithDamage(t *testing.T) {
	h := sound(t, repotest.Put("big.bin", repotest.Noise(9, 9000)))
	head := h.Git(nil, "rev-parse", "main")
	if err := os.Remove(object(h, "main^{tree}")); err != nil {
		t.Fatal(err)
	}
	cmd, _ := asked(t, h.Dir, "hook", "pre-push", "origin", "file:///nowhere")
	cmd.Stdin = strings.NewReader("refs/heads/main " + head + " refs/heads/main " + strings.Repeat("0", 40) + "\n")
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "git push --no-verify") {
		t.Errorf("%v\n%s", err, out)
	}
}
