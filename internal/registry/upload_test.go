package registry_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/registry"
)

// What tests upload: ten chunks and a bit.
const (
	chunk    = 100 << 10
	blobSize = 10*chunk + 77
)

// newBlob is random bytes, and how often they were opened.
func newBlob(t *testing.T, seed uint64) (registry.Blob, []byte) {
	t.Helper()
	content := make([]byte, blobSize)
	rng := rand.New(rand.NewPCG(seed, 7))
	for i := range content {
		content[i] = byte(rng.Uint32())
	}
	digest, _, err := v1.SHA256(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return registry.Blob{Digest: digest, Size: blobSize, Open: func(_ context.Context, from int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content[from:])), nil
	}}, content
}

// chunked is a Remote that sends newBlob's in chunks.
func chunked(t *testing.T, o registry.RemoteOptions) *registry.Remote {
	return registry.InChunks(newRemote(t, o), chunk, chunk)
}

// blobs is a repository, logged in to.
func blobs(t *testing.T, r *registry.Remote, host, repository string, from ...string) *registry.Blobs {
	t.Helper()
	repo := tag(t, host, repository+":x").Context()
	scopes := []string{repo.Scope(transport.PushScope)}
	for _, other := range from {
		scopes = append(scopes, tag(t, host, other+":x").Scope(transport.PullScope))
	}
	auth, err := authn.Resolve(t.Context(), r.Keychain(), repo)
	if err != nil {
		t.Fatal(err)
	}
	login, err := transport.NewWithContext(t.Context(), repo.Registry, auth, r.Transport(), scopes)
	if err != nil {
		t.Fatal(err)
	}
	return r.Blobs(repo, login)
}

// wantBlob reads a blob back, directly.
func wantBlob(t *testing.T, backend, repository string, blob registry.Blob, want []byte) {
	t.Helper()
	direct := blobs(t, newRemote(t, registry.RemoteOptions{}), strings.TrimPrefix(backend, "http://"), repository)
	body, err := direct.Read(t.Context(), blob.Digest, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d bytes, %v; want the %d sent", len(got), err, len(want))
	}
}

func answer(status int, header ...string) faultproxy.Action {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return faultproxy.Answer(status, h, `{"errors":[{"code":"UNKNOWN"}]}`)
}

// An upload in chunks meets a fault and goes on where it was: what the registry
// has is not sent again, but for what is said.
func TestUploadGoesOn(t *testing.T) {
	const forever = 1 << 30
	type want struct {
		posts int   // uploads begun
		extra int64 // bytes sent beyond the blob's, at most
		patch int   // requests with chunks; 0 where it does not matter
	}
	for name, c := range map[string]struct {
		fault faultproxy.Fault
		want
	}{
		"no fault":                         {want: want{1, 0, 11}},
		"cut before the first byte":        {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 1, Action: faultproxy.CutRequest(0)}, want{1, 0, 12}},
		"cut after one byte":               {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 1, Action: faultproxy.CutRequest(1)}, want{1, chunk, 0}},
		"cut in the middle":                {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 4, Action: faultproxy.CutRequest(60 << 10)}, want{1, chunk, 0}},
		"cut three times in a row":         {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 4, Times: 3, Action: faultproxy.CutRequest(0)}, want{1, 0, 14}},
		"cut again and again":              {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 1, Times: 12, Action: faultproxy.CutRequest(80 << 10)}, want{1, 12 * chunk, 0}},
		"answer to a chunk lost":           {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 5, Action: faultproxy.CutResponse(0)}, want{1, 0, 11}},
		"answer to the last chunk lost":    {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 11, Action: faultproxy.CutResponse(0)}, want{1, 0, 11}},
		"429":                              {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 3, Times: 3, Action: answer(429, "Retry-After", "0")}, want{1, 4 * chunk, 14}},
		"503 with a time":                  {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 3, Action: answer(503, "Retry-After", "1")}, want{1, 2 * chunk, 12}},
		"502":                              {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 3, Times: 2, Action: answer(502)}, want{1, 3 * chunk, 13}},
		"the question where it is 503":     {faultproxy.Fault{Match: faultproxy.Is("GET", "upload"), Nth: 1, Times: 3, Action: answer(503)}, want{1, 0, 11}},
		"5xx at the end":                   {faultproxy.Fault{Match: faultproxy.Is("PUT", ""), Nth: 1, Times: 2, Action: answer(502)}, want{1, 0, 11}},
		"the end cut":                      {faultproxy.Fault{Match: faultproxy.Is("PUT", ""), Nth: 1, Action: faultproxy.CutRequest(0)}, want{1, 0, 11}},
		"answer to the end lost":           {faultproxy.Fault{Match: faultproxy.Is("PUT", ""), Nth: 1, Action: faultproxy.CutResponse(0)}, want{1, 0, 11}},
		"the upload is forgotten":          {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 6, Action: answer(404)}, want{2, 6 * chunk, 0}},
		"forgotten at the end":             {faultproxy.Fault{Match: faultproxy.Is("PUT", ""), Nth: 1, Action: answer(404)}, want{2, blobSize, 22}},
		"chunks are not taken":             {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 1, Times: forever, Action: answer(405)}, want{2, chunk, 1}},
		"the second chunk is not taken":    {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 2, Times: forever, Action: answer(416)}, want{2, 3 * chunk, 2}},
		"chunks vanish":                    {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 1, Times: forever, Action: answer(202, "Location", "/v2/a/b/blobs/uploads/x?y=z", "Range", "0-0")}, want{2, chunk, 1}},
		"chunks vanish without being told": {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 3, Action: answer(202, "Location", "/v2/a/b/blobs/uploads/x?y=z")}, want{2, blobSize, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			backend := inProcess(t)
			proxy := faultproxy.New(t, backend)
			repo := blobs(t, chunked(t, registry.RemoteOptions{}), proxy.Host(), "a/b")
			if c.fault.Action != nil {
				proxy.Add(c.fault)
			}
			blob, content := newBlob(t, 1)
			if err := repo.Upload(t.Context(), blob); err != nil {
				t.Fatalf("%v\n%v", err, proxy.Counts())
			}
			if struck := max(1, c.fault.Times); c.fault.Action != nil && struck != forever && proxy.Fired() != struck && name != "the question where it is 503" {
				t.Errorf("%d faults struck, not %d", proxy.Fired(), struck)
			}
			counts := proxy.Counts()
			if n := counts.Of("POST", "upload").Requests; n != c.posts {
				t.Errorf("%d uploads begun, not %d:\n%v", n, c.posts, counts)
			}
			if n := counts.Total().In - blobSize; n < 0 || n > c.extra {
				t.Errorf("%d bytes more than the blob's were sent, not %d:\n%v", n, c.extra, counts)
			}
			if n := counts.Of("PATCH", "upload").Requests; c.patch != 0 && n != c.patch {
				t.Errorf("%d chunks, not %d:\n%v", n, c.patch, counts)
			}
			wantBlob(t, backend, "a/b", blob, content)
		})
	}
}
