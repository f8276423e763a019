package kubeapi

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const objects = `# a comment alone
---
apiVersion: v1
kind: Namespace
metadata:
  name: argo
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: argo
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: other}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: workflows.argoproj.io
spec:
  group: argoproj.io
`

// server answers each creation with what answers says of its path, once, and
// then with 201; it notes what was created.
func server(t *testing.T, answers map[string]int) (*Client, *[]string) {
	t.Helper()
	var seen []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !json.Valid(body) || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("the body is not JSON: %s (%v)", body, err)
		}
		if code, ok := answers[r.URL.Path]; ok {
			delete(answers, r.URL.Path)
			w.WriteHeader(code)
			_, _ = io.WriteString(w, `{"message":"it already exists"}`)
			return
		}
		seen = append(seen, r.Method+" "+r.URL.Path)
		w.WriteHeader(http.StatusCreated)
	}))
	t.Cleanup(s.Close)
	return &Client{s.URL, s.Client()}, &seen
}

func TestCreate(t *testing.T) {
	client, seen := server(t, map[string]int{
		"/api/v1/namespaces":                      http.StatusConflict, // there already
		"/api/v1/namespaces/argo/serviceaccounts": http.StatusNotFound, // not quite yet
	})
	if err := client.Create(t.Context(), []byte(objects), "argo"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"POST /api/v1/namespaces/argo/serviceaccounts",
		"POST /apis/rbac.authorization.k8s.io/v1/namespaces/other/roles",
		"POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions",
	}
	if diff := cmp.Diff(want, *seen); diff != "" {
		t.Error(diff)
	}
}

func TestCreateFails(t *testing.T) {
	client, _ := server(t, map[string]int{"/api/v1/namespaces": http.StatusUnprocessableEntity})
	cases := map[string]struct{ file, want string }{
		"refused":      {"apiVersion: v1\nkind: Namespace\nmetadata: {name: x}", `creating Namespace "x"`},
		"unknown kind": {"apiVersion: v1\nkind: Pod\nmetadata: {name: p}", `kind "Pod"`},
		"not YAML":     {"a: [", "reading an object"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			err := client.Create(ctx, []byte(c.file), "d")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v lacks %q", err, c.want)
			}
		})
	}
}
