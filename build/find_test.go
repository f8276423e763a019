package build

import (
	"context"
	"testing"

	"gantline.dev/gantline/internal/fakes/faultproxy"
)

func TestFindAndInspect(t *testing.T) {
	repo := newGitRepo(t)
	repo.write("a.py", "# a\n")
	spec := repo.spec(newRegistry(t), repo.commit("first"))
	remote := quick(t, nil, nil)
	if digest, err := Find(context.Background(), remote, spec.Repository, spec.Commit); err != nil || digest != "" {
		t.Errorf("found %q before anything was built, %v", digest, err)
	}
	if image, err := Inspect(context.Background(), remote, spec.Repository, spec.Commit); err != nil || image.Digest != "" {
		t.Errorf("inspected %+v before anything was built, %v", image, err)
	}
	built := mustBuild(t, standard(remote, repo), spec)
	if digest, err := Find(context.Background(), remote, spec.Repository, spec.Commit); err != nil || digest != built.Digest {
		t.Errorf("found %q, built %q, %v", digest, built.Digest, err)
	}
	image, err := Inspect(context.Background(), remote, spec.Repository, spec.Commit)
	if err != nil || image.Digest != built.Digest || image.Origin.Commit != spec.Origin.Commit || kinds(image) != kinds(built) {
		t.Errorf("inspected %+v, built %+v, %v", image, built, err)
	}
}

// What an Image says was moved is what a proxy sees.
func TestMovedIsWhatMoves(t *testing.T) {
	repo := newGitRepo(t)
	repo.write("a.py", "# a\n")
	first := repo.commit("first")
	proxy := faultproxy.New(t, "http://"+newRegistry(t))
	builder := standard(quick(t, nil, nil), repo)
	mustBuild(t, builder, repo.spec(proxy.Host(), first))
	repo.write("a.py", "# changed\n")
	code := repo.spec(proxy.Host(), repo.commit("code"))
	code.Neighbours = []string{first}
	proxy.Reset()
	image := mustBuild(t, builder, code)
	total := proxy.Counts().Total()
	seen := Moved{Requests: int64(total.Requests), Sent: total.In, Received: total.Out}
	if image.Moved != seen {
		t.Errorf("the image says %+v, the proxy saw %+v\n%s", image.Moved, seen, proxy.Counts())
	}
	if seen.Requests != 8 {
		t.Errorf("a code-only commit took %d requests, not 8:\n%s", seen.Requests, proxy.Counts())
	}
}
