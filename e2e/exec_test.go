package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// command runs a program in a folder ("" for this one), with variables beside
// the environment, and gives its output. The error quotes what it said.
func command(dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("running %s %s: %w\n%s%s", name, strings.Join(args, " "), err, out.String(), said.String())
	}
	return out.String(), nil
}

func writeFile(path, text string) error { return os.WriteFile(path, []byte(text), 0o644) }
