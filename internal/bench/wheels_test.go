package bench

import (
	"archive/zip"
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/builder/buildertest"
	"gantline.dev/gantline/internal/fakes/faultproxy"
)

// wheelsRoom is how many bytes of disk the group needs: wheels, two registries'
// worth of layers, and what BuildKit keeps of an environment that pip installed.
const wheelsRoom = 40 << 30

// wheelLab is a project whose environment has PyTorch.
type wheelLab struct {
	t       *testing.T
	repo    repo
	proxy   *faultproxy.Proxy
	builder string
	cache   string
	wheels  string // where archives are kept
	base    string
	lock    map[string]string // a package's lines of the lock
}

// pythonWheels measures an environment of about a hundred packages, PyTorch
// among them, in which one small package changes at a time.
func pythonWheels(t *testing.T) section {
	t.Helper()
	title := "An environment with PyTorch, in which one of 102 packages changes"
	if why := wheelsLack(); why != "" {
		return section{title, []row{{what: "gantline build", goal: why}}}
	}
	l := newWheelLab(t)
	say("the environment, once: archives of 3.1 GB are fetched where they are not kept yet")
	begun := time.Now()
	first, count := l.build()
	whole := pythonBytes(first)
	firstRow := countRow("the first image, archives kept", cost{took: time.Since(begun)}, count)
	firstRow.cpu = ""
	others := lockLines(t, "testdata/wheels-other.lock")
	var costs []time.Duration
	var pushed, pulled []int64
	var requests []int
	before := first
	for _, name := range slices.Sorted(maps.Keys(others)) {
		l.lock[name] = others[name]
		l.commit(name)
		begun := time.Now()
		image, count := l.build()
		costs, requests = append(costs, time.Since(begun)), append(requests, count.Requests)
		pushed = append(pushed, count.In)
		pulled = append(pulled, newBytes(before, image))
		before = image
	}
	ours := row{what: "gantline build, one package changed", time: duration(median(costs)), requests: fmt.Sprint(median(requests)), sent: size(mean(pushed)), received: size(mean(pulled))}
	share := float64(mean(pulled)) / float64(whole) * 100
	ours.goal = verdict(share < 1, fmt.Sprintf("%.2f %% of %s pulled in the mean, < 1 %%", share, size(whole)))
	worst := row{what: "  the worst of them", sent: size(slices.Max(pushed)), received: size(slices.Max(pulled))}
	if share >= 1 {
		t.Errorf("one changed package costs %.2f %% of the environment", share)
	}
	pip, count := l.pip()
	pipRow := countRow("one layer of pip install, archives at hand, once", pip, count)
	pipRow.ratio, pipRow.cpu = fmt.Sprintf("%.0f×", pip.took.Seconds()/median(costs).Seconds()), ""
	pipRow.received = pipRow.sent
	return section{title, []row{firstRow, ours, worst, pipRow}}
}

// wheelsLack is why the group can't be measured here, or "".
func wheelsLack() string {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(os.TempDir(), &disk); err != nil {
		return err.Error()
	}
	if free := int64(disk.Bavail) * disk.Bsize; free < wheelsRoom {
		return fmt.Sprintf("not measured: %s of disk are free, %s are needed", size(free), size(wheelsRoom))
	}
	answer, err := (&http.Client{Timeout: 20 * time.Second}).Head("https://pypi.org/simple/torch/")
	if err != nil {
		return "not measured: no package index can be reached"
	}
	answer.Body.Close()
	return ""
}

func newWheelLab(t *testing.T) *wheelLab {
	t.Helper()
	user, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	l := &wheelLab{
		t: t, repo: newRepo(t), cache: t.TempDir(),
		wheels:  filepath.Join(user, "gantline-e2e", "wheels"),
		proxy:   faultproxy.New(t, "http://"+serve(t, t.TempDir())),
		builder: "unix://" + buildertest.Serve(t),
		lock:    lockLines(t, "testdata/wheels.lock"),
	}
	err = os.MkdirAll(l.wheels, 0o755)
	if err == nil {
		err = os.Symlink(l.wheels, filepath.Join(l.cache, "wheels"))
	}
	if err != nil {
		t.Fatal(err)
	}
	l.base = l.proxy.Host() + "/base/debian:bookworm"
	buildertest.Run(t, "base-image.sh", l.base)
	l.repo.write("gantline.yaml", []byte(`project: bench
registry: `+l.proxy.Host()+`/ml
flows: []
images: {train: {base: "`+l.base+`", python: {requirements: wheels.lock}}}
`))
	l.repo.write("train.py", []byte("import torch\n"))
	l.commit("First")
	l.gantline("lock")
	l.commit("Lock")
	return l
}

// commit writes the lock and commits all.
func (l *wheelLab) commit(message string) {
	l.t.Helper()
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(l.lock)) {
		text.WriteString(l.lock[name])
	}
	l.repo.write("wheels.lock", []byte(text.String()))
	l.repo.commit(message)
}

func (l *wheelLab) gantline(args ...string) []byte {
	l.t.Helper()
	cmd := exec.Command(binary(l.t, "gantline"), append(args, "--quiet", "--repo", l.repo.dir)...)
	cmd.Env = append(os.Environ(), "GANTLINE_CACHE="+l.cache, "BUILDKIT_HOST="+l.builder)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		l.t.Fatalf("%v: %v\n%s", cmd.Args, err, &problems)
	}
	return out
}

