package builder_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/tonistiigi/fsutil"

	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/builder/buildertest"
	"gantline.dev/gantline/internal/daemon"
)

// userEnv makes the test binary a client that another user runs: it holds a
// userBuild.
const userEnv = "GANTLINE_BUILDER_TEST_USER"

type userBuild struct {
	Own builder.Own
	// Root is the file system that the step runs in.
	Root string
}

// buildAsUser starts the own daemon, builds with it and ends it.
func buildAsUser(ctx context.Context, text string) error {
	var job userBuild
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		return err
	}
	b, err := builder.Find(ctx, builder.Options{Own: &job.Own})
	if err != nil {
		return err
	}
	defer b.Close()
	files, err := fsutil.NewFS(job.Root)
	if err != nil {
		return err
	}
	// Another identity than root's: one that the user was lent.
	state := llb.Local("root").Run(llb.Args([]string{"/bin/chown", "33:33", "/bin/chown"})).Root()
	definition, err := state.Marshal(ctx)
	if err != nil {
		return err
	}
	_, err = b.Client().Solve(ctx, definition, client.SolveOpt{LocalMounts: map[string]fsutil.FS{"root": files}}, nil)
	fmt.Println(b.Describe())
	return errors.Join(err, daemon.Stop(ctx, job.Own.Dir))
}

// A user who isn't root builds with a daemon of their own, steps that change
// owners included.
func TestBuildsWithoutRoot(t *testing.T) {
	buildertest.Require(t)
	out, err := asNobody(t, "65534:100000:65536\n")
	if err != nil || !strings.Contains(out, "built in, process") {
		t.Errorf("building as nobody: %v\n%s", err, out)
	}
}

// A user whom no identities are lent is told so.
func TestBuildsWithoutRootWantIdentities(t *testing.T) {
	buildertest.Require(t)
	out, err := asNobody(t, "")
	if err == nil || !strings.Contains(out, "give the user ranges in /etc/subuid and /etc/subgid") {
		t.Errorf("building as nobody: %v\n%s", err, out)
	}
}

// asNobody runs buildAsUser as the user nobody, with the content of /etc/subuid
// and /etc/subgid that it sees, and gives what it wrote.
func asNobody(t *testing.T, lent string) (string, error) {
	t.Helper()
	dir, err := os.MkdirTemp("", "gantline-user-") // short, for sockets, and open to nobody
	if err != nil {
		t.Fatal(err)
	}
	// Files of lent identities are in it.
	t.Cleanup(func() { os.RemoveAll(dir) })
	state, root, programs := filepath.Join(dir, "d"), filepath.Join(dir, "root"), filepath.Join(dir, "bin")
	copyProgram(t, "/bin/chown", root)
	serve, buildkitd := filepath.Join(programs, "serve"), filepath.Join(programs, "buildkitd")
	copyFile(t, os.Args[0], serve)
	copyFile(t, buildertest.Buildkitd(t), buildkitd)
	ids := filepath.Join(dir, "ids")
	job := userBuild{Own: builder.Own{Dir: state, Buildkitd: buildkitd}, Root: root}
	served, err := json.Marshal(job.Own)
	if err != nil {
		t.Fatal(err)
	}
	job.Own.Command = []string{"/usr/bin/env", serveEnv + "=" + string(served), serve}
	text, err := json.Marshal(job)
	if err := errors.Join(err, os.WriteFile(ids, []byte(lent), 0o644), os.Mkdir(state, 0o700), os.Chown(state, 65534, 65534), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	script := `mount --bind "$IDS" /etc/subuid && mount --bind "$IDS" /etc/subgid &&
		exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"`
	cmd := exec.Command("unshare", "--mount", "sh", "-c", script, "sh", serve)
	cmd.Env = append(os.Environ(), "IDS="+ids, userEnv+"="+string(text), "HOME="+state)
	out, err := cmd.CombinedOutput()
	log, _ := os.ReadFile(daemon.LogPath(state))
	return string(out) + string(log), err
}

// copyFile copies a program.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(to), 0o755)
	}
	if err == nil {
		err = os.WriteFile(to, data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}
