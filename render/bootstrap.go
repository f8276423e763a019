package render

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"k8s.io/apimachinery/pkg/util/validation"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/workflows"
)

// The accounts of people and machines that Bootstrap makes beside
// ServiceAccount; their Roles have the same names.
const (
	DeployAccount = "gantline-deploy"
	RunAccount    = "gantline-run"
)

// BootstrapOptions say for what an administrator prepares a namespace.
type BootstrapOptions struct {
	// Project whose inventory and lock are made.
	Project string
	// Namespace that the objects name, as nothing else does that is rendered.
	Namespace string
	// RunsOnly leaves out what only deploys need.
	RunsOnly bool
	// Flows are those whose needs the text lists.
	Flows []*workflows.Flow
}

//go:embed bootstrap.yaml.tmpl
var bootstrapText string

// Bootstrap is YAML that an administrator applies once to a namespace: exactly
// the accounts and rights that deploys, runs and the pods of flows need, each
// rule with a comment that says what for. It is text and not objects, because
// those comments are half of it. The error is that of a namespace whose name is
// none.
func Bootstrap(opts BootstrapOptions) ([]byte, error) {
	if problems := validation.IsDNS1123Label(opts.Namespace); len(problems) > 0 {
		return nil, fmt.Errorf("%q is no name of a namespace: %s", opts.Namespace, strings.Join(problems, "; "))
	}
	tmpl, err := template.New("bootstrap").Parse(bootstrapText)
	if err != nil {
		return nil, fmt.Errorf("reading the template of the bootstrap: %w", err)
	}
	needs := needsOf(opts.Flows)
	var out bytes.Buffer
	err = tmpl.Execute(&out, map[string]any{
		"Project": opts.Project, "Namespace": opts.Namespace, "Deploys": !opts.RunsOnly,
		"Executor": ServiceAccount, "Deployer": DeployAccount, "Runner": RunAccount,
		"Inventory": "gantline-" + opts.Project, "ProjectRole": DeployAccount + "-" + opts.Project,
		"Named": needs.lines(), "HasAccounts": len(needs.accounts) > 0,
	})
	if err != nil {
		return nil, fmt.Errorf("writing the bootstrap of project %q: %w", opts.Project, err)
	}
	return out.Bytes(), nil
}

// needs are the objects that flows name and do not bring, by name.
type needs struct {
	accounts, secrets, claims, priorities map[string]bool
}

// needsOf collects what steps name, with their flow's defaults.
func needsOf(flows []*workflows.Flow) needs {
	out := needs{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, flow := range flows {
		r := &renderer{flow: flow}
		for _, section := range []steps{flow.Steps, flow.OnExit} {
			for _, entry := range r.effective(section) {
				out.add(entry.V)
			}
		}
	}
	return out
}

func (n needs) add(step *workflows.Step) {
	put := func(names map[string]bool, name *diag.Value[string]) {
		if name != nil && name.V != "" {
			names[name.V] = true
		}
	}
	put(n.accounts, step.ServiceAccount)
	put(n.priorities, step.Priority)
	for _, secret := range step.Secrets {
		put(n.secrets, &secret.Secret)
	}
	for _, volume := range step.Volumes {
		put(n.claims, volume.Claim)
	}
}

// need is one line of the bootstrap's last comment.
type need struct{ What, Names string }

func (n needs) lines() []need {
	var out []need
	for _, kind := range []struct {
		what  string
		names map[string]bool
	}{
		{"ServiceAccounts:        ", n.accounts},
		{"Secrets:                ", n.secrets},
		{"PersistentVolumeClaims: ", n.claims},
		{"PriorityClasses:        ", n.priorities},
	} {
		if len(kind.names) > 0 {
			out = append(out, need{kind.what, strings.Join(slices.Sorted(maps.Keys(kind.names)), ", ")})
		}
	}
	return out
}
