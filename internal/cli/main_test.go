package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"gantline.dev/gantline/internal/cli"
	"gantline.dev/gantline/internal/streams"
)

// asGantline makes this test binary gantline itself: scripts run it, and
// gantline starts its daemons with the path of its own executable.
const asGantline = "GANTLINE_TEST_AS_COMMAND"

// clock holds the time that gantline is told, in RFC 3339.
const clock = "GANTLINE_TEST_CLOCK"

func TestMain(m *testing.M) {
	if os.Getenv(asGantline) != "" {
		gantline()
	}
	testscript.Main(m, map[string]func(){"gantline": gantline})
}

// gantline is cmd/gantline's main with a version and a clock that goldens can
// hold.
func gantline() {
	now, err := time.Parse(time.RFC3339, os.Getenv(clock))
	if err != nil {
		fmt.Fprintln(os.Stderr, clock, err)
		os.Exit(99)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	code := cli.Main(ctx, os.Args[1:], cli.Process{
		Version: "0.0.0-test",
		Streams: streams.System(os.Getenv),
		Getenv:  os.Getenv,
		Now:     func() time.Time { return now },
	})
	stop()
	os.Exit(code)
}
