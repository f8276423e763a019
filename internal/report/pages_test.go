package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/objdiff"
	"gantline.dev/gantline/internal/streams"
)

func written(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func samplePages(t *testing.T) map[string][]byte {
	d := sampleDiff(t)
	same := d
	same.Changes = objdiff.Compare(sampleObjects(t, "base.yaml"), sampleObjects(t, "base.yaml"))
	pages := map[string][]byte{
		"run.html":        written(t, func(w io.Writer) error { return RunHTML(w, sampleRun(t)) }),
		"run-failed.html": written(t, func(w io.Writer) error { return RunHTML(w, failedRun()) }),
		"diff.html":       written(t, func(w io.Writer) error { return DiffHTML(w, d) }),
		"diff-none.html":  written(t, func(w io.Writer) error { return DiffHTML(w, same) }),
	}
	for name, a := range sampleAudits() {
		pages[name+".html"] = written(t, func(w io.Writer) error { return AuditHTML(w, a) })
	}
	for name, images := range sampleImages() {
		pages[name+".html"] = written(t, func(w io.Writer) error { return ImagesHTML(w, "Train longer", "1.2", images) })
	}
	return pages
}

func TestPages(t *testing.T) {
	for name, page := range samplePages(t) {
		t.Run(name, func(t *testing.T) {
			if name == "audit-history.html" { // too large a golden to be read; treemap.txt, chart.txt and TestInBrowser hold it
				show(t, name, page)
				return
			}
			goldenPage(t, name, page)
		})
	}
}

var outside = regexp.MustCompile(`(?i)\s(src|srcset|action|style|on[a-z]+)\s*=|<(script|iframe|object|embed|link|form|base)\b|url\([^#]|@import`)

// TestPagesNeedNothingElse holds pages to their promise: no script but the one
// that sorts tables, no request, no inline style that the policy would refuse,
// whatever the repository holds.
func TestPagesNeedNothingElse(t *testing.T) {
	script, err := templates.ReadFile("templates/sort.js")
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range samplePages(t) {
		if strings.HasPrefix(name, "audit") {
			page = bytes.Replace(page, []byte("<script>"+string(script)+"</script>"), nil, 1)
		}
		if found := outside.Find(page); found != nil {
			t.Errorf("%s has %q", name, found)
		}
		for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllSubmatch(page, -1) {
			if target := string(link[1]); !strings.HasPrefix(target, "#") || !bytes.Contains(page, []byte(`id="`+target[1:]+`"`)) {
				t.Errorf("%s links to %s, which is not on the page", name, target)
			}
		}
	}
}

// TestPagesAreBalanced reads the pages as XML, void elements closed: what a
// template or a hostile text leaves open fails here.
func TestPagesAreBalanced(t *testing.T) {
	for name, page := range samplePages(t) {
		text := regexp.MustCompile(`<(meta [^>]*)>`).ReplaceAllString(string(page), "<$1/>")
		text = strings.TrimPrefix(text, "<!doctype html>")
		dec := xml.NewDecoder(strings.NewReader(text))
		dec.Entity = xml.HTMLEntity
		for {
			_, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
}

func TestFiles(t *testing.T) {
	c := sampleContext()
	golden(t, "files.txt", written(t, func(w io.Writer) error { return FilesText(w, c, streams.Palette{}, false) }))
	golden(t, "files-all.txt", written(t, func(w io.Writer) error { return FilesText(w, c, streams.NewPalette(true), true) }))
	golden(t, "files.md", written(t, func(w io.Writer) error { return FilesMarkdown(w, c) }))
	golden(t, "files.json", written(t, func(w io.Writer) error { return FilesJSON(w, c) }))
}
