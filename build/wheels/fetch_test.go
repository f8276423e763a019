package wheels

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const wheelContent = "the content of a wheel, long enough to be cut"

// wheelAt is the archive of a content at an address.
func wheelAt(url, content string) Archive {
	return Archive{Name: "a", Version: "1", File: "a-1-py3-none-any.whl", URL: url, SHA256: sum(content), Kind: KindWheel}
}

// sends answers with a content, and with parts of it.
func sends(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
	}
}

// cut answers with a content's first bytes, and says that there are more.
func cut(w http.ResponseWriter, content string, length int) {
	w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	fmt.Fprint(w, content[:length])
}

// left puts an earlier attempt's bytes into a store.
func left(t *testing.T, s Store, a Archive, content string) {
	t.Helper()
	path, err := s.Path(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".part", []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestFetch(t *testing.T) {
	half := len(wheelContent) / 2
	rest := fmt.Sprintf("/a bytes=%d-", half)
	for _, c := range []struct {
		name   string
		left   string
		size   int64
		answer func(attempt int, w http.ResponseWriter, r *http.Request)
		want   []string // what the server is asked
		fails  string
	}{
		{name: "whole", want: []string{"/a"}},
		{name: "of a known size", size: int64(len(wheelContent)), want: []string{"/a"}},
		{name: "cut", want: []string{"/a", rest}, answer: func(attempt int, w http.ResponseWriter, r *http.Request) {
			if attempt == 0 {
				cut(w, wheelContent, half)
				return
			}
			sends(wheelContent)(w, r)
		}},
		{name: "cut at each byte", want: nil, answer: func(_ int, w http.ResponseWriter, r *http.Request) {
			var from int
			fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(wheelContent)-1, len(wheelContent)))
			if from > 0 {
				w.WriteHeader(http.StatusPartialContent)
			}
			fmt.Fprint(w, wheelContent[from:from+1])
		}, size: int64(len(wheelContent))},
		{name: "begun", left: wheelContent[:half], want: []string{rest}},
		{name: "all but its name", left: wheelContent, size: int64(len(wheelContent)), want: nil},
		{name: "all but its name and size", left: wheelContent, want: []string{fmt.Sprintf("/a bytes=%d-", len(wheelContent)), "/a"}},
		{name: "of a server without ranges", left: wheelContent[:half], want: []string{rest}, answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, wheelContent)
		}},
		{name: "begun with something else", left: "other", want: []string{"/a bytes=5-", "/a"}},
		{name: "busy", want: []string{"/a", "/a"}, answer: func(attempt int, w http.ResponseWriter, r *http.Request) {
			if attempt == 0 {
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			sends(wheelContent)(w, r)
		}},
		{name: "always busy", want: []string{"/a", "/a", "/a"}, fails: "URL answered 503 Service Unavailable", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}},
		{name: "gone", want: []string{"/a"}, fails: "URL answered 404 Not Found", answer: func(_ int, w http.ResponseWriter, r *http.Request) {
			http.NotFound(w, r)
		}},
		{name: "replaced", want: []string{"/a"}, fails: "what URL sent has the sha256 " + sum("other") + ", but the lock names " + sum(wheelContent) +
			": the archive was replaced, or is not what was locked", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "other")
		}},
		{name: "too long", size: 5, want: []string{"/a"}, fails: "URL sends more than the 5 bytes that the lock or the index says"},
		{name: "always cut", size: int64(len(wheelContent)), want: []string{"/a", "/a", "/a"}, fails: "reading URL: unexpected EOF", answer: func(_ int, w http.ResponseWriter, _ *http.Request) {
			cut(w, wheelContent, 0)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			attempt := -1
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				attempt++
				if c.answer == nil {
					sends(wheelContent)(w, r)
					return
				}
				c.answer(attempt, w, r)
			})
			store := Store{Dir: t.TempDir(), patience: brisk}
			a := wheelAt(s.URL+"/a", wheelContent)
			a.Size = c.size
			if c.left != "" {
				left(t, store, a, c.left)
			}
			path, err := store.Fetch(context.Background(), a)
			if c.name != "cut at each byte" {
				if diff := cmp.Diff(c.want, s.questions()); diff != "" {
					t.Errorf("asked (-want +got)\n%s", diff)
				}
			}
			if c.fails != "" {
				checkFailed(t, store, a, err, "fetching "+a.File+": "+strings.ReplaceAll(c.fails, "URL", a.URL))
				return
			}
			checkFetched(t, store, a, path, err)
		})
	}
}

func checkFetched(t *testing.T, store Store, a Archive, path string, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(store.Dir, a.SHA256[:2], a.SHA256+".whl"); path != want {
		t.Errorf("it is %s, want %s", path, want)
	}
	if got, err := os.ReadFile(path); err != nil || sum(string(got)) != a.SHA256 {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := os.Stat(path + ".part"); !os.IsNotExist(err) {
		t.Errorf("a part is left: %v", err)
	}
}

func checkFailed(t *testing.T, store Store, a Archive, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	path, _ := store.Path(a)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the store has what failed: %v", err)
	}
	if part, err := os.ReadFile(path + ".part"); err != nil || len(part) > 0 {
		t.Errorf("what was sent is kept: %q, %v", part, err)
	}
}

