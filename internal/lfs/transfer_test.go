package lfs

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/internal/fakes/faultproxy"
)

// A part that an earlier process left is gone on with, whatever it is and
// whatever the server makes of a request for the rest.
func TestResume(t *testing.T) {
	content := some(1, 10_000)[0]
	other := bytes.Repeat([]byte("?"), 4000)
	serveAll := func(s *server) {
		s.get = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
			_, _ = w.Write(content)
			return true
		}
	}
	for _, test := range []struct {
		name string
		left []byte
		set  func(*server)
		gets []string // the ranges that are asked for
	}{
		{name: "a part", left: content[:4000], gets: []string{"bytes=4000-"}},
		{name: "nothing", left: nil, gets: []string{""}},
		{name: "all of it", left: content, gets: nil},
		{name: "more than all", left: append(slices.Clone(content), 'x'), gets: []string{""}},
		{name: "another part", left: other, gets: []string{"bytes=4000-", ""}},
		{name: "other content", left: bytes.Repeat([]byte("?"), len(content)), gets: []string{""}},
		{name: "a server without ranges", left: content[:4000], set: serveAll, gets: []string{"bytes=4000-"}},
		{name: "a server that refuses ranges", left: content[:4000], gets: []string{"bytes=4000-", ""}, set: func(s *server) {
			s.get = func(w http.ResponseWriter, r *http.Request, _ string) bool {
				if r.Header.Get("Range") != "" {
					w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				}
				return r.Header.Get("Range") != ""
			}
		}},
		{name: "a server that sends another part", left: content[:4000], gets: []string{"bytes=4000-", ""}, set: func(s *server) {
			s.get = func(w http.ResponseWriter, r *http.Request, _ string) bool {
				if r.Header.Get("Range") != "" {
					r.Header.Set("Range", "bytes=3000-")
				}
				return false
			}
		}},
		{name: "a server that sends less", left: content[:4000], gets: []string{"bytes=4000-", ""}, set: func(s *server) {
			s.get = func(w http.ResponseWriter, r *http.Request, _ string) bool {
				if r.Header.Get("Range") != "" {
					r.Header.Set("Range", "bytes=4000-4999")
				}
				return false
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, content)
			if test.set != nil {
				test.set(s)
			}
			o := objectOf(content)
			store := NewStore(t.TempDir(), nil)
			leave(t, store, o.OID, test.left)
			var last Progress
			err := store.fetch(t.Context(), Source{Repo: newRepo(t, "lfs.url", s.URL+"/lfs")}, []Object{o}, func(p Progress) { last = p }, hasty())
			if err != nil {
				t.Fatal(err)
			}
			holdsExactly(t, store, content)
			_, gets := s.seen()
			var want []string
			for _, part := range test.gets {
				want = append(want, o.OID+" "+part)
			}
			if !slices.Equal(gets, want) {
				t.Errorf("downloads %q, want %q", gets, want)
			}
			if last != (Progress{1, 1, o.Size, o.Size}) {
				t.Errorf("progress ends with %+v", last)
			}
		})
	}
}

// Content that isn't what its pointer says is an error and leaves nothing.
func TestWrongContent(t *testing.T) {
	content := some(1, 10_000)[0]
	wrong := bytes.Repeat([]byte("?"), len(content))
	chunked := func(w http.ResponseWriter, parts ...[]byte) {
		for _, part := range parts {
			_, _ = w.Write(part)
			_ = http.NewResponseController(w).Flush() // so that no length is announced
		}
	}
	for _, test := range []struct {
		name, want string
		get        func(http.ResponseWriter)
	}{
		{"digest", "another SHA-256 than its name", func(w http.ResponseWriter) { _, _ = w.Write(wrong) }},
		{"shorter", "the server has 9000 bytes of it, its pointer says 10010", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "9000")
			_, _ = w.Write(content[:9000])
		}},
		{"longer", "the server has 20020 bytes of it", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "20020")
			_, _ = w.Write(append(slices.Clone(content), content...))
		}},
		{"longer, in chunks", "sends more than the 10010 bytes", func(w http.ResponseWriter) { chunked(w, content, content) }},
		{"encoded", "the server sends it encoded (gzip)", func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(content)
		}},
		{"gone", "the server doesn't have it (404)", func(w http.ResponseWriter) { http.Error(w, "no", http.StatusNotFound) }},
		{"bad request", `the server answers 400 Bad Request ("no such")`, func(w http.ResponseWriter) {
			http.Error(w, `{"message":"no such"}`, http.StatusBadRequest)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, content)
			s.get = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
				test.get(w)
				return true
			}
			store := NewStore(t.TempDir(), nil)
			says(t, fetchFrom(t, s, store, []Object{objectOf(content)}), "fetching 1 LFS object from", objectOf(content).OID, test.want)
			if _, gets := s.seen(); len(gets) != 1 {
				t.Errorf("%d downloads", len(gets))
			}
			holdsExactly(t, store)
		})
	}
}

// Chunks that end too early are a cut: the rest is asked for, and given up
// where nothing more comes.
func TestShortChunks(t *testing.T) {
	content := some(1, 10_000)[0]
	s := newServer(t, content)
	s.get = func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.Header.Get("Range") != "" {
			w.Header().Set("Content-Range", "bytes 5000-10009/10010")
			w.WriteHeader(http.StatusPartialContent)
		} else {
			_, _ = w.Write(content[:5000])
		}
		_ = http.NewResponseController(w).Flush()
		return true
	}
	store := NewStore(t.TempDir(), nil)
	err := fetchFrom(t, s, store, []Object{objectOf(content)})
	says(t, err, "the connection broke after 5000 of 10010 bytes", "tried 6 times", "run again")
	if _, gets := s.seen(); len(gets) != 6 {
		t.Errorf("%d downloads", len(gets))
	}
	s.get = nil
	if err := fetchFrom(t, s, store, []Object{objectOf(content)}); err != nil {
		t.Fatal(err)
	}
	holdsExactly(t, store, content)
}

