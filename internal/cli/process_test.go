package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/registry"
)

// workplace is a repository of testdata/project in which tests run gantline as
// a process of its own, against a real registry behind a proxy.
type workplace struct {
	t     *testing.T
	dir   string
	env   []string
	proxy *faultproxy.Proxy
	// deployed is the git directory whose rendered branch counts.
	deployed string
}

func newWorkplace(t *testing.T) *workplace {
	t.Helper()
	home := t.TempDir()
	w := &workplace{t: t, dir: filepath.Join(home, "repo"), deployed: ".git"}
	step := filepath.Join(home, "step")
	w.env = append(os.Environ(),
		asGantline+"=1", clock+"="+start, "HOME="+home, "GANTLINE_CACHE="+filepath.Join(home, "cache"), "GANTLINE_STEP="+step,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.com", "GIT_AUTHOR_DATE="+start,
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.com", "GIT_COMMITTER_DATE="+start,
	)
	w.check(os.WriteFile(step, []byte(fakeStep), 0o755))
	w.check(os.CopyFS(w.dir, os.DirFS("testdata/project")))
	app, err := registry.NewApp(context.Background(), t.TempDir(), io.Discard)
	w.check(err)
	server := httptest.NewUnstartedServer(app)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients are cut off here
	server.Start()
	t.Cleanup(func() { server.Close(); app.Close() })
	w.proxy = faultproxy.New(t, server.URL)
	w.git("init", "-q", "-b", "main")
	w.configure("\nregistry: " + w.proxy.Host() + "\n")
	w.must("lock")
	w.commit("First")
	return w
}

func (w *workplace) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// configure appends to gantline.yaml.
func (w *workplace) configure(text string) {
	w.t.Helper()
	path := filepath.Join(w.dir, "gantline.yaml")
	content, err := os.ReadFile(path)
	w.check(err)
	w.check(os.WriteFile(path, append(content, text...), 0o644))
}

func (w *workplace) commit(message string) {
	w.t.Helper()
	w.git("add", "-A")
	w.git("commit", "-q", "-m", message)
}

func (w *workplace) git(args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = w.dir, w.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// process is a gantline that runs or has run.
type process struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
}

// start starts gantline in the repository.
func (w *workplace) start(args ...string) *process {
	w.t.Helper()
	self, err := os.Executable()
	w.check(err)
	p := &process{Cmd: exec.Command(self, args...)}
	p.Dir, p.Env, p.Stdout, p.Stderr = w.dir, w.env, &p.stdout, &p.stderr
	w.check(p.Start())
	return p
}

// wait is the exit code; -1 where a signal ended it.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	err := p.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// must runs gantline, which must end well, and returns its answer.
func (w *workplace) must(args ...string) string {
	w.t.Helper()
	p := w.start(args...)
	if code := p.wait(w.t); code != 0 {
		w.t.Fatalf("gantline %s: exit code %d\n%s", strings.Join(args, " "), code, p.stderr.String())
	}
	return p.stdout.String()
}

// digest is the digest that HEAD's image must have: that of a layout, which no
// registry has a part in.
func (w *workplace) digest() string {
	w.t.Helper()
	var answer struct{ Images []struct{ Digest string } }
	w.check(json.Unmarshal([]byte(w.must("build", "--to", "oci:"+filepath.Join(w.t.TempDir(), "out"), "-o", "json")), &answer))
	if len(answer.Images) != 1 {
		w.t.Fatalf("%d images", len(answer.Images))
	}
	return answer.Images[0].Digest
}

// verdict is what the record of HEAD says; empty where there is none.
func (w *workplace) verdict() string {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(w.dir, ".gantline", "commits", w.git("rev-parse", "HEAD"), "run.json"))
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	w.check(err)
	var record struct{ Verdict string }
	w.check(json.Unmarshal(content, &record))
	return record.Verdict
}

