package lfs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/internal/filelock"
)

// A file of the store that is not what its name says is an error at its end,
// and one of another size is fetched anew.
func TestStoreDamaged(t *testing.T) {
	content := some(1, 100_000)[0]
	o := objectOf(content)
	s := newServer(t, content)
	store := NewStore(t.TempDir(), nil)
	if _, _, err := store.Open(o.OID); !errors.Is(err, ErrAbsent) {
		t.Errorf("error %v", err)
	}
	damaged := bytes.Clone(content)
	damaged[99_999] ^= 1
	write(t, store.path(o.OID), damaged)
	rc, _, err := store.Open(o.OID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, rc)
	rc.Close()
	says(t, err, "is damaged; remove that file and run again", store.path(o.OID))
	write(t, store.path(o.OID), content[:50])
	if err := fetchFrom(t, s, store, []Object{o}); err != nil {
		t.Fatal(err)
	}
	holdsExactly(t, store, content)
}

// Parts that nobody comes back for are removed, those of contents that are here
// at once; one that a process is writing stays, and so does a young one.
func TestSweep(t *testing.T) {
	store := NewStore(t.TempDir(), nil)
	long := time.Now().Add(-2 * keptFor)
	oids := map[string]string{}
	for i, name := range []string{"old", "young", "locked", "here"} {
		oids[name] = strings.Repeat("abcdef"[i:i+1], 64)
		leave(t, store, oids[name], []byte("part"))
		if name == "old" || name == "locked" {
			if err := os.Chtimes(store.partialPath(oids[name]), long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(t, store.path(oids["here"]), []byte("content"))
	write(t, store.partialPath("not an object"), nil)
	file, err := filelock.Open(store.partialPath(oids["locked"]))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	store.sweep()
	for name, oid := range oids {
		_, err := os.Stat(store.partialPath(oid))
		if kept := err == nil; kept != (name == "young" || name == "locked") {
			t.Errorf("%s: kept is %v", name, kept)
		}
	}
}

// A turn that is waited for ends with the context.
func TestBeginWaits(t *testing.T) {
	store := NewStore(t.TempDir(), nil)
	o := objectOf([]byte("x"))
	first, err := store.begin(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer first.close()
	if _, err := store.begin(soon(t, 50*time.Millisecond), o); err == nil {
		t.Error("two have the turn")
	}
}

// BenchmarkOpen reads a content, and its digest with it.
func BenchmarkOpen(b *testing.B) {
	content := make([]byte, 64<<20)
	o := objectOf(content)
	store := NewStore(b.TempDir(), nil)
	p, err := store.begin(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := p.Write(content); err != nil {
		b.Fatal(err)
	}
	if err := p.finish(store.path(o.OID)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(o.Size)
	for b.Loop() {
		rc, _, err := store.Open(o.OID)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, rc); err != nil {
			b.Fatal(err)
		}
		rc.Close()
	}
}
