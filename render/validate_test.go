package render_test

import (
	"strings"
	"testing"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/render"
)

// TestValidate: what Argo would refuse is found at its source.
func TestValidate(t *testing.T) {
	tests := map[string]struct{ src, want string }{
		"no such template": {`
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: a}
spec: {entrypoint: main, templates: [{name: main, dag: {tasks: [{name: x, template: nowhere}]}}]}`, "nowhere"},
		"unknown variable": {`
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: a}
spec: {entrypoint: main, templates: [{name: main, container: {image: a, args: ["{{inputs.parameters.x}}"]}}]}`, "failed to resolve {{inputs.parameters.x}}"},
		"a cron of nothing": {`
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: a}
spec: {schedules: ["0 0 * * *"], workflowSpec: {workflowTemplateRef: {name: b}}}`, `no WorkflowTemplate "b" among the rendered objects`},
		"a cron that is none": {`
apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: a}
spec: {schedules: [daily], workflowSpec: {entrypoint: x}}`, "cron schedule daily is malformed"},
		"another kind":    {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}", ""},
		"a wrong shape":   {"apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nmetadata: {name: a}\nspec: 1", "decoding CronWorkflow/a"},
		"a wrong shape 2": {"apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {name: a}\nspec: 1", "decoding WorkflowTemplate/a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			source := diag.Position{File: "argo/a.yaml"}
			object, err := kube.Parse([]byte(test.src), source)
			if err != nil {
				t.Fatal(err)
			}
			problems := render.Validate([]kube.Object{object})
			switch {
			case test.want == "" && len(problems) > 0:
				t.Errorf("problems %v", problems)
			case test.want == "":
			case len(problems) == 0 || problems[0].Position != source || !strings.Contains(problems[0].Message, test.want):
				t.Errorf("problems %v, expected one of %q", problems, test.want)
			}
		})
	}
}