// deploys is how many commits the rendered branch has.
func (w *workplace) deploys() int {
	w.t.Helper()
	n, err := strconv.Atoi(w.git("--git-dir", w.deployed, "rev-list", "--count", "--glob=refs/heads/gantline-*"))
	w.check(err)
	return n
}

// recovers runs the pipeline again after something went wrong: it must succeed
// with the image of an undisturbed run, one deploy and a whole record, and
// leave nothing of the earlier run behind.
func (w *workplace) recovers(digest string) {
	w.t.Helper()
	if answer := w.must("pipeline", "--deploy", "rendered"); !strings.Contains(answer, digest) {
		w.t.Errorf("running again gave another image than %s:\n%s", digest, answer)
	}
	if n := w.deploys(); n != 1 {
		w.t.Errorf("%d deploys, not one", n)
	}
	if v := w.verdict(); v != "passed" {
		w.t.Errorf("the record says %q", v)
	}
	entries, err := os.ReadDir(filepath.Join(w.dir, ".gantline", "commits", w.git("rev-parse", "HEAD")))
	w.check(err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if got := strings.Join(names, " "); got != ".lock rendered report.html run.json" {
		w.t.Errorf("the record holds %s", got)
	}
	if status := w.git("status", "--porcelain"); status != "" {
		w.t.Errorf("the work tree is not clean:\n%s", status)
	}
}

// stride leaves requests out: each case takes two processes. Which ones are
// left out differs between the signals.
const stride = 4

// TestSignals interrupts and kills a real pipeline at requests of its first
// build. An interrupted one says so and exits with 130; either can be run
// again, and nothing is lost.
func TestSignals(t *testing.T) {
	t.Parallel()
	first := newWorkplace(t)
	first.must("pipeline", "--deploy", "rendered")
	requests := first.proxy.Counts().Total().Requests
	if requests < 10 {
		t.Fatalf("a first pipeline takes only %d requests", requests)
	}
	for i, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		for n := 1 + 2*i; n <= requests; n += stride {
			t.Run(signal.String()+" "+strconv.Itoa(n), func(t *testing.T) {
				t.Parallel()
				signalled(t, signal, n)
			})
		}
	}
}

func signalled(t *testing.T, signal syscall.Signal, n int) {
	w := newWorkplace(t)
	digest := w.digest()
	started := make(chan *process, 1)
	w.proxy.Add(faultproxy.Fault{Nth: n, Action: faultproxy.Call(func() {
		p := <-started
		started <- p
		if err := p.Process.Signal(signal); err != nil {
			t.Error(err)
		}
	})})
	p := w.start("pipeline", "--deploy", "rendered")
	started <- p
	code := p.wait(t)
	if w.proxy.Fired() != 1 {
		t.Fatalf("the signal was sent %d times", w.proxy.Fired())
	}
	wantCode, wantVerdict := -1, "running"
	if signal == syscall.SIGINT {
		wantCode, wantVerdict = 130, "interrupted"
	}
	if code != wantCode || w.verdict() != wantVerdict {
		t.Errorf("exit code %d and verdict %q, not %d and %q\n%s", code, w.verdict(), wantCode, wantVerdict, p.stderr.String())
	}
	if signal == syscall.SIGINT && !strings.Contains(p.stderr.String(), "gantline: interrupted; ") {
		t.Errorf("it does not say that it was interrupted:\n%s", p.stderr.String())
	}
	w.recovers(digest)
}