func (l *wheelLab) build() (build.Image, faultproxy.Count) {
	l.t.Helper()
	l.proxy.Reset()
	out := l.gantline("build", "-o", "json")
	var document struct {
		Images []build.Image `json:"images"`
	}
	if err := json.Unmarshal(out, &document); err != nil || len(document.Images) != 1 {
		l.t.Fatalf("gantline build printed: %v\n%s", err, out)
	}
	return document.Images[0], l.proxy.Counts().Total()
}

// pip has BuildKit install the lock as one layer and push it. The base and the
// archives are with the builder before.
func (l *wheelLab) pip() (cost, faultproxy.Count) {
	l.t.Helper()
	house := l.named()
	write := func(dockerfile string) {
		l.repo.write("Dockerfile", []byte("FROM "+l.base+"\n"+dockerfile))
	}
	solve := func(tag string) cost {
		return run(l.t, exec.Command(buildertest.Run(l.t, "tool.sh", "buildctl"), "--addr", l.builder, "build", "--progress", "plain",
			"--frontend", "dockerfile.v0", "--local", "context="+l.repo.dir, "--local", "dockerfile="+l.repo.dir,
			"--local", "wheels="+house, "--opt", "context:wheels=local:wheels",
			"--output", "type=image,push=true,name="+l.proxy.Host()+"/pip/train:"+tag))
	}
	say("pip install by BuildKit, once: some minutes")
	const mount = "RUN --mount=type=bind,from=wheels,target=/wheels "
	write(mount + "ls /wheels >/names\n")
	solve("warm")
	write("COPY wheels.lock /\n" + mount + "python3 -m venv /opt/venv && /opt/venv/bin/pip install --quiet --no-index --no-deps --find-links /wheels --require-hashes -r /wheels.lock\n")
	l.proxy.Reset()
	c := solve("pip")
	return c, l.proxy.Counts().Total()
}

// named is a directory with the lock's wheels under the names that pip knows
// them by.
func (l *wheelLab) named() string {
	l.t.Helper()
	dir := l.t.TempDir()
	for _, lines := range l.lock {
		for _, word := range strings.Fields(lines) {
			hash, ok := strings.CutPrefix(word, "--hash=sha256:")
			if !ok {
				continue
			}
			file := filepath.Join(l.wheels, hash[:2], hash+".whl")
			if _, err := os.Stat(file); err != nil {
				continue // another one of this version was chosen
			}
			name, err := wheelName(file)
			if err == nil {
				err = os.Link(file, filepath.Join(dir, name))
			}
			if err != nil {
				l.t.Fatal(err)
			}
		}
	}
	return dir
}

// wheelName is the name of a wheel, from what it says of itself.
func wheelName(file string) (string, error) {
	archive, err := zip.OpenReader(file)
	if err != nil {
		return "", err
	}
	defer archive.Close()
	for _, member := range archive.File {
		dir, base := path.Split(member.Name)
		if base != "WHEEL" || strings.Count(dir, "/") != 1 || !strings.HasSuffix(dir, ".dist-info/") {
			continue
		}
		content, err := member.Open()
		if err != nil {
			return "", err
		}
		defer content.Close()
		var tags []string
		lines := bufio.NewScanner(io.LimitReader(content, 1<<20))
		for lines.Scan() {
			if tag, ok := strings.CutPrefix(lines.Text(), "Tag: "); ok {
				tags = append(tags, strings.TrimSpace(tag))
			}
		}
		if len(tags) == 0 {
			return "", fmt.Errorf("%s names no tag", file)
		}
		return strings.TrimSuffix(dir, ".dist-info/") + "-" + tags[len(tags)-1] + ".whl", lines.Err()
	}
	return "", fmt.Errorf("%s has no WHEEL", file)
}

// lockLines is a lock's lines by package.
func lockLines(t *testing.T, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	current := ""
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		if name, _, ok := strings.Cut(line, "=="); ok && !strings.HasPrefix(line, " ") {
			current = name
		}
		out[current] += line
	}
	return out
}

// pythonBytes is the size of an image's layers of packages.
func pythonBytes(image build.Image) (n int64) {
	for _, layer := range image.Manifests[0].Layers {
		if layer.Kind == build.KindPython {
			n += layer.Size
		}
	}
	return n
}

// newBytes is what a node pulls of an image's packages that has the other one.
func newBytes(before, after build.Image) (n int64) {
	has := map[string]bool{}
	for _, layer := range before.Manifests[0].Layers {
		has[layer.Digest] = true
	}
	for _, layer := range after.Manifests[0].Layers {
		if layer.Kind == build.KindPython && !has[layer.Digest] {
			n += layer.Size
		}
	}
	return n
}

func mean(all []int64) int64 {
	var sum int64
	for _, n := range all {
		sum += n
	}
	return sum / int64(len(all))
}

// TestWheelLocks reads the locks that the group measures.
func TestWheelLocks(t *testing.T) {
	lock, others := lockLines(t, "testdata/wheels.lock"), lockLines(t, "testdata/wheels-other.lock")
	if len(lock) != 102 || len(others) != 10 {
		t.Errorf("%d and %d packages", len(lock), len(others))
	}
	for name, lines := range others {
		if lock[name] == "" || lock[name] == lines || !strings.Contains(lines, "--hash=sha256:") {
			t.Errorf("%s: %q instead of %q", name, lines, lock[name])
		}
	}
}
