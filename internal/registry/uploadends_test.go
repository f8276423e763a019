package registry_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/registry"
)

// What does not pass ends an upload, at once or after a few attempts, in words;
// nothing of the blob is there, and the next upload succeeds.
func TestUploadGivesUp(t *testing.T) {
	const forever = 1 << 30
	for name, c := range map[string]struct {
		fault    faultproxy.Fault
		kind     error
		requests int // with chunks or the whole
	}{
		"413":                      {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 1, Times: forever, Action: answer(413)}, registry.ErrTooLarge, 1},
		"403":                      {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 2, Times: forever, Action: answer(403)}, registry.ErrForbidden, 2},
		"507":                      {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 2, Times: forever, Action: answer(507)}, registry.ErrNoSpace, 2},
		"broken for good":          {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 3, Times: forever, Action: faultproxy.CutRequest(0)}, registry.ErrUnavailable, 6},
		"500 for good":             {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 3, Times: forever, Action: answer(500)}, registry.ErrUnavailable, 6},
		"a long time to wait":      {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 3, Times: forever, Action: answer(429, "Retry-After", "3600")}, registry.ErrRateLimited, 3},
		"forgotten twice":          {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 2, Times: forever, Action: answer(404)}, registry.ErrNotFound, 3},
		"no upload begins":         {faultproxy.Fault{Match: faultproxy.Is("POST", ""), Nth: 1, Times: forever, Action: answer(403)}, registry.ErrForbidden, 0},
		"the end fails":            {faultproxy.Fault{Match: faultproxy.Is("PUT", ""), Nth: 1, Times: forever, Action: answer(500)}, registry.ErrUnavailable, 15},
		"no chunks, and no whole":  {faultproxy.Fault{Match: func(r *http.Request) bool { return r.Method == "PATCH" || r.Method == "PUT" }, Nth: 1, Times: forever, Action: answer(400)}, registry.ErrRefused, 2},
		"everything breaks":        {faultproxy.Fault{Nth: 4, Times: forever, Action: faultproxy.CutRequest(0)}, registry.ErrUnavailable, 3},
		"it says to have too much": {faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 1, Times: forever, Action: answer(202, "Location", "/v2/a/b/blobs/uploads/x", "Range", "0-99999999")}, nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			backend := inProcess(t)
			proxy := faultproxy.New(t, backend)
			repo := blobs(t, chunked(t, registry.RemoteOptions{}), proxy.Host(), "a/b")
			proxy.Add(c.fault)
			blob, content := newBlob(t, 2)
			err := registry.Explain(repo.Upload(t.Context(), blob))
			if c.kind == nil { // in one request it works
				wantBlob(t, backend, "a/b", blob, content)
			} else if !errors.Is(err, c.kind) {
				t.Errorf("it ends with %v, not %v", err, c.kind)
			}
			counts := proxy.Counts()
			if n := counts.Of("PATCH", "upload").Requests + counts.Of("PUT", "upload").Requests; n != c.requests {
				t.Errorf("%d requests, not %d:\n%v", n, c.requests, counts)
			}
			direct := blobs(t, chunked(t, registry.RemoteOptions{}), strings.TrimPrefix(backend, "http://"), "a/b")
			if there, err := direct.Has(t.Context(), blob.Digest); err != nil || there != (c.kind == nil) {
				t.Errorf("the blob is there: %v, %v", there, err)
			}
			if err := direct.Upload(t.Context(), blob); err != nil {
				t.Error(err)
			}
			wantBlob(t, backend, "a/b", blob, content)
		})
	}
}

// The registry is killed while chunks arrive, and another one starts: it has
// forgotten the upload, which begins anew.
func TestUploadSurvivesAKillOfTheRegistry(t *testing.T) {
	for _, method := range []string{http.MethodPatch, http.MethodPut} {
		t.Run(method, func(t *testing.T) {
			dir := newDir(t)
			server := ensure(t, dir)
			var sent atomic.Int64
			base := &http.Transport{}
			defer base.CloseIdleConnections()
			r := chunked(t, registry.RemoteOptions{
				Base: transportFunc(func(request *http.Request) (*http.Response, error) {
					if request.Method == method && (method == http.MethodPut || sent.Load() > 0) && sent.Add(1) == 3 || method == http.MethodPut && sent.Load() == 1 {
						kill(server.PID)
					}
					return base.RoundTrip(request)
				}),
				Revive: func(ctx context.Context, host string) bool {
					again, err := registry.Ensure(ctx, dir, argv(dir, time.Minute))
					if err != nil {
						t.Error(err)
					}
					t.Cleanup(func() { kill(again.PID) })
					return err == nil && again.Host == host
				},
			})
			blob, content := newBlob(t, 3)
			if err := blobs(t, r, server.Host, "a/b").Upload(t.Context(), blob); err != nil {
				t.Fatal(err)
			}
			wantBlob(t, "http://"+server.Host, "a/b", blob, content)
		})
	}
}

