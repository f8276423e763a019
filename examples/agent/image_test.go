package agent_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	agent "gantline.dev/gantline/examples/agent"
	"gantline.dev/gantline/internal/builder/buildertest"
	"gantline.dev/gantline/internal/cli"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/registry"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/workflows"
)

// TestStepsRunInTheirImage takes the example through the real pipeline, with a
// registry and a BuildKit daemon of the test's own, and runs what was rendered
// in containers of the image that was pushed, as its user.
func TestStepsRunInTheirImage(t *testing.T) {
	buildertest.Require(t)
	p := newProject(t)
	p.gantline("lock")
	git(t, p.dir, "add", "--all")
	git(t, p.dir, "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message", "Pin the base image")
	p.gantline("pipeline")

	templates := p.templates()
	ref := imageOf(t, templates)
	node := newContainers(t, pull(t, ref))
	t.Run("files", func(t *testing.T) { checkFiles(t, node.root) })
	t.Run("user and environment", func(t *testing.T) { checkEnvironment(t, node) })
	runFlows(t, func(t *testing.T, name string) *flowRun {
		file := filepath.Join(p.dir, "workflows", name+".yaml")
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		flow, problems := workflows.Parse(file, src)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return newFlowRun(t, node, flow, templates[name])
	})
}

// project is the example with a registry and a builder.
type project struct {
	t        *testing.T
	dir      string
	settings map[string]string
}

func newProject(t *testing.T) project {
	t.Helper()
	app, err := registry.NewApp(t.Context(), t.TempDir(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(app)
	t.Cleanup(func() {
		server.Close()
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	})
	host := strings.TrimPrefix(server.URL, "http://")
	base := host + "/base/debian:bookworm"
	buildertest.Run(t, "base-image.sh", base)

	dir := filepath.Join(t.TempDir(), "agent")
	if _, err := agent.Make(t.Context(), dir, agent.Options{Base: base}); err != nil {
		t.Fatal(err)
	}
	config, err := os.OpenFile(filepath.Join(dir, "gantline.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer config.Close()
	if _, err := fmt.Fprintf(config, "registry: %s/ml\n", host); err != nil {
		t.Fatal(err)
	}
	return project{t, dir, map[string]string{
		"GANTLINE_CACHE": t.TempDir(),
		"GANTLINE_STEP":  shim(t),
		"BUILDKIT_HOST":  "unix://" + buildertest.Serve(t),
	}}
}

// gantline is the command line itself, in this process.
func (p project) gantline(args ...string) {
	p.t.Helper()
	p.t.Logf("gantline %v\n%s", args, p.output(args...))
}

// output is what a command answers.
func (p project) output(args ...string) []byte {
	p.t.Helper()
	double := streams.Test()
	getenv := func(name string) string {
		if value, ok := p.settings[name]; ok {
			return value
		}
		return os.Getenv(name) // package indexes and proxies
	}
	process := cli.Process{Version: "test", Streams: double.Streams, Getenv: getenv}
	if code := cli.Main(p.t.Context(), append(args, "--repo", p.dir), process); code != 0 {
		p.t.Fatalf("gantline %v ended with %d\n%s%s", args, code, double.Stdout(), double.Stderr())
	}
	return []byte(double.Stdout())
}

// templates are the WorkflowTemplates that the pipeline left, by flow.
func (p project) templates() map[string]kube.Object {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, ".gantline", "commits", "*", "rendered", "workflowtemplate-*.yaml"))
	if err != nil {
		p.t.Fatal(err)
	}
	if len(files) != 3 {
		p.t.Fatalf("rendered are %v, want three WorkflowTemplates", files)
	}
	templates := map[string]kube.Object{}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			p.t.Fatal(err)
		}
		object, err := kube.Parse(src, diag.Position{File: file})
		if err != nil {
			p.t.Fatal(err)
		}
		templates[strings.TrimPrefix(object.Name, "agent-")] = object
	}
	return templates
}

// imageOf is the one image that all steps run in.
func imageOf(t *testing.T, templates map[string]kube.Object) string {
	t.Helper()
	ref := ""
	for name, template := range templates {
		for step, c := range newFlowRun(t, nil, nil, template).steps {
			if ref == "" {
				ref = c.Image
			}
			if c.Image != ref || !strings.Contains(ref, "@sha256:") {
				t.Errorf("step %s of %s runs in %q, others in %q", step, name, c.Image, ref)
			}
		}
	}
	return ref
}

func pull(t *testing.T, ref string) v1.Image {
	t.Helper()
	digest, err := name.NewDigest(ref)
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(digest, remote.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// checkFiles looks at every file of the image: code belongs to the user, and no
// file is the pointer of one that Git LFS has.
func checkFiles(t *testing.T, root string) {
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, root)
		seen[name] = true
		info, err := entry.Info()
		if err != nil {
			return err
		}
		owner := info.Sys().(*syscall.Stat_t)
		if (name == "/workspace" || strings.HasPrefix(name, "/workspace/")) && (owner.Uid != 1000 || owner.Gid != 1000) {
			t.Errorf("%s belongs to %d:%d", name, owner.Uid, owner.Gid)
		}
		if !info.Mode().IsRegular() || info.Size() > 1024 {
			return nil
		}
		text, err := os.ReadFile(path)
		if strings.HasPrefix(string(text), "version https://git-lfs") {
			t.Errorf("%s is a pointer to what Git LFS has", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"/workspace/train.py": true, "/workspace/docs/prompt.md": true, "/opt/gantline/gantline-step": true,
		"/workspace/notebooks": false, "/workspace/docs/data.md": false, "/workspace/assets/tokenizer.model": true, "/workspace/assets/reward.model": false,
	} {
		if seen[name] != want {
			t.Errorf("the image has %s: %v, want %v", name, seen[name], want)
		}
	}
}

// checkEnvironment looks around as a step does, outside the code's directory.
func checkEnvironment(t *testing.T, node containers) {
	for _, probe := range []struct{ name, script, want string }{
		{"user", "whoami; id -u; id -g; python -c 'import getpass; print(getpass.getuser())'", "gantline\n1000\n1000\ngantline\n"},
		{"home", `echo kept >"$HOME/x"; cat ~/x; stat -c %U "$HOME"`, "kept\ngantline\n"},
		{"code", "cd /; python -c 'import agent.model; print(agent.model.__file__)'", "/workspace/agent/model.py\n"},
		{"compiled", "cd /; python -c 'import msgpack._cmsgpack, yaml; print(yaml.__with_libyaml__)'", "True\n"},
		{"console script", "printf '1\\n2\\n' | tqdm 2>/dev/null", "1\n2\n"},
		{"scratch space", "echo x >/tmp/x && echo x >/workspace/x && cat /tmp/x /workspace/x", "x\nx\n"},
		{"shim", "/opt/gantline/gantline-step --version >/dev/null && echo runs", "runs\n"},
	} {
		t.Run(probe.name, func(t *testing.T) {
			step := container{Command: []string{"/bin/sh"}, Args: []string{"-ec", probe.script}}
			cmd := node.command(t, step, nil, t.TempDir(), os.DevNull)
			out, err := cmd.Output()
			if err != nil || string(out) != probe.want {
				var exited *exec.ExitError
				t.Errorf("%s printed %q (%v), want %q", probe.script, out, err, probe.want)
				if errors.As(err, &exited) {
					t.Logf("%s", exited.Stderr)
				}
			}
		})
	}
}
