// Command gantline-step is the entry point of every step's container. What it
// does, its exit codes and the lines that it writes are described in
// internal/step.
package main

import (
	"os"

	"gantline.dev/gantline/internal/step"
)

func main() {
	os.Exit(step.Main(os.Args[1:], step.Host{Env: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}))
}