// What the store has isn't asked for, nor read.
func TestFetchOnce(t *testing.T) {
	s := serve(t, sends(wheelContent))
	store := Store{Dir: t.TempDir()}
	a := wheelAt(s.URL+"/a", wheelContent)
	path, err := store.Fetch(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("damaged"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Fetch(context.Background(), a); err != nil || len(s.questions()) != 1 {
		t.Errorf("%v, asked %v", err, s.questions())
	}
	a.Size = int64(len(wheelContent)) // now it shows
	path, err = store.Fetch(context.Background(), a)
	checkFetched(t, store, a, path, err)
}

// Those who want one archive at a time wait for the one who fetches it.
func TestFetchTogether(t *testing.T) {
	s := serve(t, sends(wheelContent))
	store := Store{Dir: t.TempDir()}
	a := wheelAt(s.URL+"/a", wheelContent)
	paths, err := store.FetchAll(context.Background(), []Archive{a, a, a, a})
	if err != nil || len(s.questions()) != 1 {
		t.Fatalf("%v, asked %v", err, s.questions())
	}
	for _, path := range paths {
		checkFetched(t, store, a, path, nil)
	}
}

func TestLargestFirst(t *testing.T) {
	var archives []Archive
	contents := map[string]string{}
	for i := range maxFetched + 3 {
		content := strings.Repeat("x", i+1)
		path := fmt.Sprintf("/%02d", i)
		contents[path] = content
		archives = append(archives, Archive{File: path, SHA256: sum(content), Size: int64(i + 1), Kind: KindWheel})
	}
	var started sync.WaitGroup
	started.Add(maxFetched)
	s := serve(t, nil)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path >= "/03" {
			s.mutex.Lock()
			s.asked = append(s.asked, r.URL.Path)
			s.mutex.Unlock()
			started.Done()
			started.Wait() // the smallest can't come before all of the others have begun
		}
		fmt.Fprint(w, contents[r.URL.Path])
	})
	for i := range archives {
		archives[i].URL = s.URL + archives[i].File
	}
	var mutex sync.Mutex
	told := map[string]int64{}
	store := Store{Dir: t.TempDir(), Progress: func(a Archive, done int64) {
		mutex.Lock()
		defer mutex.Unlock()
		told[a.File] = done
	}}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	paths, err := store.FetchAll(ctx, archives)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range archives {
		checkFetched(t, store, a, paths[i], nil)
		if told[a.File] != a.Size {
			t.Errorf("%s: progress ended at %d of %d", a.File, told[a.File], a.Size)
		}
	}
	if got := s.questions(); len(got) != maxFetched {
		t.Errorf("asked %v", slices.Sorted(slices.Values(got)))
	}
}

func TestFetchIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cut(w, wheelContent, 7)
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	})
	store := Store{Dir: t.TempDir()}
	a := wheelAt(s.URL+"/a", wheelContent)
	if _, err := store.Fetch(ctx, a); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestPaths(t *testing.T) {
	store := Store{Dir: "store"}
	for _, c := range []struct {
		kind       Kind
		file, want string
	}{{KindWheel, "a.whl", ".whl"}, {KindSDist, "a-1.tar.gz", ".tar.gz"}, {KindSDist, "a.zip", ".zip"}, {KindWheel, "a.zip", ".whl"}} {
		got, err := store.Path(Archive{File: c.file, Kind: c.kind, SHA256: hashOf('a')})
		if want := filepath.Join("store", "aa", hashOf('a')+c.want); got != want || err != nil {
			t.Errorf("%s: %s, %v", c.file, got, err)
		}
	}
	for _, hash := range []string{"", "../../x", strings.Repeat("A", 64)} {
		if path, err := store.Path(Archive{SHA256: hash}); err == nil {
			t.Errorf("%q is no hash, but has the path %s", hash, path)
		}
	}
}

func TestFullDisk(t *testing.T) {
	part, err := os.Create(filepath.Join(t.TempDir(), "x.part"))
	if err != nil {
		t.Fatal(err)
	}
	defer part.Close()
	if _, err := part.WriteString("some"); err != nil {
		t.Fatal(err)
	}
	f := fetching{part: part}
	err = f.failed(lasting{&os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}})
	if err == nil || !strings.HasPrefix(err.Error(), "the disk that holds "+part.Name()+" is full") || passing(err) {
		t.Errorf("got %v", err)
	}
	if info, err := part.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("%d bytes are kept, %v", info.Size(), err)
	}
}

func TestRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, "-1": 0, "999999999": time.Hour, "soon": 0, "Thu, 01 Jan 1970 00:00:00 GMT": 0} {
		if got := retryAfter(http.Header{"Retry-After": {text}}); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}
