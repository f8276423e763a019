package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// workshop is what the cases on one cluster share: the example repository, its
// environment image in the cluster's registry, and gantline's builder.
type workshop struct {
	cluster *cluster
	root    string // of this checkout
	example string // the repository that cases clone
	cache   string // GANTLINE_CACHE
}

// newWorkshop makes the example repository on a base image of the cluster's
// registry, and builds it once, so that no case waits for an environment.
func newWorkshop(t *testing.T, c *cluster) *workshop {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	caches, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	w := &workshop{
		cluster: c, root: root, example: filepath.Join(t.TempDir(), "agent"),
		cache: filepath.Join(caches, "gantline-e2e"),
	}
	base := c.registry + "/base/debian:bookworm"
	gantline := filepath.Join(root, "bin", "gantline")
	env := append(gitIdentity(), "GANTLINE_CACHE="+w.cache)
	steps := [][]string{
		{root, filepath.Join(root, "hack", "base-image.sh"), base},
		{root, "go", "run", "./examples/agent/make", "--base", base, w.example},
		{w.example, "sh", "-c", "printf 'registry: " + c.registry + "/e2e\\n' >>gantline.yaml"},
		{w.example, gantline, "lock"},
		{w.example, "git", "add", "-A"},
		{w.example, "git", "commit", "-q", "-m", "Use the registry of the test cluster"},
		{w.example, gantline, "build"},
	}
	for _, step := range steps {
		if _, err := command(step[0], env, step[1], step[2:]...); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func gitIdentity() []string {
	return []string{
		"GIT_AUTHOR_NAME=Case", "GIT_AUTHOR_EMAIL=case@example.com",
		"GIT_COMMITTER_NAME=Case", "GIT_COMMITTER_EMAIL=case@example.com",
		"GIT_CONFIG_NOSYSTEM=1",
	}
}

// setup gives a case its namespace, the bootstrap in it, and credentials.
func (w *workshop) setup(env *testscript.Env) error {
	namespace := "case-" + strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")
	home := filepath.Join(env.WorkDir, ".home")
	tools := filepath.Join(env.WorkDir, ".bin")
	kubectl := fmt.Sprintf("#!/bin/sh\nexec %q --kubeconfig %q --namespace %q \"$@\"\n", w.cluster.kubectlPath, w.cluster.kubeconfig, namespace)
	if err := errors.Join(
		os.MkdirAll(home, 0o700),
		os.MkdirAll(tools, 0o755),
		os.WriteFile(filepath.Join(tools, "kubectl"), []byte(kubectl), 0o755),
		w.bootstrap(namespace),
	); err != nil {
		return err
	}
	kubeconfig := filepath.Join(env.WorkDir, ".kubeconfig")
	env.Vars = append(env.Vars, gitIdentity()...)
	env.Vars = append(env.Vars,
		"PATH="+strings.Join([]string{tools, filepath.Join(w.root, "bin"), os.Getenv("PATH")}, ":"),
		"HOME="+home, "USER=case", "NO_COLOR=1", "KUBECONFIG="+kubeconfig, "ADMIN="+w.cluster.kubeconfig, "GANTLINE_CACHE="+w.cache,
		"NS="+namespace, "REGISTRY="+w.cluster.registry, "SOURCE="+w.root,
	)
	env.Vars = append(env.Vars, w.cluster.variables...)
	state := &caseState{namespace: namespace, kubeconfig: kubeconfig}
	env.Values[stateKey{}] = state
	env.Defer(state.close)
	return w.login(state)
}

// stateKey finds a case's caseState among testscript's values.
type stateKey struct{}

// caseState is what commands of one case know of each other.
type caseState struct {
	namespace  string
	kubeconfig string
	login      credentials // what the kubeconfig holds
	mark       int64       // of the audit log
	cut        *cutter
}

func (s *caseState) close() {
	if s.cut != nil {
		s.cut.close()
	}
}

func stateOf(ts *testscript.TestScript) *caseState {
	return ts.Value(stateKey{}).(*caseState)
}

// bootstrap is what an administrator does for a namespace.
func (w *workshop) bootstrap(namespace string) error {
	if _, err := w.cluster.kubectl("create", "namespace", namespace); err != nil {
		return err
	}
	text, err := command(w.example, nil, filepath.Join(w.root, "bin", "gantline"), "render", "--bootstrap", "--namespace", namespace)
	if err != nil {
		return err
	}
	return w.cluster.apply(text)
}

// login writes the case's kubeconfig.
func (w *workshop) login(s *caseState) error {
	config, err := w.cluster.endpoint()
	if err != nil {
		return err
	}
	deploy, deployErr := w.cluster.token(s.namespace, "gantline-deploy")
	run, runErr := w.cluster.token(s.namespace, "gantline-run")
	if err := errors.Join(deployErr, runErr); err != nil {
		return err
	}
	config.Tokens = map[string]string{"deploy": deploy, "run": run}
	s.login = config
	return config.write(s.kubeconfig)
}

// targets is what a case's gantline.yaml says of its namespace, in place of the
// example's own targets.
func targets(namespace string) string {
	return fmt.Sprintf(`  targets:
    prod: {context: deploy, namespace: %[1]s}
    dev: {context: run, namespace: %[1]s, deploys: false}
run: {target: dev}
`, namespace)
}
