package lfs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// All that is absent comes, in batches of 100 and at most 8 at a time; a second
// Fetch asks for nothing.
func TestFetch(t *testing.T) {
	contents := some(250, 2000)
	s := newServer(t, contents...)
	s.ref = "refs/heads/main"
	s.get = func(http.ResponseWriter, *http.Request, string) bool {
		time.Sleep(time.Millisecond) // so that downloads overlap
		return false
	}
	store := NewStore(t.TempDir(), nil)
	from := Source{Repo: newRepo(t, "lfs.url", s.URL+"/lfs"), Ref: s.ref}
	objects := slices.Concat(objectsOf(contents), objectsOf(contents[:10])) // some twice
	var steps []Progress
	if err := store.Fetch(t.Context(), from, objects, func(p Progress) { steps = append(steps, p) }); err != nil {
		t.Fatal(err)
	}
	holdsExactly(t, store, contents...)
	batches, gets := s.seen()
	if !slices.Equal(batches, []int{100, 100, 50}) || len(gets) != 250 {
		t.Errorf("batches of %v, %d downloads", batches, len(gets))
	}
	if most := s.busiest.Load(); most < 2 || most > 8 {
		t.Errorf("%d downloads at a time", most)
	}
	if last := steps[len(steps)-1]; last.Objects != 250 || last.OfObjects != 250 || last.Bytes != last.OfBytes || last.Bytes < 250*2000 {
		t.Errorf("progress ends with %+v", last)
	}
	s.Close()
	if err := NewStore(store.dir, nil).Fetch(t.Context(), from, objects, nil); err != nil {
		t.Errorf("with everything here: %v", err)
	}
}

// What the repository's own store has is used where it is, once it was found
// to be whole.
func TestFetchBorrows(t *testing.T) {
	contents := some(4, 100)
	whole, damaged, cut, missing := contents[0], contents[1], contents[2], contents[3]
	dir := t.TempDir()
	local := func(oid string) string { return filepath.Join(dir, oid) }
	write(t, local(objectOf(whole).OID), whole)
	write(t, local(objectOf(damaged).OID), slices.Repeat([]byte("x"), len(damaged)))
	write(t, local(objectOf(cut).OID), cut[:50])
	s := newServer(t, contents...)
	store := NewStore(t.TempDir(), local)
	if err := fetchFrom(t, s, store, objectsOf(contents)); err != nil {
		t.Fatal(err)
	}
	_, gets := s.seen()
	slices.Sort(gets)
	want := []string{objectOf(damaged).OID + " ", objectOf(cut).OID + " ", objectOf(missing).OID + " "}
	slices.Sort(want)
	if diff := cmp.Diff(want, gets); diff != "" {
		t.Errorf("downloads (-want +got):\n%s", diff)
	}
	rc, size, err := store.Open(objectOf(whole).OID)
	if err != nil || size != int64(len(whole)) {
		t.Fatalf("%d bytes, %v", size, err)
	}
	rc.Close()
	holdsExactly(t, store, damaged, cut, missing)
}

// What can't be had is named in one error; the rest comes.
func TestFetchFailures(t *testing.T) {
	contents := some(6, 100)
	s := newServer(t, contents[:2]...)
	codes := map[string]int{objectOf(contents[3]).OID: 410, objectOf(contents[4]).OID: 422}
	s.batch = func(w http.ResponseWriter, _ *http.Request, q batchQuestion) bool {
		answer := s.answer(q)
		objects := answer["objects"].([]map[string]any)
		for _, o := range objects {
			if code, ok := codes[o["oid"].(string)]; ok {
				o["error"] = map[string]any{"code": code, "message": "because\n\x1b[31m" + strings.Repeat("x", 300) + " https://u:secret@h/"}
			}
		}
		answer["objects"] = slices.DeleteFunc(objects, func(o map[string]any) bool { return o["oid"] == objectOf(contents[5]).OID })
		_ = json.NewEncoder(w).Encode(answer)
		return true
	}
	store := NewStore(t.TempDir(), nil)
	err := fetchFrom(t, s, store, objectsOf(contents))
	failed := new(FailedError)
	if !errors.As(err, &failed) {
		t.Fatalf("error %v", err)
	}
	var codesSeen []int
	for i, o := range failed.Objects {
		codesSeen = append(codesSeen, o.Code)
		if o.Object != objectOf(contents[2+i]) {
			t.Errorf("failure %d is %+v", i, o)
		}
	}
	if !slices.Equal(codesSeen, []int{404, 410, 422, 0}) {
		t.Errorf("codes %v", codesSeen)
	}
	says(t, err, "fetching 4 LFS objects from", objectOf(contents[2]).OID, "was it pushed with git lfs push?", "removed it", "pointer invalid", "names no address")
	if strings.ContainsAny(err.Error(), "\x1b\r") {
		t.Errorf("the error holds control characters: %q", err)
	}
	holdsExactly(t, store, contents[:2]...)
}

// A server that says that it is busy with one object is asked again for it.
func TestFetchAsksAgain(t *testing.T) {
	content := some(1, 100)[0]
	s := newServer(t, content)
	times := 0
	s.batch = func(w http.ResponseWriter, _ *http.Request, q batchQuestion) bool {
		if times++; times > 2 {
			return false
		}
		fmt.Fprintf(w, `{"objects":[{"oid":%q,"error":{"code":503,"message":"restoring"}}]}`, q.Objects[0].OID)
		return true
	}
	store := NewStore(t.TempDir(), nil)
	if err := fetchFrom(t, s, store, []Object{objectOf(content)}); err != nil {
		t.Fatal(err)
	}
	holdsExactly(t, store, content)
	times = -1 << 30
	err := fetchFrom(t, s, NewStore(t.TempDir(), nil), []Object{objectOf(content)})
	says(t, err, `the server answers 503, saying "restoring"`)
}

