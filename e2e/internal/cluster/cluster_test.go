package cluster

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gantline.dev/gantline/e2e/internal/sandbox"
)

func TestAt(t *testing.T) {
	for name, valid := range map[string]bool{
		"default": true, "a": true, "e2e-1": true,
		"": false, "A": false, "../x": false, "-a": false, "a-": false, ".seeds": false, strings.Repeat("a", 33): false,
	} {
		if _, err := At("/base", name); (err == nil) != valid {
			t.Errorf("the name %q: %v", name, err)
		}
	}
}

// TestLock: the lock says whether a cluster is alive, and nothing else does.
func TestLock(t *testing.T) {
	f := Folder(filepath.Join(t.TempDir(), "c"))
	if alive, err := f.alive(); alive || err != nil {
		t.Errorf("a cluster that never started is alive: %v, %v", alive, err)
	}
	lock, err := f.lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.lock(); !errors.Is(err, errLocked) {
		t.Errorf("the lock was given twice: %v", err)
	}
	if err := f.save(State{Name: "c", PID: 1, Ready: true}); err != nil {
		t.Fatal(err)
	}
	if s, err := Read(f); err != nil || !s.Running || !s.Ready {
		t.Errorf("a locked cluster is %+v (%v)", s, err)
	}
	lock.Close()
	if s, err := Read(f); err != nil || s.Running || s.Ready {
		t.Errorf("a cluster whose daemon is gone is %+v (%v)", s, err)
	}
}

// TestAwaitOther: who waits for a start that ends takes over, instead of
// failing with it.
func TestAwaitOther(t *testing.T) {
	f := Folder(filepath.Join(t.TempDir(), "c"))
	lock, err := f.lock()
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() { lock.Close() })
	if _, err := awaitOther(t.Context(), Options{Folder: f}, io.Discard); !errors.Is(err, errOtherEnded) {
		t.Errorf("waiting for a start that ended gives %v", err)
	}
	if lock, err = f.lock(); err != nil {
		t.Errorf("nobody can take over: %v", err)
	}
	lock.Close()
}

func TestStateIsReadBack(t *testing.T) {
	f := Folder(t.TempDir())
	want := State{
		Name: f.Name(), PID: 7, APIServer: "https://127.0.0.1:1", Registry: "127.0.0.1:2",
		SSH: &SSH{Host: "127.0.0.1", Port: 3, User: "u"}, Logs: f.Logs(), AuditLog: f.Logs() + "/audit.log",
		Cgroups: sandbox.Cgroups{Folders: []string{"/c"}, Parents: []string{"/"}},
	}
	if err := f.save(want); err != nil {
		t.Fatal(err)
	}
	got, err := f.load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestClearKeepsLogs(t *testing.T) {
	f := Folder(t.TempDir())
	for _, name := range []string{"lock", "logs/a.log", "etcd/member/db", "state.json"} {
		path := f.join(name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.clear(true); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(f.join("*"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{f.join("lock"), f.join("logs")}, left); diff != "" {
		t.Error(diff)
	}
}

// TestRegistryIsShared: what was pushed to one cluster's registry is in the
// next one's, at another port and with the same digest.
func TestRegistryIsShared(t *testing.T) {
	base := t.TempDir()
	program := filepath.Join(t.TempDir(), "tool")
	if err := os.WriteFile(program, []byte("#!/bin/true"), 0o755); err != nil {
		t.Fatal(err)
	}
	var ports, digests []string
	for range 2 {
		r, err := startRegistry(t.Context(), base)
		if err != nil {
			t.Fatal(err)
		}
		defer r.server.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		i := image{reference: r.address + "/tool:1", program: program, name: "tool"}
		if len(ports) == 0 {
			if err := i.push(ctx); err != nil {
				t.Fatal(err)
			}
		}
		ref, err := name.ParseReference(i.reference)
		if err != nil {
			t.Fatal(err)
		}
		found, err := remote.Head(ref, remote.WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		ports, digests = append(ports, r.address), append(digests, found.Digest.String())
	}
	if ports[0] == ports[1] || digests[0] != digests[1] {
		t.Errorf("ports %v, digests %v", ports, digests)
	}
}
