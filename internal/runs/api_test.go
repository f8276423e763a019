package runs

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gantline.dev/gantline/internal/cluster"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
)

// api is as much of an API server as runs need: Workflows that are created,
// read, watched and patched, and the faults that a test asks for.
type api struct {
	*testing.T
	server *httptest.Server

	mu      sync.Mutex
	objects map[string]map[string]any
	version int
	changed chan struct{} // closed at each change
	// fault may answer a request instead; it says so.
	fault    func(w http.ResponseWriter, r *http.Request) bool
	requests []string
}

func newAPI(t *testing.T) (*api, *Client) {
	t.Helper()
	a := &api{T: t, objects: map[string]map[string]any{}, changed: make(chan struct{}), version: 1}
	a.server = httptest.NewServer(a)
	t.Cleanup(func() { a.server.CloseClientConnections(); a.server.Close() })
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"clusters":[{"name":"c","cluster":{"server":%q}}],"users":[{"name":"u","user":{"token":"t"}}],
"contexts":[{"name":"dev","context":{"cluster":"c","user":"u"}}]}`, a.server.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := cluster.Open(cluster.Options{Kubeconfig: file, Context: "dev", Namespace: "ml"})
	if err != nil {
		t.Fatal(err)
	}
	client := New(opened, "agent")
	client.pause = pauses{
		poll: time.Millisecond, again: 4 * time.Millisecond, most: 8 * time.Millisecond,
		enough: 200 * time.Millisecond, request: 2 * time.Second,
	}
	return a, client
}

const workflowsPath = "/apis/argoproj.io/v1alpha1/namespaces/ml/workflows"

// ServeHTTP implements http.Handler.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	watching := r.URL.Query().Get("watch") != ""
	verb := r.Method
	if watching {
		verb = "WATCH"
	}
	a.requests = append(a.requests, verb+" "+strings.TrimPrefix(r.URL.Path, workflowsPath))
	fault := a.fault
	a.mu.Unlock()
	if fault != nil && fault(w, r) {
		return
	}
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, workflowsPath), "/")
	body, _ := io.ReadAll(r.Body)
	switch {
	case watching:
		a.watch(w, r)
	case r.Method == http.MethodPost:
		a.create(w, r, body)
	case r.Method == http.MethodPatch:
		var patch struct {
			Spec map[string]any `json:"spec"`
		}
		if err := json.Unmarshal(body, &patch); err != nil {
			a.Error(err)
		}
		a.change(name, func(o map[string]any) { o["spec"] = patch.Spec })
		a.read(w, name)
	case name == "":
		a.list(w)
	default:
		a.read(w, name)
	}
}

func (a *api) list(w http.ResponseWriter) {
	a.mu.Lock()
	defer a.mu.Unlock()
	items := []any{}
	for _, object := range a.objects {
		items = append(items, object)
	}
	answer(w, 200, map[string]any{"apiVersion": "argoproj.io/v1alpha1", "kind": "WorkflowList", "metadata": map[string]any{}, "items": items})
}

func (a *api) read(w http.ResponseWriter, name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	object, ok := a.objects[name]
	if !ok {
		refuse(w, 404, "NotFound")
		return
	}
	answer(w, 200, object)
}

func (a *api) create(w http.ResponseWriter, r *http.Request, body []byte) {
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		a.Error(err)
	}
	name := object["metadata"].(map[string]any)["name"].(string)
	a.mu.Lock()
	_, taken := a.objects[name]
	a.mu.Unlock()
	if taken {
		refuse(w, 409, "AlreadyExists")
		return
	}
	if r.URL.Query().Get("dryRun") == "" {
		a.put(name, object)
	}
	answer(w, 201, object)
}

// put stores an object under a new version.
func (a *api) put(name string, object map[string]any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.version++
	object["metadata"].(map[string]any)["resourceVersion"] = fmt.Sprint(a.version)
	a.objects[name] = object
	close(a.changed)
	a.changed = make(chan struct{})
}

// change stores a changed copy, since others read the old one.
func (a *api) change(name string, how func(map[string]any)) {
	a.mu.Lock()
	raw, err := json.Marshal(a.objects[name])
	a.mu.Unlock()
	var object map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &object)
	}
	if err != nil {
		a.Error(err)
		return
	}
	how(object)
	a.put(name, object)
}

func (a *api) watch(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Query().Get("fieldSelector"), "metadata.name=")
	sent := r.URL.Query().Get("resourceVersion")
	w.Header().Set("Content-Type", "application/json")
	w.(http.Flusher).Flush()
	for {
		a.mu.Lock()
		object, changed := a.objects[name], a.changed
		a.mu.Unlock()
		if object != nil && object["metadata"].(map[string]any)["resourceVersion"] != sent {
			sent = object["metadata"].(map[string]any)["resourceVersion"].(string)
			_ = json.NewEncoder(w).Encode(map[string]any{"type": "MODIFIED", "object": object})
			w.(http.Flusher).Flush()
		}
		if object == nil {
			_ = json.NewEncoder(w).Encode(map[string]any{"type": "DELETED", "object": map[string]any{"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}})
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		}
	}
}

func answer(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(value)
}

func refuse(w http.ResponseWriter, code int, reason string) {
	answer(w, code, map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": reason, "code": code, "message": reason})
}

// asked counts the requests that begin so.
func (a *api) asked(prefix string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := 0
	for _, request := range a.requests {
		if strings.HasPrefix(request, prefix) {
			n++
		}
	}
	return n
}

// setFault makes requests fail from now on; nil ends that.
func (a *api) setFault(fault func(http.ResponseWriter, *http.Request) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fault = fault
}

// phase moves the run on, as Argo would.
func (a *api) phase(name, phase string) {
	a.change(name, func(o map[string]any) { o["status"] = map[string]any{"phase": phase} })
}

// object is a Workflow to submit.
func object(t *testing.T, name, submission string) kube.Object {
	t.Helper()
	made, err := kube.New(map[string]any{
		"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow",
		"metadata": map[string]any{"name": name, "labels": map[string]any{LabelProject: "agent"}, "annotations": map[string]any{AnnotationSubmission: submission}},
		"spec":     map[string]any{"entrypoint": "Flow"},
	}, "", diag.Position{})
	if err != nil {
		t.Fatal(err)
	}
	return made
}
