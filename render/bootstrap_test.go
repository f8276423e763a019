package render_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	apiv1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"gantline.dev/gantline/render"
	"gantline.dev/gantline/workflows"
)

// bootstrap is that of the flow of testdata that uses every key.
func bootstrap(t *testing.T, opts render.BootstrapOptions) []byte {
	t.Helper()
	file := filepath.Join("testdata", "everything.yaml")
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	opts.Project, opts.Namespace, opts.Flows = "agent", "ml", []*workflows.Flow{parse(t, file, string(src))}
	text, err := render.Bootstrap(opts)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestBootstrapGolden(t *testing.T) {
	t.Parallel()
	got := bootstrap(t, render.BootstrapOptions{})
	golden := filepath.Join("testdata", "bootstrap.golden.yaml")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the bootstrap is another (-want +got):\n%s", diff)
	}
}

// rights are what each service account may do, and the names of all objects by
// kind.
type rights struct {
	may   map[string][]string
	names map[string][]string
}

// readRights holds every document to its Kubernetes type, strictly, and follows
// bindings to roles.
func readRights(t *testing.T, text []byte) rights {
	t.Helper()
	out := rights{map[string][]string{}, map[string][]string{}}
	roles := map[string]*rbacv1.Role{}
	var bindings []*rbacv1.RoleBinding
	for _, doc := range bytes.Split(text, []byte("\n---\n")) {
		name, object := document(t, doc)
		kind := reflect.TypeOf(object).Elem().Name()
		out.names[kind] = append(out.names[kind], name)
		switch object := object.(type) {
		case *rbacv1.Role:
			roles[name] = object
		case *rbacv1.RoleBinding:
			bindings = append(bindings, object)
		}
	}
	for _, binding := range bindings {
		role := roles[binding.RoleRef.Name]
		if role == nil || binding.RoleRef.Kind != "Role" || binding.RoleRef.APIGroup != rbacv1.GroupName {
			t.Errorf("binding %q refers to %+v, which is no Role here", binding.Name, binding.RoleRef)
			continue
		}
		for _, subject := range binding.Subjects {
			if subject.Kind != "ServiceAccount" || subject.Namespace != "ml" || !slices.Contains(out.names["ServiceAccount"], subject.Name) {
				t.Errorf("binding %q has subject %+v, which is no account here", binding.Name, subject)
			}
			for _, rule := range role.Rules {
				out.may[subject.Name] = append(out.may[subject.Name], strings.Join(slices.Concat(
					rule.APIGroups, rule.Resources, rule.ResourceNames, []string{":"}, rule.Verbs), " "))
			}
		}
	}
	return out
}

// document is one object as its type, which knows each of its keys.
func document(t *testing.T, text []byte) (string, any) {
	t.Helper()
	var head metav1.PartialObjectMetadata
	if err := yaml.Unmarshal(text, &head); err != nil {
		t.Fatalf("%v in:\n%s", err, text)
	}
	if head.Namespace != "ml" {
		t.Errorf("%s %q is in namespace %q", head.Kind, head.Name, head.Namespace)
	}
	object := map[string]any{
		"v1 ServiceAccount":                        &apiv1.ServiceAccount{},
		"v1 Secret":                                &apiv1.Secret{},
		"v1 ConfigMap":                             &apiv1.ConfigMap{},
		"coordination.k8s.io/v1 Lease":             &coordinationv1.Lease{},
		"rbac.authorization.k8s.io/v1 Role":        &rbacv1.Role{},
		"rbac.authorization.k8s.io/v1 RoleBinding": &rbacv1.RoleBinding{},
	}[head.APIVersion+" "+head.Kind]
	if object == nil {
		t.Fatalf("unexpected %s %s", head.APIVersion, head.Kind)
	}
	if err := yaml.UnmarshalStrict(text, object); err != nil {
		t.Errorf("%s %q: %v", head.Kind, head.Name, err)
	}
	return head.Name, object
}

func TestBootstrapRights(t *testing.T) {
	t.Parallel()
	executor := []string{"argoproj.io workflowtaskresults : create patch"}
	runner := []string{
		"argoproj.io workflows : create get list watch patch",
		" pods : list",
		" pods/log : get",
	}
	deployer := []string{
		"argoproj.io workflowtemplates cronworkflows : get list create patch delete",
		"argoproj.io workflows : list",
		" configmaps gantline-agent : get update",
		"coordination.k8s.io leases gantline-agent : get update",
	}
	for _, test := range []struct {
		name string
		opts render.BootstrapOptions
		want map[string][]string
		made map[string][]string
	}{
		{
			"deploys and runs", render.BootstrapOptions{},
			map[string][]string{"gantline-executor": executor, "gantline-deploy": deployer, "gantline-run": runner},
			map[string][]string{"ConfigMap": {"gantline-agent"}, "Lease": {"gantline-agent"}, "Secret": {"gantline-executor.service-account-token"}},
		},
		{
			"runs only", render.BootstrapOptions{RunsOnly: true},
			map[string][]string{"gantline-executor": executor, "gantline-run": runner},
			map[string][]string{"Secret": {"gantline-executor.service-account-token"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := readRights(t, bootstrap(t, test.opts))
			if diff := cmp.Diff(test.want, got.may); diff != "" {
				t.Errorf("rights (-want +got):\n%s", diff)
			}
			for _, kind := range []string{"ConfigMap", "Lease", "Secret"} {
				if diff := cmp.Diff(test.made[kind], got.names[kind]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", kind, diff)
				}
			}
		})
	}
}

// TestBootstrapExplains holds every rule to a comment right above it.
func TestBootstrapExplains(t *testing.T) {
	t.Parallel()
	lines := strings.Split(string(bootstrap(t, render.BootstrapOptions{})), "\n")
	rules := 0
	for i, line := range lines {
		if strings.HasPrefix(line, "  - apiGroups:") {
			rules++
			if !strings.HasPrefix(lines[i-1], "  # ") {
				t.Errorf("line %d: no comment explains %q", i+1, line)
			}
		}
	}
	if rules != 8 {
		t.Errorf("%d rules found, want 8", rules)
	}
}

// TestBootstrapListsWhatFlowsName looks for what the flow of testdata names.
func TestBootstrapListsWhatFlowsName(t *testing.T) {
	t.Parallel()
	text := bootstrap(t, render.BootstrapOptions{})
	for _, pattern := range []string{
		`# ServiceAccounts: +\w`, `# Secrets: +\w`, `# PersistentVolumeClaims: +\w`, `# PriorityClasses: +\w`,
	} {
		if !regexp.MustCompile(pattern).Match(text) {
			t.Errorf("nothing matches %q in:\n%s", pattern, text)
		}
	}
	none, err := render.Bootstrap(render.BootstrapOptions{Project: "agent", Namespace: "ml"})
	if err != nil || !bytes.Contains(none, []byte("# No secret, claim, service account or priority class.")) {
		t.Errorf("without flows: %v\n%s", err, none)
	}
}

func TestBootstrapNamespace(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "ML", "a}\nb: {", strings.Repeat("a", 64)} {
		if text, err := render.Bootstrap(render.BootstrapOptions{Project: "agent", Namespace: name}); err == nil {
			t.Errorf("namespace %q was taken:\n%s", name, text)
		}
	}
}
