// Command gantline takes commits of an ML team's repository to running
// workflows. This file connects the process to internal/cli: signals, streams,
// environment and exit code.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // schedules are checked on machines without a zone database

	"gantline.dev/gantline/internal/cli"
	"gantline.dev/gantline/internal/streams"
)

// version is set by the linker; a build without it is a development build.
var version = "0.1.0-dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once: what it would wait for hangs.
	context.AfterFunc(ctx, stop)
	code := cli.Main(ctx, os.Args[1:], cli.Process{
		Version: version,
		Streams: streams.System(os.Getenv),
		Getenv:  os.Getenv,
	})
	stop()
	os.Exit(code)
}
