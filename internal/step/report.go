package step

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"time"

	"gantline.dev/gantline/internal/wire"
)

// maxMessage is how many bytes of a message are kept; the kubelet cuts a
// termination log after 4096.
const maxMessage = 2048

// event is one JSON line. The package comment says what the fields mean.
type event struct {
	Time     string         `json:"time"`
	Flow     string         `json:"flow"`
	Step     string         `json:"step"`
	Event    string         `json:"event"`
	Attempt  int            `json:"attempt,omitempty"`
	ExitCode *int           `json:"exit_code,omitempty"`
	Cause    string         `json:"cause,omitempty"`
	Message  string         `json:"message,omitempty"`
	Seconds  *float64       `json:"seconds,omitempty"`
	Outputs  map[string]int `json:"outputs,omitempty"`
}

// reporter tells how a step begins and ends. It never fails a step: what
// can't be written is dropped.
type reporter struct {
	stderr         *os.File
	terminationLog string
	about          event
}

func newReporter(host Host, terminationLog string, spec wire.Spec) reporter {
	about := event{Flow: spec.Flow, Step: spec.Step}
	if retries, ok := getVar(host.Env, wire.RetriesVar); ok {
		if before, err := strconv.Atoi(retries); err == nil && before >= 0 {
			about.Attempt = before + 1
		}
	}
	return reporter{host.Stderr, terminationLog, about}
}

func (r reporter) start() {
	line := r.about
	line.Event = "start"
	r.write(line)
}

func (r reporter) end(ended result) {
	message := strings.ReplaceAll(ended.message, "\n", "; ")
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + "…"
	}
	if ended.cause != "" {
		r.terminate("gantline cause=" + ended.cause + ": " + message + "\n")
	}
	seconds := ended.elapsed.Round(time.Millisecond).Seconds()
	line := r.about
	line.Event, line.ExitCode, line.Cause, line.Message = "end", &ended.code, ended.cause, message
	line.Seconds, line.Outputs = &seconds, ended.outputs
	r.write(line)
}

func (r reporter) write(line event) {
	line.Time = time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	text, err := json.Marshal(line)
	if err == nil {
		_, _ = r.stderr.Write(append(text, '\n'))
	}
}

// terminate writes the termination log if there is one. The kubelet makes the
// file; where it did not, nobody would read it.
func (r reporter) terminate(text string) {
	f, err := os.OpenFile(r.terminationLog, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return
	}
	_, _ = f.WriteString(text)
	_ = f.Close()
}
