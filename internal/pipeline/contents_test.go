package pipeline_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/repoclean"
)

// keep puts a content into the repository's own LFS store and gives its
// pointer.
func (r *repository) keep(content string) string {
	r.t.Helper()
	sum := sha256.Sum256([]byte(content))
	oid := hex.EncodeToString(sum[:])
	path := filepath.Join(r.dir, ".git", "lfs", "objects", oid[:2], oid[2:4], oid)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o444); err != nil {
		r.t.Fatal(err)
	}
	return gitrepo.Pointer{OID: oid, Size: int64(len(content))}.String()
}

// TestBuildWithFetchedContents: the image has what Git LFS keeps, and a build
// of what exists needs it no more.
func TestBuildWithFetchedContents(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(map[string]string{"gantline.yaml": fetching("*.model", "!left.model")}))
	tokens := r.keep(strings.Repeat("token ", 5_000_000))
	r.commit("Tokens", map[string]string{"tokens.model": tokens, "left.model": pointerTo("1")})
	p := r.valid("HEAD")
	files, err := p.Context(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v, _ := files.Why("tokens.model")
	if v.Reason != repoclean.LFSFetched || !v.Included || v.At == "" || v.Rule != "*.model" || v.LFSSize != 30_000_000 {
		t.Errorf("%+v", v)
	}
	if v, _ := files.Why("left.model"); v.Reason != repoclean.LFSPointer || v.Included {
		t.Errorf("%+v", v)
	}
	if files.Included.Bytes < 30_000_000 || files.Total.Bytes < files.Included.Bytes || len(files.Refusals) > 0 {
		t.Errorf("included %+v of %+v; refused %+v", files.Included, files.Total, files.Refusals)
	}
	registry := newStore(t)
	images, err := registry.build(t, p)
	if err != nil {
		t.Fatal(err)
	}
	registry.whole(t, p)
	layers := images[0].Manifests[0].Layers
	data := slices.IndexFunc(layers, func(l build.Layer) bool { return l.Kind == build.KindData })
	if data < 0 || layers[data].Size < 30_000 || layers[len(layers)-1].Size > 10_000 {
		t.Errorf("layers: %+v", layers)
	}
	// Existing images need no content: neither the tag nor the origin's.
	if err := os.RemoveAll(filepath.Join(r.dir, ".git", "lfs")); err != nil {
		t.Fatal(err)
	}
	if again, err := registry.build(t, r.valid("HEAD")); err != nil || again[0].How != build.Found {
		t.Errorf("%+v, %v", again, err)
	}
	r.commit("Docs", map[string]string{"docs/x.md": "x"})
	if again, err := registry.build(t, r.valid("HEAD")); err != nil || again[0].How != build.Tagged {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestBuildWithoutItsContents fails, and says which files, why, and what helps.
func TestBuildWithoutItsContents(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(map[string]string{"gantline.yaml": fetching("*.model")}))
	r.commit("Tokens", map[string]string{"tokens.model": r.keep("tokens"), "lost.model": pointerTo("1")})
	server := filepath.Join(t.TempDir(), "origin.git")
	r.git("clone", "-q", "--bare", ".", server)
	r.git("remote", "add", "origin", server)
	p := r.valid("HEAD")
	registry := newStore(t)
	_, err := registry.build(t, p)
	var missing *pipeline.MissingContentError
	if !errors.As(err, &missing) || len(missing.Files) != 1 || missing.Files[0].Path != "lost.model" || missing.Files[0].Bytes != 12345 {
		t.Fatalf("%v", err)
	}
	for _, want := range []string{`"lost.model" (111111111111, 12.3 kB)`, "git lfs push --all", "context.lfs.fetch"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if tag := registry.digest(t, p.Commit.Hash); tag != "" {
		t.Errorf("the tag %s was put", tag)
	}
}

// TestProblemsOfFetch: what is wrong with context.lfs.fetch, at its position.
func TestProblemsOfFetch(t *testing.T) {
	t.Parallel()
	r := newRepository(t, example(map[string]string{
		"gantline.yaml": fetching("*.model", "raw.bin", "none/", "docs/", "!x", "[bad"),
		"a.model":       pointerTo("1"), "raw.bin": "raw", "docs/m.bin": pointerTo("2"),
	}))
	var got []string
	for _, problem := range r.load("HEAD").Problems {
		got = append(got, fmt.Sprintf("%s %s", problem.Severity, problem.Message))
	}
	want := []string{
		`warning no LFS pointer of the commit matches "raw.bin"`,
		`warning no LFS pointer of the commit matches "none/"`,
		`warning "docs/" matches only LFS pointers that context.exclude leaves out`,
		`error parsing pattern "[bad": it opens a set with [ and doesn't close it`,
	}
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i][:20]) {
			t.Errorf("%q, not %q", got[i], want[i])
		}
	}
	if first := r.load("HEAD").Problems[0].Position; first.Line != 7 || first.Column < 10 {
		t.Errorf("the first stands at %v", first)
	}
}
