package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// needsCluster skips a test that starts clusters, where nobody asked for it.
func needsCluster(t *testing.T) {
	t.Helper()
	if os.Getenv("GANTLINE_TEST") != "e2e" {
		t.Skip("starts a real cluster: set GANTLINE_TEST=e2e, or run make e2e")
	}
	if os.Geteuid() != 0 {
		t.Fatal("the test cluster needs root")
	}
}

// TestFull runs the cases on a cluster with Argo's full CRDs.
func TestFull(t *testing.T) {
	needsCluster(t)
	t.Parallel()
	w := newWorkshop(t, startCluster(t, "full", "--slurm"))
	t.Cleanup(func() { w.cluster.checkRights(t) })
	w.run(t, "cases/*.txtar", "cases/both/*.txtar")
}

// TestMinimal runs the cases of deploys on a cluster with the minimal CRDs that
// Argo's own installs up to 3.7 have, and then those without Argo.
func TestMinimal(t *testing.T) {
	needsCluster(t)
	t.Parallel()
	w := newWorkshop(t, startCluster(t, "minimal"))
	t.Run("both", func(t *testing.T) { w.run(t, "cases/both/*.txtar") })
	if _, err := w.cluster.kubectl("delete", "crd", "--all", "--timeout=60s"); err != nil {
		t.Fatal(err)
	}
	t.Run("no-argo", func(t *testing.T) { w.run(t, "cases/no-argo/*.txtar") })
}

// run runs the cases of these files.
func (w *workshop) run(t *testing.T, patterns ...string) {
	t.Helper()
	var files []string
	for _, pattern := range patterns {
		matches, err := filepath.Glob(pattern)
		if err != nil || len(matches) == 0 {
			t.Fatalf("no case matches %q: %v", pattern, err)
		}
		files = append(files, matches...)
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               w.setup,
		Cmds:                w.commands(),
		Condition: func(condition string) (bool, error) {
			return condition == "crds:"+w.cluster.crds, nil
		},
	})
}
