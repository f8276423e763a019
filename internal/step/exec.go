package step

import (
	"path/filepath"
	"strings"
	"time"

	"gantline.dev/gantline/internal/wire"
)

// Exit codes of what fails without the process having failed.
const (
	exitUsage      = 2
	exitOutput     = 65
	exitTimeout    = 124
	exitShim       = 125
	exitUnrunnable = 126
	exitMissing    = 127
)

// places is where the shim meets Argo and the kubelet.
type places struct {
	outputs, encoded, terminationLog string
}

// placesIn is the places that wire names, below another directory than
// wire.RunDir.
func placesIn(runDir, terminationLog string) places {
	below := func(dir string) string {
		return filepath.Join(runDir, strings.TrimPrefix(dir, wire.RunDir))
	}
	return places{below(wire.OutputsDir), below(wire.EncodedDir), terminationLog}
}

// result is how a step ended. The zero value is a step that went well.
type result struct {
	code    int
	cause   string // one of wire's causes; empty when all went well
	message string // for people; never holds a value
	elapsed time.Duration
	outputs map[string]int // size of each encoded output in bytes
}

// run does one step and gives its exit code.
func run(host Host, at places, encodedSpec string) int {
	signals := listen()
	spec, err := wire.DecodeSpec(encodedSpec)
	log := newReporter(host, at.terminationLog, spec)
	log.start()
	ended := result{code: exitShim, cause: wire.CauseStart}
	if err != nil {
		ended.message = err.Error()
	} else {
		ended = follow(spec, host, at, signals)
	}
	log.end(ended)
	return ended.code
}

// follow starts what the spec says and sees it to its end.
func follow(spec wire.Spec, host Host, at places, signals <-chan signal) result {
	if err := checkMounts(spec.Mounts); err != nil {
		return result{code: exitShim, cause: wire.CauseStart, message: err.Error()}
	}
	if err := prepareOutputs(at, spec.Outputs); err != nil {
		return result{code: exitShim, cause: wire.CauseStart, message: err.Error()}
	}
	cmd, err := newCommand(spec, host.Env, at.outputs)
	if err != nil {
		return notStarted(err)
	}
	began := time.Now()
	proc, err := start(cmd, host)
	if err != nil {
		return notStarted(err)
	}
	timeout, grace := spec.Limits()
	ended := supervise(proc, signals, timeout, grace)
	ended.elapsed = time.Since(began)
	if ended.code != 0 {
		return ended
	}
	if ended.outputs, err = collectOutputs(at, spec.Outputs); err != nil {
		ended.code, ended.cause, ended.message = exitOutput, wire.CauseOutput, err.Error()
	}
	return ended
}
