package registry_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/registry"
)

// pushed is a registry with an image as a:1.
func pushed(t *testing.T) (backend string, image v1.Image) {
	t.Helper()
	backend, image = inProcess(t), mustImage(t, 8)
	r := newRemote(t, registry.RemoteOptions{})
	if err := remote.Write(tag(t, strings.TrimPrefix(backend, "http://"), "a:1"), image, r.Options(t.Context())...); err != nil {
		t.Fatal(err)
	}
	return backend, image
}

// A pull meets connections that break in the middle of answers.
func TestPullGoesOnWhereItBroke(t *testing.T) {
	backend, _ := pushed(t)
	for name, fault := range map[string]faultproxy.Fault{
		"a blob, early":           {Match: faultproxy.Is("GET", "blob"), Nth: 2, Action: faultproxy.CutResponse(1)},
		"a blob, in the middle":   {Match: faultproxy.Is("GET", "blob"), Nth: 2, Action: faultproxy.CutResponse(100 << 10)},
		"a blob, again and again": {Match: faultproxy.Is("GET", "blob"), Nth: 2, Times: 3, Action: faultproxy.CutResponse(50 << 10)},
		"a manifest (no ranges)":  {Match: faultproxy.Is("GET", "manifest"), Nth: 1, Action: faultproxy.CutResponse(20)},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := faultproxy.New(t, backend)
			proxy.Add(fault)
			r := newRemote(t, registry.RemoteOptions{})
			pulled, err := remote.Image(tag(t, proxy.Host(), "a:1"), r.Options(t.Context())...)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate.Image(pulled); err != nil {
				t.Error(err)
			}
			if want := max(1, fault.Times); proxy.Fired() != want {
				t.Errorf("%d faults struck, not %d", proxy.Fired(), want)
			}
		})
	}
}

func TestOnlyTheRestIsAskedFor(t *testing.T) {
	backend, image := pushed(t)
	proxy := faultproxy.New(t, backend)
	proxy.Add(faultproxy.Fault{Match: faultproxy.Is("GET", "blob"), Nth: 1, Action: faultproxy.CutResponse(150 << 10)})
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	want, err := partial.Descriptor(layers[0])
	if err != nil {
		t.Fatal(err)
	}
	r := newRemote(t, registry.RemoteOptions{})
	blob, err := remote.Layer(tag(t, proxy.Host(), "a:1").Context().Digest(want.Digest.String()), r.Options(t.Context())...)
	if err != nil {
		t.Fatal(err)
	}
	content, err := blob.Compressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	n, err := io.Copy(io.Discard, content)
	if got := proxy.Counts().Of("GET", "blob"); err != nil || n != want.Size || got.Requests != 2 || got.Out != n {
		t.Errorf("%d bytes of %d read, %v; %+v passed", n, want.Size, err, got)
	}
}

func TestPullGivesUp(t *testing.T) {
	backend, _ := pushed(t)
	for _, after := range []int64{0, 1 << 10} {
		proxy := faultproxy.New(t, backend)
		proxy.Add(faultproxy.Fault{Match: faultproxy.Is("GET", "blob"), Action: faultproxy.CutResponse(0)})
		proxy.Add(faultproxy.Fault{Match: faultproxy.Is("GET", "blob"), Nth: 1, Action: faultproxy.CutResponse(after)})
		r := newRemote(t, registry.RemoteOptions{})
		pulled, err := remote.Image(tag(t, proxy.Host(), "a:1"), r.Options(t.Context())...)
		if err != nil {
			t.Fatal(err)
		}
		layers, err := pulled.Layers()
		if err != nil {
			t.Fatal(err)
		}
		content, err := layers[0].Compressed()
		if err == nil {
			_, err = io.Copy(io.Discard, content)
			content.Close()
		}
		if err = registry.Explain(err); !errors.Is(err, registry.ErrUnavailable) || !strings.Contains(err.Error(), `"a" of registry`) {
			t.Errorf("it ends with %v", err)
		}
		if n := proxy.Counts().Of("GET", "blob").Requests; n < 4 || n > 8 { // net/http repeats some by itself
			t.Errorf("asked %d times", n)
		}
	}
}