// A server that is busy is asked again, after the time that it asks for; one
// that stays busy is given up.
func TestBusy(t *testing.T) {
	content := some(1, 1000)[0]
	for where, statuses := range map[string][]int{"batch": {429, 500, 504}, "get": {429, 408, 502, 503}} {
		for _, status := range statuses {
			t.Run(fmt.Sprint(where, status), func(t *testing.T) {
				s := newServer(t, content)
				left := 2
				refuse := func(w http.ResponseWriter) bool {
					if left--; left < 0 {
						return false
					}
					http.Error(w, `{"message":"later"}`, status)
					return true
				}
				if where == "batch" {
					s.batch = func(w http.ResponseWriter, _ *http.Request, _ batchQuestion) bool { return refuse(w) }
				} else {
					s.get = func(w http.ResponseWriter, _ *http.Request, _ string) bool { return refuse(w) }
				}
				store := NewStore(t.TempDir(), nil)
				if err := fetchFrom(t, s, store, []Object{objectOf(content)}); err != nil {
					t.Fatal(err)
				}
				holdsExactly(t, store, content)
				left = 1 << 30
				err := fetchFrom(t, s, NewStore(t.TempDir(), nil), []Object{objectOf(content)})
				says(t, err, strconv.Itoa(status), `("later")`, "tried 6 times")
			})
		}
	}
}

// Cut connections are made again, and each goes on where the one before it was
// cut: no byte comes twice.
func TestCuts(t *testing.T) {
	content := some(1, 4<<20)[0]
	s := newServer(t, content)
	proxy := faultproxy.New(t, s.URL)
	s.URL = proxy.URL
	for _, fault := range []faultproxy.Fault{
		{Match: faultproxy.Is("POST", ""), Nth: 1, Action: faultproxy.CutResponse(0)},
		{Match: faultproxy.Is("POST", ""), Nth: 2, Action: faultproxy.CutResponse(50)},
		{Match: faultproxy.Is("GET", ""), Nth: 1, Action: faultproxy.CutResponse(0)},
		{Match: faultproxy.Is("GET", ""), Nth: 2, Times: 2, Action: faultproxy.CutResponse(1_500_000)},
	} {
		proxy.Add(fault)
	}
	store := NewStore(t.TempDir(), nil)
	if err := fetchFrom(t, s, store, []Object{objectOf(content)}); err != nil {
		t.Fatal(err)
	}
	holdsExactly(t, store, content)
	_, gets := s.seen()
	var ranges []string
	for _, get := range gets {
		_, part, _ := strings.Cut(get, " ")
		ranges = append(ranges, part)
	}
	if want := []string{"", "", "bytes=1500000-", "bytes=3000000-"}; !slices.Equal(ranges, want) || proxy.Fired() != 5 {
		t.Errorf("ranges %q, %d faults", ranges, proxy.Fired())
	}
	if out := proxy.Counts().Of("GET", "").Out; out != int64(len(content)) {
		t.Errorf("%d bytes came for %d", out, len(content))
	}
}

func TestBusyAnswers(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, test := range []struct {
		status int
		value  string
		after  time.Duration
		ok     bool
	}{
		{503, "", 0, true}, {503, "7", 7 * time.Second, true}, {429, "Fri, 02 Jan 2026 03:05:05 GMT", time.Minute, true},
		{429, "Thu, 01 Jan 2026 00:00:00 GMT", 0, true}, {429, "-5", 0, true}, {429, "soon", 0, true},
		{404, "7", 0, false}, {501, "", 0, false}, {507, "", 0, false}, {200, "", 0, false},
	} {
		after, ok := busy(test.status, http.Header{"Retry-After": {test.value}}, now)
		if after != test.after || ok != test.ok {
			t.Errorf("%d %q: %v %v, want %v %v", test.status, test.value, after, ok, test.after, test.ok)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	content := some(1, 1000)[0]
	s := newServer(t, content)
	wait := "1"
	refused := false
	s.get = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		if refused {
			return false
		}
		refused = true
		w.Header().Set("Retry-After", wait)
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
	began := time.Now()
	if err := fetchFrom(t, s, NewStore(t.TempDir(), nil), []Object{objectOf(content)}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < time.Second {
		t.Errorf("asked again after %v", took)
	}
	refused, wait = false, "86400"
	says(t, fetchFrom(t, s, NewStore(t.TempDir(), nil), []Object{objectOf(content)}), "it asks to wait 24h0m0s")
}

// A server that goes silent in the middle is left, and asked for the rest.
func TestSilence(t *testing.T) {
	content := some(1, 10_000)[0]
	s := newServer(t, content)
	release := make(chan struct{})
	defer close(release)
	s.get = func(w http.ResponseWriter, r *http.Request, _ string) bool {
		if r.Header.Get("Range") != "" {
			return false
		}
		w.Header().Set("Content-Length", "10010")
		_, _ = w.Write(content[:5000])
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-release:
		}
		return true
	}
	store := NewStore(t.TempDir(), nil)
	p := hasty()
	p.silence = 200 * time.Millisecond
	from := Source{Repo: newRepo(t, "lfs.url", s.URL+"/lfs")}
	if err := store.fetch(t.Context(), from, []Object{objectOf(content)}, nil, p); err != nil {
		t.Fatal(err)
	}
	holdsExactly(t, store, content)
}
