package cli_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"gantline.dev/gantline/internal/registry"
)

// TestScripts runs testdata/script/*.txtar: each is one story, told with the
// real gantline, git and embedded registry. Images are built on scratch, so
// that neither BuildKit nor a network is needed. The commands that scripts have
// beside testscript's own are in scriptcmd_test.go.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setup,
		Cmds:                commands(),
	})
}

// fakeStep stands in for gantline-step, so that images are the same bytes
// whatever Go built the tests. Nothing runs it.
const fakeStep = "gantline-step of these tests\n"

// start is when scripts begin: the date of their first commit.
const start = "2026-01-05T12:00:00Z"

// setup gives a script a home, a fixed git identity and date, and an embedded
// registry of its own, which ends with the script.
func setup(env *testscript.Env) error {
	registryDir := filepath.Join(env.WorkDir, ".cache", "registry")
	for _, dir := range []string{filepath.Join(env.WorkDir, "home"), registryDir} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	step := filepath.Join(env.WorkDir, ".step")
	port, err := freePort()
	if err := errors.Join(
		err,
		os.WriteFile(filepath.Join(registryDir, "port"), []byte(port+"\n"), 0o600),
		os.WriteFile(step, []byte(fakeStep), 0o755),
	); err != nil {
		return err
	}
	env.Defer(func() {
		if err := registry.Stop(context.Background(), registryDir); err != nil {
			env.T().Log("stopping the registry:", err)
		}
	})
	source, err := os.Getwd()
	if err != nil {
		return err
	}
	gitconfig := filepath.Join(env.WorkDir, "home", ".gitconfig")
	for _, pair := range [][2]string{
		{asGantline, "1"},
		{clock, start},
		{"HOME", filepath.Join(env.WorkDir, "home")},
		{"GANTLINE_CACHE", filepath.Join(env.WorkDir, ".cache")},
		{"GANTLINE_STEP", step},
		{"SOURCE", source},
		{"REGISTRY", net.JoinHostPort("127.0.0.1", port)},
		{"GIT_CONFIG_NOSYSTEM", "1"},
		{"GIT_CONFIG_GLOBAL", gitconfig},
		{"GIT_AUTHOR_NAME", "Ann"}, {"GIT_AUTHOR_EMAIL", "ann@example.com"}, {"GIT_AUTHOR_DATE", start},
		{"GIT_COMMITTER_NAME", "Ann"}, {"GIT_COMMITTER_EMAIL", "ann@example.com"}, {"GIT_COMMITTER_DATE", start},
	} {
		env.Setenv(pair[0], pair[1])
	}
	return os.WriteFile(gitconfig, []byte("[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n"), 0o600)
}
