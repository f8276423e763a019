package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
)

// TestExitCode maps every kind of error, wrapped as commands wrap them.
func TestExitCode(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want int
	}{
		"done":                 {nil, 0},
		"any other":            {errors.New("x"), 1},
		"not built":            {&pipeline.NotBuiltError{Image: "train", Commit: "1"}, 1},
		"validation":           {fmt.Errorf("a: %w", os.ErrPermission), 1},
		"a flag":               {usageError{errors.New("x")}, 2},
		"problems":             {&pipeline.InvalidError{Problems: []diag.Problem{{}}}, 2},
		"no gantline.yaml":     {&pipeline.NoConfigError{}, 2},
		"an unknown target":    {&pipeline.UnknownNameError{Name: "x"}, 2},
		"no such revision":     {&gitrepo.NoRevisionError{Rev: "x"}, 2},
		"no repository":        {gitrepo.ErrNotRepository, 2},
		"no commit":            {gitrepo.ErrEmpty, 2},
		"no work tree":         {gitrepo.ErrNoWorkTree, 2},
		"a guard":              {&pipeline.RefusedError{Reasons: []string{"x"}}, 3},
		"differences":          {errDiffers, 4},
		"a signal":             {interrupted{errors.New("x")}, 130},
		"a context":            {context.Canceled, 130},
		"a signal in a guard":  {interrupted{&pipeline.RefusedError{}}, 130},
		"the lock by itself":   {&build.LockError{}, 1},
		"a deadline is no one": {context.DeadlineExceeded, 1},
	} {
		for _, err := range []error{test.err, wrapped(test.err), joined(test.err)} {
			if got := ExitCode(err); got != test.want {
				t.Errorf("%s (%v): %d, not %d", name, err, got, test.want)
			}
		}
	}
}

func wrapped(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("doing something: %w", err)
}

func joined(err error) error {
	if err == nil {
		return nil
	}
	return errors.Join(err, errors.New("and the report could not be written"))
}

func TestSplitRange(t *testing.T) {
	for revs, want := range map[string]string{
		".":         " . false",
		"HEAD":      " HEAD false",
		"a..b":      "a b false",
		"a...b":     "a b true",
		"a..":       "a . false",
		"a...":      "a . true",
		"..b":       " b false",
		"a.b":       " a.b false",
		"v1.0..v2":  "v1.0 v2 false",
		"a..x/b.c":  "a x/b.c false",
		"a~1...b^2": "a~1 b^2 true",
	} {
		from, to, forked := splitRange(revs)
		if got := fmt.Sprint(from, " ", to, " ", forked); got != want {
			t.Errorf("%q is %q, not %q", revs, got, want)
		}
	}
}

func TestParsePins(t *testing.T) {
	const digest = "@sha256:1111111111111111111111111111111111111111111111111111111111111111"
	got, err := parsePins([]string{"train=r.example.com/a/b" + digest, "eval=127.0.0.1:5000/x:tag" + digest})
	want := map[string]string{"train": "r.example.com/a/b" + digest, "eval": "127.0.0.1:5000/x:tag" + digest}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, text := range []string{"", "train", "train=", "=r" + digest, "train=" + digest, "train=r:tag", "train=r@sha256:1", "Train=r" + digest} {
		if _, err := parsePins([]string{text}); ExitCode(err) != exitUsage {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestDockerfileBase(t *testing.T) {
	for dockerfile, want := range map[string]string{
		"":                                          "",
		"FROM python":                               "python",
		"from python:3.12\nRUN x":                   "python:3.12",
		"FROM a:1 AS build\nFROM b:2":               "b:2",
		"FROM a:1 as base\nFROM base AS final":      "a:1",
		"FROM --platform=linux/amd64 a:1":           "a:1",
		"ARG V=3\nFROM python:$V":                   "",
		"FROM a:1\nFROM ${BASE}":                    "a:1",
		"# FROM c:1\n  FROM scratch":                "scratch",
		"FROM":                                      "",
		"FROM --platform=x":                         "",
		"RUN echo FROM x:1":                         "",
		"FROM a@sha256:1 AS x\r\nCOPY --from=x a b": "a@sha256:1",
	} {
		if got := dockerfileBase(dockerfile); got != want {
			t.Errorf("%q: %q, not %q", dockerfile, got, want)
		}
	}
}

func TestProjectName(t *testing.T) {
	for name, want := range map[string]string{
		"agent": "agent", "Agent Training": "agent-training", "_x_": "x", "é": "project", "": "project", "a.b": "a-b", "--": "project",
		"a123456789012345678901234567890123456789-b": "a123456789012345678901234567890123456789",
	} {
		if got := projectName(name); got != want {
			t.Errorf("%q: %q, not %q", name, got, want)
		}
	}
}

// TestCacheDir is absolute wherever it comes from: daemons run elsewhere.
func TestCacheDir(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"GANTLINE_CACHE": "/c", "HOME": "/h"}, "/c"},
		{map[string]string{"GANTLINE_CACHE": "c"}, filepath.Join(here, "c")},
		{map[string]string{"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/gantline"},
		{map[string]string{"XDG_CACHE_HOME": "x", "HOME": "/h"}, "/h/.cache/gantline"},
		{nil, filepath.Join(os.TempDir(), fmt.Sprintf("gantline-%d", os.Getuid()))},
	} {
		a := &app{Process: Process{Getenv: func(name string) string { return test.env[name] }}}
		if got := a.cacheDir(); got != test.want {
			t.Errorf("%v: %q, not %q", test.env, got, test.want)
		}
	}
}

// TestReplaceFile: a file is replaced whole, or is as it was.
func TestReplaceFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answer")
	if err := updateFile(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("the disk is full")
	err := replaceFile(path, func(w io.Writer) error {
		fmt.Fprint(w, "half")
		return failed
	})
	if !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	content, err := os.ReadFile(path)
	if err != nil || string(content) != "first" {
		t.Errorf("it holds %q, %v", content, err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("something is left: %v, %v", entries, err)
	}
}