// An address that has expired, by its time or in the storage's eyes, is asked
// for anew; not for ever.
func TestFetchExpired(t *testing.T) {
	content := some(1, 100)[0]
	s := newServer(t, content)
	s.expiresIn = 3600
	refused := 0
	s.get = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		if refused++; refused > 2 {
			return false
		}
		http.Error(w, "<Error>Request has expired</Error>", http.StatusForbidden)
		return true
	}
	store := NewStore(t.TempDir(), nil)
	if err := fetchFrom(t, s, store, []Object{objectOf(content)}); err != nil {
		t.Fatal(err)
	}
	if batches, _ := s.seen(); len(batches) != 3 {
		t.Errorf("%d batch requests", len(batches))
	}
	holdsExactly(t, store, content)
	refused = -1 << 30
	store = NewStore(t.TempDir(), nil)
	err := fetchFrom(t, s, store, []Object{objectOf(content)})
	says(t, err, "/get/"+objectOf(content).OID, "refuses again and again (403)")
	holdsExactly(t, store)
}

// Addresses that expire while others are downloaded are asked for anew.
func TestFetchExpiresInTheQueue(t *testing.T) {
	contents := some(24, 100)
	s := newServer(t, contents...)
	s.expiresIn = 1
	s.get = func(http.ResponseWriter, *http.Request, string) bool {
		time.Sleep(600 * time.Millisecond)
		return false
	}
	store := NewStore(t.TempDir(), nil)
	if err := fetchFrom(t, s, store, objectsOf(contents)); err != nil {
		t.Fatal(err)
	}
	batches, gets := s.seen()
	if len(batches) < 2 || len(gets) != 24 {
		t.Errorf("batches of %v, %d downloads", batches, len(gets))
	}
	holdsExactly(t, store, contents...)
}

// Two that fetch the same objects take turns: each object comes once.
func TestFetchTwice(t *testing.T) {
	contents := some(20, 50_000)
	s := newServer(t, contents...)
	s.get = func(http.ResponseWriter, *http.Request, string) bool {
		time.Sleep(5 * time.Millisecond)
		return false
	}
	dir := t.TempDir()
	from := Source{Repo: newRepo(t, "lfs.url", s.URL+"/lfs")}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if err := NewStore(dir, nil).Fetch(t.Context(), from, objectsOf(contents), nil); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	_, gets := s.seen()
	slices.Sort(gets)
	if once := slices.Compact(slices.Clone(gets)); len(once) != 20 || len(gets) != 20 {
		t.Errorf("%d downloads of %d objects", len(gets), len(once))
	}
	holdsExactly(t, NewStore(dir, nil), contents...)
}

// A Fetch whose context ends leaves what has come, for the next.
func TestFetchCancelled(t *testing.T) {
	content := some(1, 1<<20)[0]
	s := newServer(t, content)
	ctx, cancel := context.WithCancel(t.Context())
	first := true
	s.get = func(w http.ResponseWriter, r *http.Request, oid string) bool {
		if !first {
			return false
		}
		first = false
		_, _ = w.Write(content[:600_000])
		_ = http.NewResponseController(w).Flush()
		time.Sleep(50 * time.Millisecond)
		cancel()
		<-r.Context().Done()
		return true
	}
	store := NewStore(t.TempDir(), nil)
	from := Source{Repo: newRepo(t, "lfs.url", s.URL+"/lfs")}
	if err := store.Fetch(ctx, from, []Object{objectOf(content)}, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	info, err := os.Stat(store.partialPath(objectOf(content).OID))
	if err != nil || info.Size() == 0 || info.Size() > 600_000 {
		t.Fatalf("what was left: %v %v", info, err)
	}
	if err := store.Fetch(t.Context(), from, []Object{objectOf(content)}, nil); err != nil {
		t.Fatal(err)
	}
	_, gets := s.seen()
	if want := fmt.Sprintf("%s bytes=%d-", objectOf(content).OID, info.Size()); gets[1] != want {
		t.Errorf("the second asks for %q, want %q", gets[1], want)
	}
	holdsExactly(t, store, content)
}

// What can't be an object is refused before anything is asked or written.
func TestFetchRefuses(t *testing.T) {
	for _, o := range []Object{
		{"../../../../etc/passwd", 1}, {"", 1}, {strings.Repeat("AB", 32), 1}, {strings.Repeat("ab", 31), 1}, {strings.Repeat("ab", 32), -1},
	} {
		store := NewStore(t.TempDir(), nil)
		if err := store.Fetch(t.Context(), Source{}, []Object{o}, nil); err == nil {
			t.Errorf("%+v is fetched", o)
		}
		if _, _, err := store.Open(o.OID); err == nil {
			t.Errorf("%+v is opened", o)
		}
	}
}

func TestFetchNeedsRoom(t *testing.T) {
	s := newServer(t)
	store := NewStore(filepath.Join(t.TempDir(), "not", "yet"), nil)
	err := fetchFrom(t, s, store, []Object{{strings.Repeat("ab", 32), 1 << 60}})
	if !errors.Is(err, ErrNoSpace) {
		t.Fatalf("error %v", err)
	}
	says(t, err, "1 LFS object needs 1099511627776 MB more", "make room")
	if batches, _ := s.seen(); len(batches) != 0 {
		t.Error("the server was asked")
	}
}
