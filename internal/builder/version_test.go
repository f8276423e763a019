package builder

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"

	controlapi "github.com/moby/buildkit/api/services/control"
	apitypes "github.com/moby/buildkit/api/types"
	"google.golang.org/grpc"
)

func TestOldDaemonsAreRefused(t *testing.T) {
	for version, want := range map[string]bool{
		"v0.34.2": true, "0.13.0": true, "v0.13.0-rc1": true, "v1.0.0": true, "v0.13.1+3-g12ab": true,
		"v0.12.5": false, "v0.8.3-3-g244e8cde": false, "0.9": true, // not a version: it may be anything
		"": true, "v0.0.0+unknown": true, "8e3dd45d2c01": true, "v0.-1.0": true, "v0.x.0": true,
	} {
		err := checkVersion(version)
		if (err == nil) != want {
			t.Errorf("version %q: %v, want it taken: %v", version, err, want)
		}
	}
}

// daemonOf answers like a daemon of a version; "" is one that has no answer.
type daemonOf struct {
	controlapi.UnimplementedControlServer
	version string
	workers int
}

func (d daemonOf) Info(ctx context.Context, in *controlapi.InfoRequest) (*controlapi.InfoResponse, error) {
	if d.version == "" {
		return d.UnimplementedControlServer.Info(ctx, in)
	}
	return &controlapi.InfoResponse{BuildkitVersion: &apitypes.BuildkitVersion{Version: d.version}}, nil
}

func (d daemonOf) ListWorkers(context.Context, *controlapi.ListWorkersRequest) (*controlapi.ListWorkersResponse, error) {
	return &controlapi.ListWorkersResponse{Record: make([]*apitypes.WorkerRecord, d.workers)}, nil
}

// serve answers until the test ends, at the socket that it returns.
func (d daemonOf) serve(t *testing.T) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "b.sock")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	controlapi.RegisterControlServer(server, d)
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	return socket
}

func TestDaemonsThatDoNotServe(t *testing.T) {
	for _, test := range []struct {
		name   string
		daemon daemonOf
		want   string
	}{
		{"serves", daemonOf{version: "v0.13.0", workers: 1}, ""},
		{"silent", daemonOf{workers: 1}, "it is a BuildKit before v0.11, which does not say its version, and Gantline needs v0.13.0 or newer: update that daemon, or name another"},
		{"old", daemonOf{version: "v0.12.5", workers: 1}, "it is BuildKit v0.12.5, and Gantline needs v0.13.0 or newer"},
		{"no worker", daemonOf{version: "v0.34.2"}, "it has no worker, so it builds nothing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, err := Find(t.Context(), Options{Address: "unix://" + test.daemon.serve(t)})
			if err == nil {
				b.Close()
			}
			if test.want == "" && err == nil {
				return
			}
			if err == nil || test.want == "" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