// A registry says which chunks are too small for it.
func TestChunksAreAsLargeAsTheRegistryWants(t *testing.T) {
	real := httptest.NewServer(nil)
	defer real.Close()
	backend := inProcess(t)
	inner := faultproxy.New(t, backend)
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.Header().Set("OCI-Chunk-Min-Length", fmt.Sprint(3*chunk))
		}
		inner.ServeHTTP(w, r)
	}))
	defer outer.Close()
	blob, content := newBlob(t, 4)
	repo := blobs(t, chunked(t, registry.RemoteOptions{}), strings.TrimPrefix(outer.URL, "http://"), "a/b")
	if err := repo.Upload(t.Context(), blob); err != nil {
		t.Fatal(err)
	}
	if n := inner.Counts().Of("PATCH", "upload").Requests; n != 4 {
		t.Errorf("%d chunks, not 4", n)
	}
	wantBlob(t, backend, "a/b", blob, content)
}

// A small blob is two requests.
func TestSmallBlobIsSentWhole(t *testing.T) {
	proxy := faultproxy.New(t, inProcess(t))
	repo := blobs(t, newRemote(t, registry.RemoteOptions{}), proxy.Host(), "a/b")
	proxy.Reset()
	blob, content := newBlob(t, 5)
	if err := repo.Upload(t.Context(), blob); err != nil {
		t.Fatal(err)
	}
	if n := proxy.Counts().Total(); n.Requests != 2 || n.In != blobSize {
		t.Errorf("%+v", n)
	}
	wantBlob(t, proxy.URL, "a/b", blob, content)
}

// That a registry takes no chunks is learned once.
func TestRefusalOfChunksIsRemembered(t *testing.T) {
	proxy := faultproxy.New(t, inProcess(t))
	proxy.Add(faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Action: answer(405)})
	r := chunked(t, registry.RemoteOptions{})
	for i, repository := range []string{"a/b", "c"} {
		blob, content := newBlob(t, uint64(6+i))
		if err := blobs(t, r, proxy.Host(), repository).Upload(t.Context(), blob); err != nil {
			t.Fatal(err)
		}
		wantBlob(t, proxy.URL, repository, blob, content)
	}
	if n := proxy.Counts().Of("PATCH", "upload").Requests; n != 1 {
		t.Errorf("chunks were tried %d times", n)
	}
}

// Content that is not what its digest says is not asked to be kept, and a
// registry that took it whole refuses it.
func TestWrongContent(t *testing.T) {
	for name, r := range map[string]*registry.Remote{
		"chunks": chunked(t, registry.RemoteOptions{}), "whole": newRemote(t, registry.RemoteOptions{}),
	} {
		proxy := faultproxy.New(t, inProcess(t))
		blob, _ := newBlob(t, 8)
		other, content := newBlob(t, 9)
		blob.Open = other.Open
		repo := blobs(t, r, proxy.Host(), "a/b")
		if err := repo.Upload(t.Context(), blob); !errors.Is(err, registry.ErrContent) || !strings.Contains(err.Error(), other.Digest.Hex) {
			t.Errorf("%s: %v", name, err)
		}
		if n := proxy.Counts().Of("POST", "upload").Requests; n != 1 {
			t.Errorf("%s: %d uploads begun", name, n)
		}
		for _, digest := range []v1.Hash{blob.Digest, other.Digest} {
			if there, err := repo.Has(t.Context(), digest); there || err != nil {
				t.Errorf("%s: %s is there: %v, %v", name, digest, there, err)
			}
		}
		short := other
		short.Size++
		if err := repo.Upload(t.Context(), short); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: content of %d bytes for one of %d: %v", name, len(content), short.Size, err)
		}
	}
}

