package pipeline_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/fakes/faultproxy"
	"gantline.dev/gantline/internal/pipeline"
)

// undisturbed builds the project against a registry without faults: its digest,
// and how many requests that took.
func undisturbed(t *testing.T, p *pipeline.Project) (digest string, requests int) {
	t.Helper()
	s := newStore(t)
	images, err := s.build(t, p)
	if err != nil {
		t.Fatal(err)
	}
	return images[0].Digest, s.Counts().Total().Requests
}

// TestCutAtEveryRequest cuts the connection at each request of a first build,
// before the server has it and after. The build ends well or with an error;
// either way no tag names half an image, and building again gives the digest
// of a build that nothing disturbed.
func TestCutAtEveryRequest(t *testing.T) {
	t.Parallel()
	p := newRepository(t, example(nil)).valid("HEAD")
	want, requests := undisturbed(t, p)
	if requests < 10 {
		t.Fatalf("a first build takes only %d requests: there is nothing to cut", requests)
	}
	for name, action := range map[string]faultproxy.Action{
		"before": faultproxy.CutRequest(0), "middle": faultproxy.CutRequest(100), "after": faultproxy.CutResponse(0),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 1; n <= requests; n++ {
				s := newStore(t)
				s.Add(faultproxy.Fault{Nth: n, Action: action})
				images, err := s.build(t, p)
				if s.Fired() != 1 {
					t.Errorf("request %d: the fault struck %d times", n, s.Fired())
				}
				if err == nil && images[0].Digest != want {
					t.Errorf("request %d: the build went on and gave %s, not %s", n, images[0].Digest, want)
				}
				held(t, s, p, want)
			}
		})
	}
}

// TestDeadFromEveryRequest: from a request on nothing answers any more, as when
// the machine dies there. The build fails, and building again when the registry
// is back gives the digest of an undisturbed build.
func TestDeadFromEveryRequest(t *testing.T) {
	t.Parallel()
	p := newRepository(t, example(nil)).valid("HEAD")
	want, requests := undisturbed(t, p)
	for n := 1; n <= requests; n++ {
		s := newStore(t)
		s.Add(faultproxy.Fault{Nth: n, Times: 200, Action: faultproxy.CutRequest(0)})
		if _, err := s.build(t, p); err == nil {
			t.Errorf("request %d: the build ended well without a registry", n)
		}
		if s.Fired() >= 200 {
			t.Fatalf("request %d: %d attempts", n, s.Fired())
		}
		held(t, s.healthy(t), p, want)
	}
}

// held fails where a tag names half an image, or building again does not end
// with the digest.
func held(t *testing.T, s store, p *pipeline.Project, want string) {
	t.Helper()
	if half := s.digest(t, p.Commit.Hash); half != "" {
		if half != want {
			t.Errorf("the tag names %s, not %s", half, want)
		}
		s.whole(t, p)
	}
	images, err := s.build(t, p)
	if err != nil {
		t.Errorf("building again: %v", err)
		return
	}
	if images[0].Digest != want {
		t.Errorf("building again gave %s, not %s", images[0].Digest, want)
	}
}

// TestRegistryRefuses: what users read when a registry says no, at any stage
// of the upload, and that no tag is left.
func TestRegistryRefuses(t *testing.T) {
	t.Parallel()
	p := newRepository(t, example(nil)).valid("HEAD")
	want, _ := undisturbed(t, p)
	for status, says := range map[int]string{
		http.StatusUnauthorized:        "does not know who you are",
		http.StatusForbidden:           "does not allow it",
		http.StatusTooManyRequests:     "asked too often",
		http.StatusInternalServerError: "the registry failed",
	} {
		for stage, match := range map[string]func(*http.Request) bool{
			"first":    nil,
			"upload":   faultproxy.Is("POST", "upload"),
			"manifest": faultproxy.Is("PUT", "manifest"),
		} {
			t.Run(http.StatusText(status)+" "+stage, func(t *testing.T) {
				t.Parallel()
				s := newStore(t)
				s.Add(faultproxy.Fault{Match: match, Nth: 1, Times: 500, Action: faultproxy.Answer(status, nil, `{"errors":[{"code":"X","message":"said the registry"}]}`)})
				means, double := s.means(t)
				dir := t.TempDir()
				outcome, err := pipeline.Run(t.Context(), p, means, pipeline.RunOptions{Deploy: pipeline.DeployOptions{Target: "rendered"}, Dir: dir})
				if s.Fired() == 0 {
					t.Fatal("the fault never struck")
				}
				if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), s.Host()) {
					t.Fatalf("it says %q, not that %q at %s", err, says, s.Host())
				}
				if outcome.Record.Verdict != pipeline.Failed {
					t.Errorf("the verdict is %s", outcome.Record.Verdict)
				}
				if !strings.Contains(double.Stderr(), "✗ building the images: failed") {
					t.Errorf("the user saw:\n%s", double.Stderr())
				}
				healthy := s.healthy(t)
				if tag := healthy.digest(t, p.Commit.Hash); tag != "" {
					t.Errorf("the commit's tag is there: %s", tag)
				}
				held(t, healthy, p, want)
			})
		}
	}
}

// TestRegistryRefusesConnections names the registry and what to do, and leaves
// a record that says where it stopped.
func TestRegistryRefusesConnections(t *testing.T) {
	t.Parallel()
	p := newRepository(t, example(nil)).valid("HEAD")
	const host = "127.0.0.1:1" // nobody listens on tcpmux; a port that was freed may be taken again
	means, _ := newStore(t).means(t)
	means.Registry = fixedRegistry(host)
	dir := t.TempDir()
	outcome, err := pipeline.Run(t.Context(), p, means, pipeline.RunOptions{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), host) || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("it says %v", err)
	}
	record := readRecord(t, dir)
	if record.Verdict != pipeline.Failed || outcome.Record.Verdict != pipeline.Failed {
		t.Errorf("the verdict is %s, on disk %s", outcome.Record.Verdict, record.Verdict)
	}
	var verdicts []string
	for _, stage := range record.Stages {
		verdicts = append(verdicts, stage.Name+" "+string(stage.Verdict))
	}
	want := "check passed, audit passed, files passed, build failed, render skipped, diff skipped"
	if got := strings.Join(verdicts, ", "); got != want {
		t.Errorf("the stages: %s, not %s", got, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "rendered")); !os.IsNotExist(err) {
		t.Errorf("something was rendered: %v", err)
	}
}

// TestRetriesAreSeenByNobody: a registry that is busy for a moment costs time
// and nothing else.
func TestRetriesAreSeenByNobody(t *testing.T) {
	t.Parallel()
	p := newRepository(t, example(nil)).valid("HEAD")
	want, _ := undisturbed(t, p)
	s := newStore(t)
	for _, class := range []string{"upload", "manifest"} {
		s.Add(faultproxy.Fault{Match: faultproxy.Is("", class), Nth: 2, Times: 2,
			Action: faultproxy.Answer(http.StatusTooManyRequests, http.Header{"Retry-After": {"0"}}, "")})
	}
	images, err := s.build(t, p)
	if err != nil || images[0].Digest != want || images[0].How != build.Built {
		t.Errorf("got %v, %v, not %s", images, err, want)
	}
	if s.Fired() < 3 {
		t.Errorf("the faults struck only %d times", s.Fired())
	}
}
