package workflows

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"gantline.dev/gantline/internal/diag"
)

// payloads are values that run a command wherever a shell reads a value again.
func payloads() []string {
	return []string{
		"a[$(touch INJECTED)]", "$(touch INJECTED)", "`touch INJECTED`", "; touch INJECTED; #", "\ntouch INJECTED\n", "' ; touch INJECTED ; '", `" ; touch INJECTED ; "`,
		"x) touch INJECTED;;", "a[$(touch INJECTED)]=1", "$(touch INJECTED)}", "}; touch INJECTED", "E\ntouch INJECTED\n",
	}
}

// TestNoValueInjects runs whatever RewriteScript lets pass, between all sorts
// of pieces of script, with values that want to run a command. By default it
// takes every 97th combination; GANTLINE_TEST=full takes every ninth.
func TestNoValueInjects(t *testing.T) {
	t.Parallel()
	step := 97
	if os.Getenv("GANTLINE_TEST") == "full" {
		step = 9
	}
	number := 0
	for _, before := range surroundings() {
		for _, after := range surroundings() {
			text, refs, problems := RewriteScript(diag.Of(before+"${{ params.m }}"+after), nil, func(Ref) string { return "VALUE" })
			if len(problems) > 0 || len(refs) != 1 {
				continue
			}
			for _, payload := range payloads() {
				if number++; number%step != 0 {
					continue
				}
				t.Run(strconv.Itoa(number), func(t *testing.T) {
					t.Parallel()
					if injects(t, text, payload) {
						t.Errorf("script %q ran the value %q", text, payload)
					}
				})
			}
		}
	}
}

// injects runs a script, which may well fail, and says whether the value's
// command ran.
func injects(t *testing.T, script, value string) bool {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, "bash", "-c", script)
	command.Dir = dir
	command.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + dir, "VALUE=" + value}
	// Through a pipe Run waits for what the script leaves in the background, too.
	var printed bytes.Buffer
	command.Stdout, command.Stderr, command.WaitDelay = &printed, &printed, 10*time.Second
	_ = command.Run()
	_, err := os.Stat(filepath.Join(dir, "INJECTED"))
	return err == nil
}
