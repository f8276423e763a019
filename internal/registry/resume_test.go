package registry_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/registry"
)

// A pull meets connections that break in the middle of answers, and asks for no
// more than the rest of a blob.
func TestPullGoesOnWhereItBroke(t *testing.T) {
	backend := inProcess(t)
	r := newRemote(t, registry.RemoteOptions{})
	image := mustImage(t, 8)
	if err := remote.Write(tag(t, strings.TrimPrefix(backend, "http://"), "a:1"), image, r.Options(t.Context())...); err != nil {
		t.Fatal(err)
	}
	for name, fault := range map[string]faultproxy.Fault{
		"a blob, early":                             {Match: faultproxy.Is("GET", "blob"), Nth: 2, Action: faultproxy.CutResponse(1)},
		"a blob, in the middle":                     {Match: faultproxy.Is("GET", "blob"), Nth: 2, Action: faultproxy.CutResponse(100 << 10)},
		"a blob, again and again":                   {Match: faultproxy.Is("GET", "blob"), Nth: 2, Times: 3, Action: faultproxy.CutResponse(50 << 10)},
		"a manifest, for which there are no ranges": {Match: faultproxy.Is("GET", "manifest"), Nth: 1, Action: faultproxy.CutResponse(20)},
	} {
		t.Run(name, func(t *testing.T) {
			proxy := faultproxy.New(t, backend)
			proxy.Add(fault)
			pulled, err := remote.Image(tag(t, proxy.Host(), "a:1"), newRemote(t, registry.RemoteOptions{}).Options(t.Context())...)
			if err != nil {
				t.Fatal(err)
			}
			for _, layer := range mustLayers(t, pulled) {
				if err := validate.Layer(layer); err != nil {
					t.Error(err)
				}
			}
			if want := max(1, fault.Times); proxy.Fired() != want {
				t.Errorf("%d faults struck, not %d", proxy.Fired(), want)
			}
		})
	}

	t.Run("asks for the rest alone", func(t *testing.T) {
		proxy := faultproxy.New(t, backend)
		proxy.Add(faultproxy.Fault{Match: faultproxy.Is("GET", "blob"), Nth: 1, Action: faultproxy.CutResponse(150 << 10)})
		want, err := partial.Descriptor(mustLayers(t, image)[0])
		if err != nil {
			t.Fatal(err)
		}
		blob, err := remote.Layer(tag(t, proxy.Host(), "a:1").Context().Digest(want.Digest.String()), newRemote(t, registry.RemoteOptions{}).Options(t.Context())...)
		if err != nil {
			t.Fatal(err)
		}
		content, err := blob.Compressed()
		if err != nil {
			t.Fatal(err)
		}
		defer content.Close()
		n, err := io.Copy(io.Discard, content)
		if got := proxy.Counts().Of("GET", "blob"); err != nil || got.Requests != 2 || got.Out != n || n != want.Size {
			t.Errorf("%d bytes read, %v; %+v passed", n, err, got)
		}
	})

	t.Run("gives up", func(t *testing.T) {
		proxy := faultproxy.New(t, backend)
		proxy.Add(faultproxy.Fault{Match: faultproxy.Is("GET", "blob"), Action: faultproxy.CutResponse(0)})
		pulled, err := remote.Image(tag(t, proxy.Host(), "a:1"), newRemote(t, registry.RemoteOptions{}).Options(t.Context())...)
		if err != nil {
			t.Fatal(err)
		}
		_, err = pulled.RawConfigFile()
		if err = registry.Explain(err); !errors.Is(err, registry.ErrUnavailable) {
			t.Errorf("it ends with %v", err)
		}
		if n := proxy.Counts().Of("GET", "blob").Requests; n < 4 || n > 8 { // net/http repeats some by itself
			t.Errorf("asked %d times", n)
		}
	})
}
