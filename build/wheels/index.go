package wheels

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// DefaultIndex is the simple API of PyPI.
const DefaultIndex = "https://pypi.org/simple"

// Login is a user and password for a host.
type Login struct{ User, Password string }

// Index asks package indexes (PEP 503, PEP 691) which files they have.
type Index struct {
	// Bases are the indexes asked for each package, all of them, unless its lock
	// names another; none is DefaultIndex. A user and password in an address
	// count for nothing: Logins has them.
	Bases []string
	// Extra are asked as well, whatever the lock names.
	Extra []string
	// Client is what asks; nil is http.DefaultClient.
	Client *http.Client
	// Logins are by host as it stands in the address, with its port where one
	// is written: "pypi.example.com".
	Logins map[string]Login

	patience patience
}

// indexFile is an archive as an index describes it.
type indexFile struct {
	LockedFile
	requiresPython string
	yanked         bool
}

// maxPage bounds an index's page of one package; the largest of PyPI's are
// 20 MB.
const maxPage = 256 << 20

// pageTypes is what is asked for: JSON, or else HTML.
const pageTypes = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

// page is what one index has of one package. An index that answers that it has
// no such page, or forbids it as storage without a listing does, has nothing;
// absent is its answer.
type page struct {
	files  []indexFile
	absent error
}

// why is what a message says of an index that forbids its page, or "".
func (p page) why() string {
	if isStatus(p.absent, http.StatusForbidden) {
		return " (which answered 403 Forbidden)"
	}
	return ""
}

func readPage(ctx context.Context, w web, base, name string) (page, error) {
	address := strings.TrimRight(base, "/") + "/" + name + "/"
	var files []indexFile
	err := w.again(ctx, func() (bool, error) {
		var err error
		files, err = askPage(ctx, w, address)
		return false, err
	})
	if isStatus(err, http.StatusNotFound, http.StatusGone, http.StatusForbidden) {
		return page{absent: err}, nil
	}
	return page{files: files}, err
}

func askPage(ctx context.Context, w web, address string) ([]indexFile, error) {
	resp, err := w.get(ctx, address, http.Header{"Accept": {pageTypes}})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", shownURL(address), err)
	}
	if len(body) > maxPage {
		return nil, lasting{fmt.Errorf("%s is larger than %d MB", shownURL(address), maxPage>>20)}
	}
	files, err := parsePage(resp.Header.Get("Content-Type"), body, resp.Request.URL)
	if err != nil {
		return nil, lasting{fmt.Errorf("reading %s: %w", shownURL(address), err)}
	}
	return files, nil
}

var errNoPage = errors.New("it is no page of a package index (PEP 503, PEP 691)")

// isJSON says whether a page's type is that of PEP 691.
func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && strings.HasSuffix(kind, "json")
}
