package agent_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gantline.dev/gantline/internal/builder/buildertest"
)

// torchRoom is how many bytes TestTorch needs on the disk: wheels, a registry
// with the layers, and the unpacked image.
const torchRoom = 24 << 30

// trainStep is a training step of a few seconds, on whatever there is.
const trainStep = `import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(64, 256), torch.nn.ReLU(), torch.nn.Linear(256, 1)).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
x = torch.randn(4096, 64, device=device)
y = x.sum(dim=1, keepdim=True)
first = last = None
for _ in range(50):
    loss = torch.nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    first, last = first or loss.item(), loss.item()
assert last < first / 10, (first, last)
print("trained with torch", torch.__version__.split("+")[0], "on", device)
`

// TestTorch builds the example with PyTorch as PyPI has it for Linux, trains in
// the image, changes a line, and looks at what the next image cost. Wheels are
// kept in the user's cache directory.
func TestTorch(t *testing.T) {
	requireTorch(t)
	p := newProject(t)
	p.wheelsIn(filepath.Join(userCache(t), "gantline-e2e", "wheels"))
	p.write("train_torch.py", trainStep)
	lock, err := os.ReadFile("testdata/torch.lock")
	if err != nil {
		t.Fatal(err)
	}
	p.write("torch.lock", string(lock))
	p.replace("gantline.yaml", "requirements: [requirements.lock]", "requirements: [requirements.lock, torch.lock]")
	p.replace("gantline.yaml", "    setup: [pip check]\n", "")
	p.gantline("lock")
	p.commit("Train with PyTorch")

	first := p.build()
	t.Run("trains", func(t *testing.T) {
		node := newContainers(t, pull(t, first.ref))
		step := container{Command: []string{"python"}, Args: []string{"train_torch.py"}}
		out, err := node.command(t, step, nil, t.TempDir(), os.DevNull).Output()
		if want := "trained with torch 2.15.0 on cpu\n"; err != nil || string(out) != want {
			t.Errorf("the step printed %q (%v), want %q", out, err, want)
		}
	})
	p.replace("train_torch.py", "range(50)", "range(60)")
	p.commit("Train longer")
	second := p.build()
	t.Logf("first image: %d layers, %d bytes sent; a changed line: %d bytes sent in %d requests",
		first.layers, first.sent, second.sent, second.requests)
	if second.sent > 100_000 || second.layers < 20 {
		t.Errorf("a changed line sent %d bytes of an image of %d layers", second.sent, second.layers)
	}
}

func requireTorch(t *testing.T) {
	t.Helper()
	if os.Getenv("GANTLINE_TEST") != "torch" {
		t.Skip("installs PyTorch, gigabytes of it: set GANTLINE_TEST=torch, as make e2e does")
	}
	t.Setenv("GANTLINE_TEST", "full")
	buildertest.Require(t)
	var disk syscall.Statfs_t
	if err := syscall.Statfs(os.TempDir(), &disk); err != nil {
		t.Fatal(err)
	}
	if free := int64(disk.Bavail) * disk.Bsize; free < torchRoom {
		t.Skipf("PyTorch needs %d bytes of disk, %q has %d", int64(torchRoom), os.TempDir(), free)
	}
	answer, err := (&http.Client{Timeout: 20 * time.Second}).Head("https://pypi.org/simple/torch/")
	if err != nil {
		t.Skipf("no package index can be reached: %v", err)
	}
	answer.Body.Close()
}

func userCache(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// wheelsIn has the project keep archives in a directory that outlives the test.
func (p project) wheelsIn(dir string) {
	p.t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Symlink(dir, filepath.Join(p.settings["GANTLINE_CACHE"], "wheels")); err != nil {
		p.t.Fatal(err)
	}
}

func (p project) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p project) replace(name, old, text string) {
	p.t.Helper()
	before, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	if !strings.Contains(string(before), old) {
		p.t.Fatalf("%s has no %q", name, old)
	}
	p.write(name, strings.Replace(string(before), old, text, 1))
}

func (p project) commit(message string) {
	p.t.Helper()
	git(p.t, p.dir, "add", "--all")
	git(p.t, p.dir, "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message", message)
}

// built is an image as `gantline build -o json` tells of it.
type built struct {
	ref            string
	layers         int
	sent, requests int64
}

func (p project) build() built {
	p.t.Helper()
	var answer struct {
		Images []struct {
			Repository, Digest string
			Manifests          []struct{ Layers []json.RawMessage }
			Moved              struct{ Requests, Sent int64 }
		}
	}
	if err := json.Unmarshal(p.output("build", "-o", "json"), &answer); err != nil {
		p.t.Fatal(err)
	}
	image := answer.Images[0]
	return built{image.Repository + "@" + image.Digest, len(image.Manifests[0].Layers), image.Moved.Sent, image.Moved.Requests}
}
