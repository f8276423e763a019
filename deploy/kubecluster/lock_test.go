package kubecluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"gantline.dev/gantline/internal/cluster"
)

// leaseServer is as much of an API server as a lock needs: one Lease that is
// read and updated, where an update of an old version is a conflict.
type leaseServer struct {
	mu      sync.Mutex
	version int
	spec    map[string]any
	// updated is called after an update was stored and before it is answered.
	updated func()
}

// ServeHTTP implements http.Handler.
func (s *leaseServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, updated := s.serve(r)
	if updated && s.updated != nil {
		s.updated()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	body := map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Conflict", "code": status}
	if status == http.StatusOK {
		body = map[string]any{
			"kind": "Lease", "apiVersion": "coordination.k8s.io/v1", "spec": s.spec,
			"metadata": map[string]any{"name": "gantline-agent", "resourceVersion": strconv.Itoa(s.version)},
		}
	}
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}

func (s *leaseServer) serve(r *http.Request) (status int, updated bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method != http.MethodPut {
		return http.StatusOK, false
	}
	var lease struct {
		Metadata struct{ ResourceVersion string }
		Spec     map[string]any
	}
	if err := json.NewDecoder(r.Body).Decode(&lease); err != nil || lease.Metadata.ResourceVersion != strconv.Itoa(s.version) {
		return http.StatusConflict, false
	}
	s.version++
	s.spec = lease.Spec
	return http.StatusOK, true
}

func (s *leaseServer) holder() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spec["holderIdentity"]
}

func leaseTarget(t *testing.T, s *leaseServer) *Target {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	file := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{"clusters":[{"name":"c","cluster":{"server":%q}}],"users":[{"name":"u","user":{"token":"t"}}],
"contexts":[{"name":"prod","context":{"cluster":"c","user":"u"}}]}`, server.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	opened, err := cluster.Open(cluster.Options{Kubeconfig: file, Context: "prod", Namespace: "ml"})
	if err != nil {
		t.Fatal(err)
	}
	return &Target{Cluster: opened, By: "ci", Now: time.Now}
}

// TestLockInterrupted: a signal while the lock is being taken leaves none
// behind, which would hold up the next deploy.
func TestLockInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(context.Background())
	s := &leaseServer{version: 1}
	s.updated = func() {
		interrupt()
		time.Sleep(50 * time.Millisecond) // the answer comes after the signal
	}
	_, lock, err := leaseTarget(t, s).lockProject(ctx, "agent")
	if err == nil {
		if s.holder() != lock.holder {
			t.Errorf("the lock is held by %v, want %q", s.holder(), lock.holder)
		}
		lock.release()
	}
	if holder := s.holder(); holder != nil {
		t.Errorf("%v still holds the lock", holder)
	}
}

// TestLockAnswerLost: a renewal that got through though its answer was lost
// takes the lock from nobody, and does not keep it from being given back.
func TestLockAnswerLost(t *testing.T) {
	s := &leaseServer{version: 1}
	_, lock, err := leaseTarget(t, s).lockProject(context.Background(), "agent")
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.version++
	s.mu.Unlock()
	if lease, ours := lock.again(context.Background()); !ours || lease.GetResourceVersion() != "3" {
		t.Errorf("%v, ours %v: want version 3, ours", lease, ours)
	}
	lock.release()
	if holder := s.holder(); holder != nil {
		t.Errorf("%v still holds the lock", holder)
	}
}

// TestLockTaken: what somebody else took meanwhile is theirs.
func TestLockTaken(t *testing.T) {
	s := &leaseServer{version: 1}
	_, lock, err := leaseTarget(t, s).lockProject(context.Background(), "agent")
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.version++
	s.spec = map[string]any{"holderIdentity": "another 12345678"}
	s.mu.Unlock()
	if _, ours := lock.again(context.Background()); ours {
		t.Error("somebody else's lock is ours")
	}
	lock.release()
	if holder := s.holder(); holder != "another 12345678" {
		t.Errorf("%v holds the lock, want the other", holder)
	}
}
