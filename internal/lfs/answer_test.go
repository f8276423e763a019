package lfs

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Answers that aren't those of an LFS server are a clear error.
func TestBadAnswers(t *testing.T) {
	content := some(1, 100)[0]
	for _, test := range []struct{ name, answer, want string }{
		{"HTML", "<!DOCTYPE html><title>Sign in</title>", `it begins with "<!DOCTYPE html>`},
		{"nothing", "", "it is not the JSON of an LFS server"},
		{"another type", `{"objects":{"a":1}}`, "it is not the JSON of an LFS server"},
		{"cut", `{"objects":[{"oid":"`, "it is not the JSON of an LFS server"},
		{"transfer", `{"transfer":"tus","objects":[]}`, `it wants the transfer "tus"`},
		{"hash", `{"hash_algo":"sha512","objects":[]}`, `it names objects by "sha512"`},
		{"no objects", `{}`, "names no address"},
		{"null", `null`, "names no address"},
		{"too long", `{"objects":[` + strings.Repeat(" ", answerBytes), "it is longer than 16 MB"},
		{"no action", `{"objects":[{"oid":"OID","actions":{"upload":{"href":"http://h/"}}}]}`, "names no address"},
		{"no URL", `{"objects":[{"oid":"OID","actions":{"download":{"href":"http://u:secret@[/"}}}]}`, "an address that is not a URL"},
		{"a file", `{"objects":[{"oid":"OID","actions":{"download":{"href":"file:///etc/passwd"}}}]}`, `leads to "file:///etc/passwd", which is not a URL of http`},
		{"a path", `{"objects":[{"oid":"OID","actions":{"download":{"href":"/x"}}}]}`, `leads to "/x", which is not a URL of http`},
		{"bad header", `{"objects":[{"oid":"OID","actions":{"download":{"href":"http://h/","header":{"A":"x\r\nB: secret"}}}}]}`, "a header that is not one"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, content)
			s.batch = func(w http.ResponseWriter, _ *http.Request, q batchQuestion) bool {
				_, _ = w.Write([]byte(strings.ReplaceAll(test.answer, "OID", q.Objects[0].OID)))
				return true
			}
			store := NewStore(t.TempDir(), nil)
			says(t, fetchFrom(t, s, store, []Object{objectOf(content)}), test.want)
			holdsExactly(t, store)
		})
	}
}

func TestBadStatuses(t *testing.T) {
	content := some(1, 100)[0]
	for status, want := range map[int]string{
		404: "there is no LFS server at that URL, or the login may not see it (it was found by lfs.url; git config lfs.url URL names another)",
		422: `the server answers 422 Unprocessable Entity ("said")`,
		507: "507", 509: "509", 204: "204", 418: "418", 300: "300",
	} {
		s := newServer(t, content)
		s.batch = func(w http.ResponseWriter, _ *http.Request, _ batchQuestion) bool {
			http.Error(w, `{"message":"said"}`, status)
			return true
		}
		says(t, fetchFrom(t, s, NewStore(t.TempDir(), nil), []Object{objectOf(content)}), want)
		if batches, _ := s.seen(); len(batches) != 1 {
			t.Errorf("%d: %d requests", status, len(batches))
		}
	}
}

// The time of expiry is the server's word in seconds, else its clock's, unless
// that is past already.
func TestExpiry(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	o := objectOf([]byte("x"))
	for answer, want := range map[string]time.Time{
		`"expires_in":60`: now.Add(time.Minute),
		`"expires_in":60,"expires_at":"2026-01-03T00:00:00Z"`: now.Add(time.Minute),
		`"expires_at":"2026-01-03T00:00:00Z"`:                 time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC),
		`"expires_at":"2025-01-03T00:00:00Z"`:                 {},
		`"expires_at":"0001-01-01T00:00:00Z","expires_in":0`:  {},
		`"expires_in":-5`:                  {},
		`"expires_in":9223372036854775807`: now.Add(time.Duration(1<<31) * time.Second),
	} {
		raw := `{"objects":[{"oid":"` + o.OID + `","actions":{"download":{"href":"http://h/",` + answer + `}}}]}`
		actions, failed, err := parseBatch([]byte(raw), []Object{o}, now)
		if err != nil || len(failed) > 0 || len(actions) != 1 {
			t.Fatalf("%s: %v %v", answer, failed, err)
		}
		if diff := cmp.Diff(want, actions[0].expires); diff != "" {
			t.Errorf("%s: expires (-want +got):\n%s", answer, diff)
		}
	}
}

// FuzzParseBatch: any answer is read without a crash; each object that was
// asked for has an action or a failure, never both, and no action could send
// something else than headers.
func FuzzParseBatch(f *testing.F) {
	asked := []Object{objectOf([]byte("a")), objectOf([]byte("b"))}
	f.Add([]byte(`{"objects":[{"oid":"` + asked[0].OID + `","actions":{"download":{"href":"https://h/a","header":{"A":"b"},"expires_in":5}}}]}`))
	f.Add([]byte(`{"objects":[{"oid":"` + asked[1].OID + `","error":{"code":404,"message":"no"}}]}`))
	f.Add([]byte(`{"transfer":"basic","objects":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		actions, failed, err := parseBatch(raw, asked, time.Unix(1, 0))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("the error holds control characters: %q", err)
			}
			return
		}
		seen := map[string]bool{}
		for _, a := range actions {
			seen[a.OID] = true
			for name, values := range a.header {
				if strings.ContainsAny(name+values[0], "\r\n") {
					t.Errorf("header %q: %q", name, values)
				}
			}
			if _, err := http.NewRequest(http.MethodGet, a.href, nil); err != nil {
				t.Errorf("address %q: %v", a.href, err)
			}
		}
		for _, one := range failed {
			if seen[one.OID] || one.Reason == "" {
				t.Errorf("failure %+v, action %v", one, seen[one.OID])
			}
			seen[one.OID] = true
		}
		if len(seen) != len(asked) || len(actions)+len(failed) != len(asked) {
			t.Errorf("%d actions, %d failures for %d objects", len(actions), len(failed), len(asked))
		}
	})
}