// broken is content whose reading breaks after so many bytes, again and again.
type broken struct {
	io.Reader
	left int
}

func (b *broken) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, fmt.Errorf("the source: %w", io.ErrUnexpectedEOF)
	}
	n, err := b.Reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// Content that breaks while it is read is opened again where it broke; content
// that can't be read says so.
func TestSourceBreaks(t *testing.T) {
	proxy := faultproxy.New(t, inProcess(t))
	repo := blobs(t, chunked(t, registry.RemoteOptions{}), proxy.Host(), "a/b")
	blob, content := newBlob(t, 10)
	opened := 0
	blob.Open = func(_ context.Context, from int64) (io.ReadCloser, error) {
		opened++
		return io.NopCloser(&broken{bytes.NewReader(content[from:]), 170 << 10}), nil
	}
	if err := repo.Upload(t.Context(), blob); err != nil {
		t.Fatal(err)
	}
	if opened < 5 {
		t.Errorf("opened %d times", opened)
	}
	wantBlob(t, proxy.URL, "a/b", blob, content)

	blob, _ = newBlob(t, 11)
	blob.Open = func(context.Context, int64) (io.ReadCloser, error) { return nil, errors.New("no such file") }
	if err := repo.Upload(t.Context(), blob); err == nil || !strings.HasPrefix(err.Error(), "reading the content: no such file") {
		t.Errorf("without content: %v", err)
	}
}

// A source that hangs does not keep an upload that the registry has answered.
func TestSourceHangs(t *testing.T) {
	backend := inProcess(t)
	inner := faultproxy.New(t, backend)
	patches := 0
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			if patches++; patches == 2 {
				answerUnread(t, w)
				return
			}
		}
		inner.ServeHTTP(w, r)
	}))
	defer outer.Close()
	repo := blobs(t, chunked(t, registry.RemoteOptions{}), strings.TrimPrefix(outer.URL, "http://"), "a/b")
	blob, content := newBlob(t, 12)
	blob.Open = func(ctx context.Context, from int64) (io.ReadCloser, error) {
		if from > 0 {
			return io.NopCloser(bytes.NewReader(content[from:])), nil
		}
		return io.NopCloser(io.MultiReader(bytes.NewReader(content[:chunk+chunk/2]), hangs{ctx})), nil
	}
	if err := repo.Upload(t.Context(), blob); err != nil {
		t.Fatal(err)
	}
	wantBlob(t, backend, "a/b", blob, content)
}

// answerUnread answers without reading the request, which net/http does first.
func answerUnread(t *testing.T, w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"); err != nil {
		t.Error(err)
	}
}

// hangs is a source that has nothing more and does not end.
type hangs struct{ ctx context.Context }

func (h hangs) Read([]byte) (int, error) {
	<-h.ctx.Done()
	return 0, h.ctx.Err()
}

// An interrupted upload leaves nothing with the registry.
func TestInterruptedUploadIsForgotten(t *testing.T) {
	proxy := faultproxy.New(t, inProcess(t))
	repo := blobs(t, chunked(t, registry.RemoteOptions{}), proxy.Host(), "a/b")
	ctx, cancel := context.WithCancel(t.Context())
	proxy.Add(faultproxy.Fault{Match: faultproxy.Is("PATCH", ""), Nth: 3, Action: faultproxy.Call(cancel)})
	blob, _ := newBlob(t, 13)
	if err := repo.Upload(ctx, blob); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	requests := proxy.Requests()
	if last := requests[len(requests)-1]; last.Method != http.MethodDelete || last.Status != http.StatusNoContent {
		t.Errorf("the last request is %+v", last)
	}
}

