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
	v := validator{templates: getter{}}
	for _, object := range objects {
		if object.Kind == kindTemplate {
			template := &wfv1.WorkflowTemplate{}
			v.report(object, object.Decode(template))
			v.templates[object.Name] = template
		}
	}
	for _, object := range objects {
		switch object.Kind {
		case kindTemplate:
			v.report(object, v.template(v.templates[object.Name]))
		case kindCron:
			v.report(object, v.cron(object))
		}
	}
	return diag.Sorted(v.problems)
}

type validator struct {
	templates getter
	problems  []diag.Problem
}

func (v *validator) report(object kube.Object, err error) {
	if err != nil {
		v.problems = append(v.problems, diag.Errorf(object.Source, "argo", "validating %s: %s", object.ID, err))
	}
}

func (v *validator) template(template *wfv1.WorkflowTemplate) error {
	return validate.ValidateWorkflowTemplate(v.templates, noClusterTemplates{}, template, nil, validate.ValidateOpts{Lint: true})
}

func (v *validator) cron(object kube.Object) error {
	var cron wfv1.CronWorkflow
	if err := object.Decode(&cron); err != nil {
		return err
	}
	return validate.ValidateCronWorkflow(context.Background(), v.templates, noClusterTemplates{}, &cron, nil)
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
