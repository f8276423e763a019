package agent_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/wire"
	"gantline.dev/gantline/workflows"
)

// flowRun runs the steps of a flow, in the order that a test says: what is
// rendered is taken out of the WorkflowTemplate and done by the real
// gantline-step. The test stands in for Argo, which only carries encoded values
// from one step to the next, and an executor for the kubelet.
type flowRun struct {
	t     *testing.T
	node  executor
	flow  *workflows.Flow
	steps map[string]container
	// values are encoded, by the key that a step reads them under.
	values map[string]string
}

// executor runs the process of one container. Dir is what the step's own
// volume is: an empty directory that any user may write to. Log is the
// termination log.
type executor interface {
	command(t *testing.T, step container, env []string, dir, log string) *exec.Cmd
}

// container is what matters here of a step's container.
type container struct {
	Image      string   `json:"image"`
	Command    []string `json:"command"`
	Args       []string `json:"args"`
	WorkingDir string   `json:"workingDir"`
	Env        []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"env"`
}

func newFlowRun(t *testing.T, node executor, flow *workflows.Flow, template kube.Object) *flowRun {
	t.Helper()
	r := &flowRun{t: t, node: node, flow: flow, steps: map[string]container{}, values: map[string]string{}}
	r.take(template)
	return r
}

func (r *flowRun) take(object kube.Object) {
	r.t.Helper()
	var template struct {
		Spec struct {
			Arguments struct {
				Parameters []struct{ Name, Value string }
			}
			Templates []struct {
				Name      string
				Container *container
			}
		}
	}
	if err := json.Unmarshal(object.JSON(), &template); err != nil {
		r.t.Fatal(err)
	}
	for _, parameter := range template.Spec.Arguments.Parameters {
		r.values["params-"+parameter.Name] = parameter.Value
	}
	for _, step := range template.Spec.Templates {
		if step.Container != nil {
			r.steps[step.Name] = *step.Container
		}
	}
}

// step runs a step, once or for each item, and keeps its outputs.
func (r *flowRun) step(name string) {
	r.t.Helper()
	step, ok := r.steps[name]
	if !ok {
		r.t.Fatalf("no step %q is rendered", name)
	}
	definition := r.flow.Effective(name)
	if definition.Foreach == nil {
		outputs := r.run(name, step)
		for _, output := range definition.Outputs.Keys() {
			r.values[outputKey(name, output)] = outputs[output]
		}
		return
	}
	joins := map[string][]string{}
	for i := range r.items(step, definition) {
		r.values["index"] = strconv.Itoa(i)
		outputs := r.run(name, step)
		for _, output := range definition.Outputs.Keys() {
			joins[output] = append(joins[output], outputs[output])
		}
	}
	for output, list := range joins { // as Argo writes it
		text, err := json.Marshal(list)
		if err != nil {
			r.t.Fatal(err)
		}
		r.values[outputKey(name, output)] = string(text)
	}
}

func outputKey(step, output string) string { return "steps-" + step + "-outputs-" + output }

// items puts the list of a foreach where its steps read it, and gives it.
func (r *flowRun) items(step container, definition *workflows.Step) []any {
	r.t.Helper()
	if expr := definition.Foreach.Expr; expr != nil {
		name := strings.TrimSpace(strings.Trim(expr.V, "${ }"))
		r.values["items"] = r.values[strings.ReplaceAll(name, ".", "-")]
	} else {
		for _, variable := range step.Env {
			if variable.Name == wire.InputPrefix+"items" {
				r.values["items"] = variable.Value
			}
		}
	}
	var list []any
	if err := json.Unmarshal([]byte(r.values["items"]), &list); err != nil || len(list) == 0 {
		r.t.Fatalf("the items %q are no list: %v", r.values["items"], err)
	}
	return list
}

// run runs a container's process and gives its outputs, encoded.
func (r *flowRun) run(name string, step container) map[string]string {
	r.t.Helper()
	dir, cause, err := r.execute(name, step)
	if err != nil {
		r.t.Fatalf("step %q: %v\n%s", name, err, cause)
	}
	outputs := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "encoded", "*"))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			r.t.Fatal(err)
		}
		outputs[filepath.Base(file)] = string(content)
	}
	return outputs
}

// execute runs a container's process. Cause is what the termination log holds,
// and what the process printed.
func (r *flowRun) execute(name string, step container) (dir, cause string, err error) {
	r.t.Helper()
	dir = r.t.TempDir()
	log := filepath.Join(r.t.TempDir(), "log")
	if err := errors.Join(os.Chmod(dir, 0o777), os.WriteFile(log, nil, 0o666), os.Chmod(log, 0o666)); err != nil {
		r.t.Fatal(err)
	}
	out, err := r.node.command(r.t, step, r.env(name, step), dir, log).CombinedOutput()
	ended, _ := os.ReadFile(log)
	return dir, string(ended) + "\n" + string(out), err
}

// env is the container's environment, with what Argo would have put in.
func (r *flowRun) env(name string, step container) []string {
	r.t.Helper()
	var env []string
	for _, variable := range step.Env {
		value := variable.Value
		if key, ok := strings.CutPrefix(variable.Name, wire.InputPrefix); ok && strings.Contains(value, "{{") {
			if value, ok = r.values[key]; !ok {
				r.t.Fatalf("step %q reads %q, which no step before it gave", name, key)
			}
		}
		if value == "{{retries}}" {
			value = "0"
		}
		env = append(env, variable.Name+"="+value)
	}
	return env
}

// host runs steps on this machine, in a checkout of the repository.
type host struct{ repo, shim, path string }

func (h host) command(_ *testing.T, step container, env []string, dir, log string) *exec.Cmd {
	cmd := exec.Command(h.shim, "exec", "--run-dir", dir, "--termination-log", log, step.Args[1])
	cmd.Dir = h.repo
	cmd.Env = append([]string{"PATH=" + h.path, "PYTHONPATH=" + h.repo, "PYTHONDONTWRITEBYTECODE=1", "HOME=" + dir, "LC_ALL=C.UTF-8"}, env...)
	return cmd
}

// number is an output as a number.
func (r *flowRun) number(key string) float64 {
	r.t.Helper()
	number, err := strconv.ParseFloat(r.values[key], 64)
	if err != nil {
		r.t.Fatalf("value %q: %v", key, err)
	}
	return number
}

// shim builds gantline-step.
func shim(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "gantline-step")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", file, "gantline.dev/gantline/cmd/gantline-step")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building gantline-step: %v\n%s", err, out)
	}
	return file
}

// python gives a PATH whose first python has what requirements.lock names.
func python(t *testing.T, repo string) (path string) {
	t.Helper()
	executable := system(t)
	dir := t.TempDir()
	probe := exec.Command(executable, "-c", "import msgpack, yaml, tqdm; assert yaml.__with_libyaml__")
	if probe.Run() == nil && onPath("tqdm") {
		if err := os.Symlink(executable, filepath.Join(dir, "python")); err != nil {
			t.Fatal(err)
		}
		return dir + ":" + os.Getenv("PATH")
	}
	if os.Getenv("GANTLINE_TEST") != "full" {
		t.Skip("this machine's Python lacks what the example's requirements.lock names; GANTLINE_TEST=full installs it for the test")
	}
	version, err := exec.Command(executable, "-c", "import sys; print(sys.version_info[:2])").Output()
	if err != nil || strings.TrimSpace(string(version)) != "(3, 11)" {
		t.Skipf("the example's lock is for Python 3.11, and this machine has %s (error %v)", version, err)
	}
	venv := filepath.Join(dir, "venv")
	for _, args := range [][]string{
		{executable, "-m", "venv", venv},
		{filepath.Join(venv, "bin", "pip"), "install", "--quiet", "--require-hashes", "-r", filepath.Join(repo, "requirements.lock")},
		{filepath.Join(venv, "bin", "pip"), "check"},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	return filepath.Join(venv, "bin") + ":" + os.Getenv("PATH")
}

// system is the machine's own python3.
func system(t *testing.T) string {
	t.Helper()
	executable, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Skipf("no python3 on this machine: %v", err)
	}
	return strings.TrimSpace(string(executable))
}

func onPath(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

func TestPythonCompiles(t *testing.T) {
	repo, _ := made(t)
	cmd := exec.Command(system(t), "-m", "compileall", "-q", ".")
	cmd.Dir = repo
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// checkOutTokenizer does for one file what git lfs checkout does: the content
// takes the place of its pointer.
func checkOutTokenizer(t *testing.T, repo string) {
	t.Helper()
	path := filepath.Join(repo, "assets", "tokenizer.model")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pointer, ok := gitrepo.ParsePointer(text)
	if !ok {
		t.Fatalf("%s is no pointer", path)
	}
	content, err := os.ReadFile(filepath.Join(repo, ".git", "lfs", "objects", pointer.OID[:2], pointer.OID[2:4], pointer.OID))
	if err == nil {
		err = os.WriteFile(path, content, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestStepsRun(t *testing.T) {
	repo, _ := made(t)
	checkOutTokenizer(t, repo)
	path := python(t, repo)

	t.Run("tests of the repository itself", func(t *testing.T) {
		cmd := exec.Command("env", "PATH="+path, "PYTHONDONTWRITEBYTECODE=1", "python", "-m", "unittest", "discover", "tests")
		cmd.Dir = repo
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	node := host{repo: repo, shim: shim(t), path: path}
	runFlows(t, func(t *testing.T, name string) *flowRun {
		flow, objects := rendered(t, filepath.Join(repo, "workflows", name+".yaml"))
		for _, object := range objects {
			if object.Kind == "WorkflowTemplate" {
				return newFlowRun(t, node, flow, object)
			}
		}
		t.Fatalf("no WorkflowTemplate is rendered of %q", name)
		return nil
	})
}

// runFlows runs every flow of the example and looks at what comes out.
func runFlows(t *testing.T, begin func(t *testing.T, name string) *flowRun) {
	t.Run("finetune-eval", func(t *testing.T) {
		r := begin(t, "finetune-eval")
		for _, step := range []string{"setup", "train", "freeze", "eval", "report", "release"} {
			r.step(step)
		}
		if mean := r.number(outputKey("report", "mean")); mean < 0.6 || mean > 1 {
			t.Errorf("mean recall is %v", mean)
		}
		r.values["run-verdict"] = `"succeeded"`
		r.step("cleanup")
	})
	t.Run("nightly-data-check", func(t *testing.T) {
		r := begin(t, "nightly-data-check")
		for _, step := range []string{"count", "validate", "balance"} {
			r.step(step)
		}
		got := fmt.Sprint(r.values[outputKey("count", "lines")], " ", r.values[outputKey("validate", "problems")])
		if got != "600 0" {
			t.Errorf("episodes and problems are %s", got)
		}
		// Argo would not start the alarm now; where it does, it fails.
		_, cause, err := r.execute("alarm", r.steps["alarm"])
		var exited *exec.ExitError
		if !errors.As(err, &exited) || exited.ExitCode() != 1 || !strings.Contains(cause, "0 of 600 episodes are bad") {
			t.Errorf("the alarm ended with %v and\n%s", err, cause)
		}
	})
	t.Run("sweep", func(t *testing.T) {
		r := begin(t, "sweep")
		for _, step := range []string{"plan", "baseline", "trial", "best"} {
			r.step(step)
		}
		if lr := r.number(outputKey("best", "lr")); lr != 0.01 && lr != 0.1 && lr != 1 {
			t.Errorf("the best learning rate is %v", lr)
		}
	})
}