// TestKilledWhilePushing kills the pipeline while the remote of a pushed target
// decides, which it then does against the push, and right after it has moved.
func TestKilledWhilePushing(t *testing.T) {
	t.Parallel()
	for hook, status := range map[string]string{"pre-receive": "1", "post-receive": "0"} {
		t.Run(hook, func(t *testing.T) {
			t.Parallel()
			w := newWorkplace(t)
			remote := filepath.Join(t.TempDir(), "remote.git")
			pid := filepath.Join(t.TempDir(), "pid")
			w.git("init", "-q", "--bare", remote)
			w.deployed = remote
			w.git("remote", "add", "origin", remote)
			path := filepath.Join(w.dir, "gantline.yaml")
			content, err := os.ReadFile(path)
			w.check(err)
			w.check(os.WriteFile(path, bytes.Replace(content, []byte("gantline-rendered}"), []byte("gantline-rendered, push: origin}"), 1), 0o644))
			w.commit("Push")
			w.git("push", "-q", "origin", "main")
			digest := w.digest()
			script := "#!/bin/sh\nwhile ! test -s " + pid + "; do sleep 0.01; done\nkill -KILL $(cat " + pid + ")\nexit " + status + "\n"
			w.check(os.WriteFile(filepath.Join(remote, "hooks", hook), []byte(script), 0o755))
			p := w.start("pipeline", "--deploy", "rendered")
			w.check(os.WriteFile(pid, []byte(strconv.Itoa(p.Process.Pid)), 0o600))
			if code := p.wait(t); code != -1 {
				t.Fatalf("it was not killed: exit code %d\n%s", code, p.stderr.String())
			}
			w.check(os.Remove(filepath.Join(remote, "hooks", hook)))
			w.recovers(digest)
		})
	}
}

// TestTwoAtOnce runs two pipelines of one commit at the same time, on a registry
// that is there and on the embedded one, which both want to start: both end
// well, there is one deploy, and the record is whole.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	for _, registry := range []string{"there", "embedded"} {
		t.Run(registry, func(t *testing.T) {
			t.Parallel()
			w := newWorkplace(t)
			if registry == "embedded" {
				w.embedded()
			}
			digest := w.digest()
			both := []*process{w.start("pipeline", "--deploy", "rendered"), w.start("pipeline", "--deploy", "rendered")}
			for _, p := range both {
				if code := p.wait(t); code != 0 || !strings.Contains(p.stdout.String(), digest) {
					t.Errorf("exit code %d\n%s%s", code, p.stdout.String(), p.stderr.String())
				}
			}
			w.recovers(digest)
		})
	}
}

// embedded takes the project to the embedded registry, which ends with the test.
func (w *workplace) embedded() {
	w.t.Helper()
	home := filepath.Dir(w.dir)
	dir := filepath.Join(home, "cache", "registry")
	port, err := freePort()
	w.check(err)
	w.check(os.MkdirAll(dir, 0o700))
	w.check(os.WriteFile(filepath.Join(dir, "port"), []byte(port+"\n"), 0o600))
	w.t.Cleanup(func() {
		if err := registry.Stop(context.Background(), dir); err != nil {
			w.t.Error(err)
		}
	})
	path := filepath.Join(w.dir, "gantline.yaml")
	content, err := os.ReadFile(path)
	w.check(err)
	before, _, _ := bytes.Cut(content, []byte("\nregistry: "))
	w.check(os.WriteFile(path, before, 0o644))
	w.commit("The embedded registry")
}

// TestOldAndNewAtOnce deploys two commits of the deploy branch at the same
// time: whichever is first, the newer one is deployed in the end, and the older
// one is refused or comes before it.
func TestOldAndNewAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorkplace(t)
	w.check(os.WriteFile(filepath.Join(w.dir, "agent", "train"), []byte("train longer\n"), 0o755))
	w.commit("Newer")
	w.must("build", "HEAD~1")
	w.must("build", "HEAD")
	older, newer := w.start("deploy", "HEAD~1"), w.start("deploy", "HEAD")
	if code := newer.wait(t); code != 0 {
		t.Errorf("the newer one: exit code %d\n%s", code, newer.stderr.String())
	}
	if code := older.wait(t); code != 0 && code != 3 {
		t.Errorf("the older one: exit code %d\n%s", code, older.stderr.String())
	}
	subject := w.git("log", "-1", "--format=%s", "gantline-rendered")
	if !strings.HasSuffix(subject, ": Newer") {
		t.Errorf("deployed is %q", subject)
	}
}
