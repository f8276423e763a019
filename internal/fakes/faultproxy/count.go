package faultproxy

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Key is what is counted apart.
type Key struct{ Method, Class string }

// Count is a number of requests and the bytes of their bodies: In from the
// client, Out to it. Headers are not counted.
type Count struct {
	Requests int
	In, Out  int64
}

func (c Count) plus(d Count) Count {
	return Count{c.Requests + d.Requests, c.In + d.In, c.Out + d.Out}
}

// Counts are counts by method and class.
type Counts map[Key]Count

func (c Counts) clone() Counts { return maps.Clone(c) }

// Of is the count of a method and a class; "" is any.
func (c Counts) Of(method, class string) Count {
	var sum Count
	for key, count := range c {
		if (method == "" || method == key.Method) && (class == "" || class == key.Class) {
			sum = sum.plus(count)
		}
	}
	return sum
}

// Total is the count of all.
func (c Counts) Total() Count { return c.Of("", "") }

// String is a line for each key, sorted: for a test's log.
func (c Counts) String() string {
	keys := slices.SortedFunc(maps.Keys(c), func(a, b Key) int {
		return cmp.Or(strings.Compare(a.Class, b.Class), strings.Compare(a.Method, b.Method))
	})
	var text strings.Builder
	for _, key := range keys {
		count := c[key]
		fmt.Fprintf(&text, "%-8s %-6s %5d requests %12d bytes in %12d out\n", key.Class, key.Method, count.Requests, count.In, count.Out)
	}
	return text.String()
}

// Request is one request. Status is 0 while there is no answer, and where the
// request was cut before one.
type Request struct {
	Method, Path, Class string
	Status              int
}

// Class sorts the requests of a registry: ping (/v2/), manifest, blob, upload
// (blob data on its way in), tags, referrers. All else is "other".
func Class(r *http.Request) string {
	path := r.URL.Path
	rest, ok := strings.CutPrefix(path, "/v2/")
	switch {
	case !ok:
		return "other"
	case rest == "":
		return "ping"
	case strings.Contains(rest, "/blobs/uploads/"):
		return "upload"
	case strings.Contains(rest, "/blobs/"):
		return "blob"
	case strings.Contains(rest, "/manifests/"):
		return "manifest"
	case strings.HasSuffix(rest, "/tags/list"):
		return "tags"
	case strings.Contains(rest, "/referrers/"):
		return "referrers"
	}
	return "other"
}
