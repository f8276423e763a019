package agent_test

import (
	"os"
	"path/filepath"
	"testing"

	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/render"
	"gantline.dev/gantline/workflows"
)

// TestProduct holds the example to the product's own rules: gantline.yaml and
// the flows have no problems, and Argo takes what is rendered.
func TestProduct(t *testing.T) {
	dir, _ := made(t)
	src, err := os.ReadFile(filepath.Join(dir, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := config.Parse(config.FileName, src); len(problems) > 0 {
		t.Errorf("gantline.yaml: %v", problems)
	}
	files, err := filepath.Glob(filepath.Join(dir, "workflows", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 3 {
		t.Errorf("flows are %v", files)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, objects := rendered(t, file)
			for _, problem := range render.Validate(objects) {
				t.Errorf("Argo refuses it: %s", problem)
			}
		})
	}
}

func rendered(t *testing.T, file string) (*workflows.Flow, []kube.Object) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flow, problems := workflows.Parse("workflows/"+filepath.Base(file), src)
	problems = append(problems, workflows.Check(flow, workflows.Env{
		Project: "agent", Images: []string{"train"}, DefaultImage: "train", Queues: []string{}, SlurmProfiles: []string{}, Flows: []string{flow.Name.V},
	})...)
	pins := render.Pins{"train": {Ref: base, Commit: "1234567890abcdef1234567890abcdef12345678", Workdir: "/workspace", User: "1000:1000"}}
	objects, more := render.Argo(flow, pins, render.Options{Project: "agent", DefaultImage: "train"})
	if problems = append(problems, more...); len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	return flow, objects
}
