package builder_test

import (
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/session/grpchijack"

	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/builder/buildertest"
)

// engine is the part of a Docker engine's API that builds use, before a real
// BuildKit: /info, and the two requests that become connections.
func engine(t *testing.T, info string, inner *client.Client, innerSocket string) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "docker.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /info", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, info) })
	mux.HandleFunc("POST /grpc", func(w http.ResponseWriter, r *http.Request) {
		server, err := net.Dial("unix", innerSocket)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		take(t, w, r, "h2c", server)
	})
	mux.HandleFunc("POST /session", func(w http.ResponseWriter, r *http.Request) {
		meta := map[string][]string{}
		for name, values := range r.Header {
			if strings.HasPrefix(name, "X-Docker-Expose-Session") {
				meta[name] = values
			}
		}
		server, err := grpchijack.Dialer(inner.ControlClient())(t.Context(), "h2c", meta)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		take(t, w, r, "h2c", server)
	})
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(listener) }() // ends with Close
	t.Cleanup(func() { server.Close() })
	return socket
}

// take answers that the protocol is switched, and joins the connections.
func take(t *testing.T, w http.ResponseWriter, r *http.Request, protocol string, server net.Conn) {
	if got := r.Header.Get("Upgrade"); got != protocol {
		t.Errorf("%s asked for %q, want %q", r.URL.Path, got, protocol)
	}
	conn, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Errorf("taking the connection: %v", err)
		return
	}
	io.WriteString(conn, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: "+protocol+"\r\n\r\n")
	go func() { io.Copy(server, buffered); server.Close() }()
	io.Copy(conn, server)
	conn.Close()
}

func TestDockerEngineBuilds(t *testing.T) {
	innerSocket := buildertest.Serve(t)
	real, err := builder.Find(t.Context(), builder.Options{Address: "unix://" + innerSocket})
	if err != nil {
		t.Fatal(err)
	}
	defer real.Close()
	socket := engine(t, `{"ServerVersion":"29.0","DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]]}`, real.Client(), innerSocket)

	b, err := builder.Find(t.Context(), builder.Options{Docker: builder.Docker{Host: "unix://" + socket}, Registry: "127.0.0.1:5000"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if !strings.Contains(b.Describe(), "Docker engine 29.0") {
		t.Errorf("Describe() = %q", b.Describe())
	}
	build(t, b)
}

func TestUnfitDockerEngineIsNamed(t *testing.T) {
	socket := engine(t, `{"ServerVersion":"20.10.24","DriverStatus":[["Backing Filesystem","extfs"]]}`, nil, "")
	_, err := builder.Find(t.Context(), builder.Options{Docker: builder.Docker{Host: "unix://" + socket}})
	if err == nil || !strings.Contains(err.Error(), "Docker engine 20.10.24 was passed over") {
		t.Errorf("got %v, want why the engine does not serve", err)
	}
}
