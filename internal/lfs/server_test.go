package lfs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// server is an LFS server that checks what it is asked for.
type server struct {
	*httptest.Server
	t *testing.T

	// batch and get may answer in the server's place, where they say so.
	batch func(w http.ResponseWriter, r *http.Request, question batchQuestion) bool
	get   func(w http.ResponseWriter, r *http.Request, oid string) bool
	// authorization is what requests must carry; "" is none.
	authorization string
	ref           string
	expiresIn     int

	mu       sync.Mutex
	contents map[string][]byte
	batches  []int // objects of each request
	gets     []string
	busy     atomic.Int32
	busiest  atomic.Int32
}

// actionHeader is what the server's actions carry, secret.
const actionHeader = "X-Action"

func newServer(t *testing.T, contents ...[]byte) *server {
	t.Helper()
	s := &server{t: t, contents: map[string][]byte{}}
	for _, c := range contents {
		s.contents[objectOf(c).OID] = c
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func objectOf(content []byte) Object {
	sum := sha256.Sum256(content)
	return Object{OID: hex.EncodeToString(sum[:]), Size: int64(len(content))}
}

// some are n contents that differ, each of about size bytes.
func some(n, size int) [][]byte {
	contents := make([][]byte, n)
	for i := range contents {
		line := fmt.Sprintf("content %d\n", i)
		contents[i] = []byte(strings.Repeat(line, size/len(line)+1))
	}
	return contents
}

func objectsOf(contents [][]byte) []Object {
	objects := make([]Object, len(contents))
	for i, c := range contents {
		objects[i] = objectOf(c)
	}
	return objects
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if got := r.Header.Get("Authorization"); got != s.authorization {
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	oid, isGet := strings.CutPrefix(r.URL.Path, "/get/")
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/lfs/objects/batch":
		s.serveBatch(w, r)
	case r.Method == http.MethodGet && isGet:
		s.serveObject(w, r, oid)
	default:
		s.t.Errorf("the server is asked for %s %s", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusTeapot)
	}
}

func (s *server) serveBatch(w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{"Accept", "Content-Type"} {
		if got := r.Header.Get(name); got != "application/vnd.git-lfs+json" {
			s.t.Errorf("%s of a batch request: %q", name, got)
		}
	}
	var q batchQuestion
	raw, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(raw, &q)
	}
	if err != nil || q.Operation != "download" || !slices.Equal(q.Transfers, []string{"basic"}) || q.HashAlgo != "sha256" ||
		len(q.Objects) == 0 || len(q.Objects) > 100 {
		s.t.Errorf("batch request %s: %v", raw, err)
	}
	if q.Ref == nil && s.ref != "" || q.Ref != nil && q.Ref.Name != s.ref {
		s.t.Errorf("the ref of the batch request is %v, want %q", q.Ref, s.ref)
	}
	s.mu.Lock()
	s.batches = append(s.batches, len(q.Objects))
	s.mu.Unlock()
	if s.batch == nil || !s.batch(w, r, q) {
		_ = json.NewEncoder(w).Encode(s.answer(q))
	}
}

// answer is what an honest server says.
func (s *server) answer(q batchQuestion) map[string]any {
	var objects []map[string]any
	for _, o := range q.Objects {
		answer := map[string]any{"oid": o.OID, "size": o.Size, "unknown": []int{1}}
		if _, ok := s.contents[o.OID]; ok {
			download := map[string]any{"href": s.URL + "/get/" + o.OID + "?signature=secret", "header": map[string]string{actionHeader: "secret " + o.OID}}
			if s.expiresIn != 0 {
				download["expires_in"] = s.expiresIn
			}
			answer["authenticated"], answer["actions"] = true, map[string]any{"download": download}
		} else {
			answer["error"] = map[string]any{"code": 404, "message": "Object does not exist"}
		}
		objects = append(objects, answer)
	}
	return map[string]any{"transfer": "basic", "objects": objects, "hash_algo": "sha256", "more": "unknown"}
}

func (s *server) serveObject(w http.ResponseWriter, r *http.Request, oid string) {
	if got := r.Header.Get("Accept-Encoding"); got != "identity" {
		s.t.Errorf("Accept-Encoding of a download: %q", got)
	}
	if got := r.Header.Get(actionHeader); got != "secret "+oid || r.URL.Query().Get("signature") != "secret" {
		s.t.Errorf("a download without its header or signature: %q %v", got, r.URL)
	}
	now := s.busy.Add(1)
	defer s.busy.Add(-1)
	for most := s.busiest.Load(); now > most && !s.busiest.CompareAndSwap(most, now); most = s.busiest.Load() {
	}
	s.mu.Lock()
	s.gets = append(s.gets, oid+" "+r.Header.Get("Range"))
	s.mu.Unlock()
	if s.get == nil || !s.get(w, r, oid) {
		s.serveContent(w, r, oid)
	}
}

func (s *server) serveContent(w http.ResponseWriter, r *http.Request, oid string) {
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.contents[oid]))
}

// seen is the batches and downloads so far.
func (s *server) seen() (batches []int, gets []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.batches), slices.Clone(s.gets)
}
