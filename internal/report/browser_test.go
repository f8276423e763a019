package report

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestInBrowser opens the pages in Chromium, wide and narrow, light and dark,
// and has testdata/browser/look.js look at them: nothing wider than the window,
// no label outside its box, none over another, text that can be read on its
// ground, tables that sort.
func TestInBrowser(t *testing.T) {
	if os.Getenv("GANTLINE_TEST") != "full" {
		t.Skip("opens Chromium; GANTLINE_TEST=full runs it")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium on PATH")
	}
	for _, width := range []int{1280, 760, 420} {
		for _, scheme := range []string{"dark", "light"} {
			t.Run(fmt.Sprintf("%d-%s", width, scheme), func(t *testing.T) {
				for _, problem := range look(t, chromium, width, scheme) {
					t.Error(problem)
				}
			})
		}
	}
}

// look serves the pages in frames of that width and returns what look.js says.
func look(t *testing.T, chromium string, width int, scheme string) []string {
	t.Helper()
	pages := samplePages(t)
	said := make(chan []string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch name := r.URL.Path[1:]; {
		case name == "said":
			var problems []string
			if err := json.NewDecoder(r.Body).Decode(&problems); err != nil {
				problems = []string{err.Error()}
			}
			said <- problems
		case name == "look.js":
			http.ServeFile(w, r, "testdata/browser/look.js")
		case pages[name] != nil:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(pages[name])
		default:
			_, _ = w.Write(frames(pages, width))
		}
	}))
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	setting := map[string]string{"dark": "0", "light": "1"}[scheme]
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
		"--user-data-dir="+filepath.Join(t.TempDir(), "profile"), "--blink-settings=preferredColorScheme="+setting,
		"--window-size=1400,3000", "--dump-dom", server.URL) // it ends once the page is loaded
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("running chromium: %v\n%s", err, out)
	}
	select {
	case problems := <-said:
		return problems
	default:
		t.Fatal("look.js did not answer")
		return nil
	}
}

// frames is a page that shows all others in frames of that width.
func frames(pages map[string][]byte, width int) []byte {
	var names []string
	for name := range pages {
		names = append(names, name)
	}
	slices.Sort(names)
	out := []byte("<!doctype html><title>Frames</title>")
	for _, name := range names {
		out = fmt.Appendf(out, `<iframe data-name="%s" src="/%s" style="border:0;width:%dpx;height:2000px"></iframe>`, name, name, width)
	}
	return append(out, `<script src="/look.js"></script>`...)
}
