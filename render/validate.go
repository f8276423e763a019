package render

import (
	"context"
	"errors"
	"fmt"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/validate"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
)

// Validate is Argo's own validation, offline, over the WorkflowTemplates and
// CronWorkflows of the set; it passes over objects of other kinds. A template
// that a CronWorkflow refers to must be in the set. Problems stand at the
// objects' sources. It does not know whether Secrets, claims and accounts
// exist.
func Validate(objects []kube.Object) []diag.Problem {
	templates := getter{}
	var crons []wfv1.CronWorkflow
	sources := map[string]diag.Position{}
	var problems []diag.Problem
	report := func(object kube.Object, err error) {
		if err != nil {
			problems = append(problems, diag.Errorf(object.Source, "argo", "validating %s: %s", object.ID, err))
		}
	}
	byName := map[string]kube.Object{}
	for _, object := range objects {
		switch object.Kind {
		case "WorkflowTemplate":
			template := &wfv1.WorkflowTemplate{}
			report(object, object.Decode(template))
			templates[object.Name] = template
		case "CronWorkflow":
			var cron wfv1.CronWorkflow
			report(object, object.Decode(&cron))
			crons = append(crons, cron)
		}
		byName[object.Kind+object.Name] = object
		sources[object.Name] = object.Source
	}
	for _, object := range objects {
		if object.Kind == "WorkflowTemplate" {
			report(object, validate.ValidateWorkflowTemplate(templates, noClusterTemplates{}, templates[object.Name], nil, validate.ValidateOpts{Lint: true}))
		}
	}
	for _, cron := range crons {
		report(byName["CronWorkflow"+cron.Name], validate.ValidateCronWorkflow(context.Background(), templates, noClusterTemplates{}, &cron, nil))
	}
	return diag.Sorted(problems)
}

// getter finds templates in the set under validation.
type getter map[string]*wfv1.WorkflowTemplate

// Get implements Argo's interface.
func (g getter) Get(name string) (*wfv1.WorkflowTemplate, error) {
	if template, ok := g[name]; ok {
		return template, nil
	}
	return nil, fmt.Errorf("no WorkflowTemplate %q among the rendered objects", name)
}

type noClusterTemplates struct{}

// Get implements Argo's interface.
func (noClusterTemplates) Get(string) (*wfv1.ClusterWorkflowTemplate, error) {
	return nil, errors.New("cluster templates are not rendered")
}
