package faultproxy

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"time"
)

// Fault is something that happens to requests.
type Fault struct {
	// Match says which requests count; nil is all.
	Match func(*http.Request) bool
	// Nth is the first of them that is struck, from 1; 0 strikes every one.
	Nth int
	// Times is how many in a row are struck from there; 0 means one.
	Times int
	// Action is what happens.
	Action Action
}

// Is matches a method and a class (see Class); "" matches any.
func Is(method, class string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return (method == "" || r.Method == method) && (class == "" || Class(r) == class)
	}
}

// armed is a fault that has seen some of its requests.
type armed struct {
	Fault
	seen int
}

// due counts the request where it matches, and says whether it is struck.
func (f *armed) due(r *http.Request) bool {
	if f.Match != nil && !f.Match(r) {
		return false
	}
	f.seen++
	return f.Nth == 0 || f.seen >= f.Nth && f.seen < f.Nth+max(1, f.Times)
}

// Action is what a fault does to a request: Delay, Answer, CutRequest,
// CutResponse or Call. Several faults may strike one request, in the order in
// which they were added.
type Action func(*exchange)

// exchange is one request and its answer, as actions see it.
type exchange struct {
	w        http.ResponseWriter
	r        *http.Request
	in       *reader
	out      *writer
	answered bool
}

// Delay holds the request back, for as long as its client waits at most.
func Delay(d time.Duration) Action {
	return func(x *exchange) {
		select {
		case <-time.After(d):
		case <-x.r.Context().Done():
		}
	}
}

// Answer answers in the server's place, which sees nothing of the request. The
// header may be nil.
func Answer(status int, header http.Header, body string) Action {
	return func(x *exchange) {
		if x.answered {
			return
		}
		x.answered = true
		maps.Copy(x.w.Header(), header)
		x.w.WriteHeader(status)
		_, _ = io.WriteString(x.w, body) // a client that left
	}
}

// CutRequest breaks both connections once so many bytes of the request's body
// have passed, or at its end where it is shorter: the server gets a part, the
// client gets no answer.
func CutRequest(after int64) Action {
	return func(x *exchange) {
		x.in.cut = after
		if x.r.ContentLength == 0 {
			panic(http.ErrAbortHandler) // there is no body to wait for
		}
	}
}

// CutResponse breaks the client's connection once so many bytes of the answer's
// body have passed; with 0 not even its header does. A shorter answer passes
// whole. The server did its work.
func CutResponse(after int64) Action { return func(x *exchange) { x.out.cut = after } }

// Call calls the function, which may kill a process, before the request is
// passed on.
func Call(f func()) Action { return func(*exchange) { f() } }

// errCut is what the server's side is told of a cut request.
var errCut = errors.New("cut by a fault")

// reader counts the request's body and cuts it, where cut is not negative.
type reader struct {
	io.ReadCloser
	passed, cut int64
	count       func(int64)
}

func (r *reader) Read(p []byte) (int, error) {
	if r.cut >= 0 {
		if r.passed >= r.cut {
			return 0, errCut
		}
		p = p[:min(int64(len(p)), r.cut-r.passed)]
	}
	n, err := r.ReadCloser.Read(p)
	r.passed += int64(n)
	r.count(int64(n))
	if r.cut >= 0 && errors.Is(err, io.EOF) {
		err = errCut
	}
	return n, err
}

// writer counts the answer's body and cuts it, where cut is not negative.
type writer struct {
	http.ResponseWriter
	begun       bool
	passed, cut int64
	answered    func(status int)
	count       func(int64)
}

// WriteHeader notes the status that the server gave. Where the answer is cut before its body, the
// client does not get the header either.
func (w *writer) WriteHeader(status int) {
	w.begun = true
	w.answered(status)
	if w.cut == 0 {
		panic(http.ErrAbortHandler)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	cut := w.cut >= 0 && w.passed+int64(len(p)) >= w.cut
	if cut {
		p = p[:w.cut-w.passed]
	}
	n, err := w.ResponseWriter.Write(p)
	w.passed += int64(n)
	w.count(int64(n))
	if cut {
		_ = http.NewResponseController(w.ResponseWriter).Flush() // so that the part arrives
		panic(http.ErrAbortHandler)
	}
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
