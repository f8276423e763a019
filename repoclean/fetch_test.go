package repoclean

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/gitrepo/repotest"
)

// TestDataOfLFS: data that images name has the content, in the archive too, and
// an extension keeps it from being had.
func TestDataOfLFS(t *testing.T) {
	policy := Policy{Data: []DataRule{{Image: "train", Name: "models", Path: "assets", Files: patterns(t, "/assets")}}}
	c := selected(t, models(t), policy)
	if v, _ := c.Why("assets/a.model"); !v.FromLFS() || v.Bytes() != 5000 || !v.Included {
		t.Errorf("%+v", v)
	}
	if v, _ := c.Why("assets/raw.model"); v.FromLFS() || v.Bytes() != 3 || v.Reason != DataLayer {
		t.Errorf("%+v", v)
	}
	if len(c.Refusals) != 1 || c.Refusals[0].Path != "assets/extended.model" || !strings.Contains(c.Refusals[0].Hint, "images.train.data") {
		t.Errorf("%+v", c.Refusals)
	}
}

// models is a repository with pointers of every kind.
func models(t *testing.T) *repotest.History {
	a := repotest.Pointer('a', 5000)
	return repotest.New(t).Commit("main", "Ada", "models",
		repotest.Put("assets/a.model", a), repotest.Put("assets/b.model", repotest.Pointer('b', 7)),
		repotest.Put("assets/crlf.model", strings.ReplaceAll(repotest.Pointer('c', 9), "\n", "\r\n")),
		repotest.Put("assets/extended.model", strings.Replace(a, "oid", "ext-0-crypt sha256:"+strings.Repeat("0", 64)+"\noid", 1)),
		repotest.Put("assets/raw.model", "raw"), repotest.Put("docs/d.model", repotest.Pointer('d', 1)),
		repotest.PutMode("100755", "bin/tool", repotest.Pointer('e', 3)), repotest.PutMode("120000", "link", a),
	)
}

func TestSelectFetches(t *testing.T) {
	for name, tt := range map[string]struct {
		fetch []string
		want  []string
	}{
		"nothing":     {nil, []string{"docs/d.model pattern docs/", "link included "}},
		"one":         {[]string{"/assets/a.model"}, []string{"assets/a.model lfs-fetched /assets/a.model", "docs/d.model pattern docs/", "link included "}},
		"a directory": {[]string{"assets/", "!b.model", "!extended.model"}, []string{"assets/a.model lfs-fetched assets/", "assets/crlf.model lfs-fetched assets/", "docs/d.model pattern docs/", "link included "}},
		"everything": {[]string{"*"}, []string{
			"assets/a.model lfs-fetched *", "assets/b.model lfs-fetched *", "assets/crlf.model lfs-fetched *", "assets/extended.model lfs-extended *",
			"bin/tool lfs-fetched *", "docs/d.model pattern docs/", "link included ",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			policy := Policy{Exclude: patterns(t, "docs/"), Fetch: patterns(t, tt.fetch...), MaxFile: 1000}
			c := selected(t, models(t), policy)
			var got []string
			for _, v := range c.Files {
				if v.Reason != LFSPointer && v.Path != "assets/raw.model" {
					got = append(got, fmt.Sprintf("%s %s %s", v.Path, v.Reason, v.Rule))
				}
				if v.Included != v.Reason.Includes() || v.Reason.Text() == string(v.Reason) {
					t.Errorf("%+v", v)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if refused := slices.ContainsFunc(c.Files, func(v Verdict) bool { return v.Reason == LFSExtended }); refused != (len(c.Refusals) == 1) {
				t.Errorf("refused: %+v", c.Refusals)
			}
		})
	}
}

func selected(t *testing.T, h *repotest.History, policy Policy) Context {
	t.Helper()
	tree, err := ReadTree(t.Context(), h.Open(), "main", policy)
	if err != nil {
		t.Fatal(err)
	}
	return Select(tree, policy)
}

// TestFetchedSizesCount: sums and budgets see what goes into the image, not its
// pointer.
func TestFetchedSizesCount(t *testing.T) {
	c := selected(t, models(t), Policy{Exclude: patterns(t, "*", "!/assets/a.model"), Fetch: patterns(t, "a.model")})
	if want := (Totals{1, 5000}); c.Included != want || c.Reasons[LFSFetched] != want {
		t.Errorf("%+v, %+v", c.Included, c.Reasons)
	}
	if breaches := JudgeContext(c, Budgets{Context: 4999}); len(breaches) != 1 || breaches[0].Actual != 5000 {
		t.Errorf("%+v", breaches)
	}
}

// shelf is contents by OID.
type shelf map[string]string

// Open implements Contents.
func (s shelf) Open(oid string) (io.ReadCloser, int64, error) {
	content, ok := s[oid]
	if !ok {
		return nil, 0, errors.New("not on this machine")
	}
	return io.NopCloser(strings.NewReader(content)), int64(len(content)), nil
}

func TestWriteTarOfFetchedFiles(t *testing.T) {
	h := models(t)
	c := selected(t, h, Policy{Exclude: patterns(t, "docs/", "link"), Fetch: patterns(t, "a.model", "bin/")})
	blobs, err := h.Open().Blobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer blobs.Close()
	contents := shelf{strings.Repeat("a", 64): strings.Repeat("x", 5000), strings.Repeat("e", 64): "ELF"}
	var out bytes.Buffer
	if err := WriteTar(t.Context(), &out, c.Files, blobs, contents); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for r := tar.NewReader(&out); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got[header.Name] = fmt.Sprintf("%o %d", header.Mode, len(content))
	}
	want := map[string]string{"assets/": "755 0", "assets/a.model": "644 5000", "assets/raw.model": "644 3", "bin/": "755 0", "bin/tool": "755 3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	more, err := h.Open().Blobs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer more.Close()
	if err := WriteTar(t.Context(), io.Discard, c.Files, more, shelf{}); err == nil || !strings.Contains(err.Error(), `"assets/a.model"`) {
		t.Errorf("an archive without its contents: %v", err)
	}
}

// TestClashes: names that some systems take for one.
func TestClashes(t *testing.T) {
	c := selected(t, repotest.New(t).Commit("main", "Ada", "names",
		repotest.Put("Model.py", "1"), repotest.Put("model.py", "2"), repotest.Put("MODEL.py", "3"),
		repotest.Put("a/\u00e9", "1"), repotest.Put("a/e\u0301", "2"), repotest.Put("a/e", "3"),
		repotest.Put("docs/X", "1"), repotest.Put("docs/x", "2"), repotest.Put("other", "1"),
	), Policy{Exclude: patterns(t, "docs/")})
	want := [][]string{{"MODEL.py", "Model.py", "model.py"}, {"a/e\u0301", "a/\u00e9"}}
	if diff := cmp.Diff(want, c.Clashes); diff != "" {
		t.Error(diff)
	}
}