// No more large blobs are on their way than is allowed, and small ones don't
// wait for them.
func TestUploadsAtOnce(t *testing.T) {
	proxy := faultproxy.New(t, inProcess(t))
	var under, most atomic.Int64
	two, small := make(chan struct{}), make(chan struct{})
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	r := chunked(t, registry.RemoteOptions{Uploads: 2, Base: transportFunc(func(request *http.Request) (*http.Response, error) {
		if request.Method == http.MethodPatch {
			n := under.Add(1)
			defer under.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			if n == 2 && most.Load() == 2 {
				select {
				case <-two:
				default:
					close(two)
				}
			}
			<-two
			<-small
		}
		return base.RoundTrip(request)
	})})
	repo := blobs(t, r, proxy.Host(), "a/b")
	var all sync.WaitGroup
	for seed := range uint64(6) {
		blob, _ := newBlob(t, 20+seed)
		all.Go(func() {
			if err := repo.Upload(t.Context(), blob); err != nil {
				t.Error(err)
			}
		})
	}
	<-two // both places are taken
	text := []byte("small")
	digest, size, err := v1.SHA256(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	err = repo.Upload(t.Context(), registry.Blob{Digest: digest, Size: size, Open: func(context.Context, int64) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(text)), nil
	}})
	if err != nil {
		t.Error(err)
	}
	close(small)
	all.Wait()
	if most.Load() != 2 {
		t.Errorf("%d uploads at once", most.Load())
	}
}

// Mounting moves no bytes where the registry does it, and falls back to sending.
func TestMount(t *testing.T) {
	for name, c := range map[string]struct {
		fault   faultproxy.Fault
		from    string
		mounted bool
	}{
		"mounted":          {from: "from/here", mounted: true},
		"not there":        {from: "from/nowhere"},
		"not allowed":      {faultproxy.Fault{Match: faultproxy.Is("POST", ""), Nth: 1, Action: answer(403)}, "from/here", false},
		"not known":        {faultproxy.Fault{Match: faultproxy.Is("POST", ""), Nth: 1, Action: answer(400)}, "from/here", false},
		"the answer broke": {faultproxy.Fault{Match: faultproxy.Is("POST", ""), Nth: 1, Action: faultproxy.CutResponse(0)}, "from/here", true},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := faultproxy.New(t, inProcess(t))
			blob, content := newBlob(t, 14)
			r := chunked(t, registry.RemoteOptions{})
			if err := blobs(t, r, proxy.Host(), "from/here").Upload(t.Context(), blob); err != nil {
				t.Fatal(err)
			}
			repo := blobs(t, r, proxy.Host(), "a/b", c.from)
			proxy.Reset()
			if c.fault.Action != nil {
				proxy.Add(c.fault)
			}
			mounted, err := repo.Mount(t.Context(), tag(t, proxy.Host(), c.from+":x").Context(), blob)
			if err != nil || mounted != c.mounted {
				t.Errorf("mounted: %v, %v", mounted, err)
			}
			if sent := proxy.Counts().Total().In; (sent == 0) != c.mounted {
				t.Errorf("%d bytes sent", sent)
			}
			if name == "not there" {
				if n := proxy.Counts().Of("POST", "").Requests; n != 1 {
					t.Errorf("the upload that the registry began instead was not used: %d", n)
				}
			}
			wantBlob(t, proxy.URL, "a/b", blob, content)
		})
	}
}

// A blob is read from anywhere, and over breaks, also where the server knows no
// ranges.
func TestReadFrom(t *testing.T) {
	backend := inProcess(t)
	blob, content := newBlob(t, 15)
	if err := blobs(t, newRemote(t, registry.RemoteOptions{}), strings.TrimPrefix(backend, "http://"), "a/b").Upload(t.Context(), blob); err != nil {
		t.Fatal(err)
	}
	for name, ranges := range map[string]bool{"ranges": true, "no ranges": false} {
		inner := faultproxy.New(t, backend)
		outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !ranges {
				r.Header.Del("Range")
			}
			inner.ServeHTTP(w, r)
		}))
		defer outer.Close()
		repo := blobs(t, newRemote(t, registry.RemoteOptions{}), strings.TrimPrefix(outer.URL, "http://"), "a/b")
		for _, from := range []int64{0, 1, 500_000, blobSize - 1} {
			inner.Add(faultproxy.Fault{Match: faultproxy.Is("GET", "blob"), Nth: 1, Times: 2, Action: faultproxy.CutResponse(200_000)})
			body, err := repo.Read(t.Context(), blob.Digest, from)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(body)
			body.Close()
			if err != nil || !bytes.Equal(got, content[from:]) {
				t.Errorf("%s, from %d: %d bytes of %d, %v", name, from, len(got), blobSize-from, err)
			}
		}
		if _, err := repo.Read(t.Context(), v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("0", 64)}, 5); !errors.Is(registry.Explain(err), registry.ErrNotFound) {
			t.Errorf("what is not there: %v", err)
		}
	}
}
