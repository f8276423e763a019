package runs

import (
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Shutdown is how a run is stopped.
type Shutdown string

// The ways to stop a run.
const (
	// Stop ends the steps and starts on_exit. Argo 3.7 judges a DAG of a stopped
	// run at once: of on_exit, the steps that wait for no other start, and
	// nothing waits for them.
	Stop Shutdown = "Stop"
	// Terminate ends everything at once, without on_exit.
	Terminate Shutdown = "Terminate"
)

// Stop asks Argo to stop the run. It does not wait for its end, and changes
// nothing of a run that ended.
func (c *Client) Stop(ctx context.Context, name string, how Shutdown) error {
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"shutdown": how}})
	if err != nil {
		return fmt.Errorf("stopping run %q: %w", name, err)
	}
	ctx, cancel := context.WithTimeout(ctx, c.pause.request)
	defer cancel()
	_, err = c.workflows().Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: "gantline-run"})
	return c.cluster.Explain(fmt.Sprintf("stopping run %q", name), err)
}
