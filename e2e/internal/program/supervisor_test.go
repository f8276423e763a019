package program_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gantline.dev/gantline/e2e/internal/program"
)

func shell(name, script string) program.Program {
	return program.Program{Name: name, Path: "/bin/sh", Args: []string{"-c", script}}
}

func TestStartWaitsUntilReady(t *testing.T) {
	dir := t.TempDir()
	flag := filepath.Join(dir, "flag")
	first := shell("first", "sleep 0.2; echo up; touch "+flag+"; exec sleep 1")
	first.Ready = func(context.Context) error {
		_, err := os.Stat(flag)
		return err
	}
	second := shell("second", "test -e "+flag+" && echo \"$WORD\"")
	second.Once = true
	second.Env = []string{"WORD=seen"}

	s := program.NewSupervisor(dir)
	if err := s.Start(t.Context(), first, second); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"first": "up", "second": "seen"} {
		if got := program.Tail(s.LogPath(name), 5); got != want {
			t.Errorf("the log of %s is %q, want %q", name, got, want)
		}
	}
	select {
	case err := <-s.Ended():
		if !strings.Contains(err.Error(), `"first" ended: exit status 0`) {
			t.Errorf("the end of first is told as %q", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the end of first is not told")
	}
}

func TestStartNamesWhatFailed(t *testing.T) {
	never := func(context.Context) error { return errors.New("no answer yet") }
	cases := map[string]struct {
		program program.Program
		want    []string
	}{
		"ends before it is ready": {
			program.Program{Path: "/bin/sh", Args: []string{"-c", "echo bad flag; exit 3"}, Ready: never},
			[]string{`"p" ended: exit status 3`, "p.log", "bad flag"},
		},
		"is never ready": {
			program.Program{Path: "/bin/sleep", Args: []string{"1"}, Ready: never, Timeout: 200 * time.Millisecond},
			[]string{`"p" is not ready in time: no answer yet`, "is empty"},
		},
		"set-up command fails": {
			program.Program{Path: "/bin/sh", Args: []string{"-c", "echo no room; exit 1"}, Once: true},
			[]string{`"p" failed: exit status 1`, "no room"},
		},
		"no such file": {
			program.Program{Path: "/no/such"},
			[]string{`starting "p"`, "/no/such"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.program.Name = "p"
			err := program.NewSupervisor(t.TempDir()).Start(t.Context(), c.program)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
		})
	}
}

func TestTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	long := strings.Repeat(strings.Repeat("x", 99)+"\n", 200) + "last but one\nlast\n"
	if err := os.WriteFile(path, []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := program.Tail(path, 2); got != "last but one\nlast" {
		t.Errorf("the last two lines are %q", got)
	}
	for _, line := range strings.Split(program.Tail(path, 1000), "\n")[:1] {
		if len(line) != 99 {
			t.Errorf("the first line of a long tail is half a line: %q", line)
		}
	}
	if got := program.Tail(path+".none", 2); got != "" {
		t.Errorf("a missing file gave %q", got)
	}
}
