package build

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestLimit(t *testing.T) {
	var running, most atomic.Int64
	inside := make(chan struct{})
	leave := make(chan struct{})
	inner := Func(func(context.Context, Spec) (Image, error) {
		most.Store(max(most.Load(), running.Add(1)))
		inside <- struct{}{}
		<-leave
		running.Add(-1)
		return Image{Digest: "sha256:x"}, nil
	})
	b := Limit(inner, 2)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if image, err := b.Build(context.Background(), Spec{}); err != nil || image.Digest == "" {
				t.Errorf("built %v, %v", image, err)
			}
		})
	}
	<-inside
	<-inside
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := b.Build(ctx, Spec{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while waiting: %v", err)
	}
	for range 4 {
		leave <- struct{}{}
		<-inside
	}
	leave <- struct{}{}
	leave <- struct{}{}
	all.Wait()
	if most.Load() != 2 {
		t.Errorf("%d builds ran at once", most.Load())
	}
}

func TestRecord(t *testing.T) {
	failure := errors.New("no")
	var events []Event
	b := Record(Func(func(_ context.Context, spec Spec) (Image, error) {
		if spec.Name == "bad" {
			return Image{}, failure
		}
		return Image{Name: spec.Name}, nil
	}), func(e Event) { events = append(events, e) })
	for _, name := range []string{"good", "bad"} {
		if image, err := b.Build(context.Background(), Spec{Name: name}); (err != nil) != (name == "bad") {
			t.Errorf("%s: %v, %v", name, image, err)
		}
	}
	if len(events) != 2 || events[0].Image.Name != "good" || !errors.Is(events[1].Err, failure) || events[1].Spec.Name != "bad" {
		t.Errorf("events are %+v", events)
	}
}

func TestDirCache(t *testing.T) {
	c := DirCache{filepath.Join(t.TempDir(), "cache")}
	b := BinaryBytes([]byte("content"))
	if _, ok := c.Get(b.Digest); ok {
		t.Error("an empty cache has something")
	}
	c.Put(b.Digest, []byte("content"))
	if got, ok := c.Get(b.Digest); !ok || string(got) != "content" {
		t.Errorf("got %q, %v", got, ok)
	}
	c.Put(b.Digest, []byte("forged"))
	if got, ok := c.Get(b.Digest); ok {
		t.Errorf("a forged entry is believed: %q", got)
	}
	if entries, err := os.ReadDir(c.Dir); err != nil || len(entries) != 1 {
		t.Errorf("the directory has %v, %v", entries, err)
	}
}

func TestBinaryFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "step")
	if err := os.WriteFile(path, []byte("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	file, err := BinaryFile(path)
	if want := BinaryBytes([]byte("program")); err != nil || file.Digest != want.Digest || file.Size != want.Size {
		t.Errorf("file is %+v, %v", file, err)
	}
	if _, err := BinaryFile(path + "x"); err == nil || !strings.Contains(err.Error(), "reading binary") {
		t.Errorf("no such file: %v", err)
	}
}
