package step_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/wire"
)

func TestEvents(t *testing.T) {
	good := script(`echo 12 > "$GANTLINE_OUTPUTS/n"`, "echo hunter2 hunter2")
	good.Outputs = []wire.Output{{Name: "n", Type: "int"}}
	bad := script(`echo hunter2 > "$GANTLINE_OUTPUTS/n"`)
	bad.Outputs = good.Outputs
	tests := []struct {
		name       string
		spec       wire.Spec
		env        []string
		start, end map[string]any
	}{
		{
			name: "success", spec: good,
			start: map[string]any{"flow": "flow", "step": "step", "event": "start"},
			end: map[string]any{"flow": "flow", "step": "step", "event": "end", "exit_code": 0.0,
				"outputs": map[string]any{"n": 2.0}},
		},
		{
			name: "failure of a later attempt", spec: bad, env: []string{wire.RetriesVar + "=1", "TOKEN=hunter2", wire.InputPrefix + `p="hunter2"`},
			start: map[string]any{"flow": "flow", "step": "step", "event": "start", "attempt": 2.0},
			end: map[string]any{"flow": "flow", "step": "step", "event": "end", "attempt": 2.0, "exit_code": 65.0,
				"cause": "output", "message": `reading output "n": it is no int: invalid syntax`},
		},
		{
			name: "retries that Argo left as they are", spec: script("true"), env: []string{wire.RetriesVar + "={{retries}}"},
			start: map[string]any{"flow": "flow", "step": "step", "event": "start"},
			end:   map[string]any{"flow": "flow", "step": "step", "event": "end", "exit_code": 0.0},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newShim(t, tt.spec)
			s.env = append(s.env, tt.env...)
			e := s.run()
			if strings.Contains(e.stderr+e.log, "hunter2") {
				t.Errorf("a value was told:\n%s%s", e.stderr, e.log)
			}
			if len(e.events) != 2 {
				t.Fatalf("%d events:\n%s", len(e.events), e.stderr)
			}
			if seconds, ok := e.events[1]["seconds"].(float64); !ok || seconds <= 0 || seconds > 60 {
				t.Errorf("seconds is %v", e.events[1]["seconds"])
			}
			delete(e.events[1], "seconds")
			for _, event := range e.events {
				if _, err := time.Parse(time.RFC3339, event["time"].(string)); err != nil {
					t.Error(err)
				}
				delete(event, "time")
			}
			if diff := cmp.Diff([]map[string]any{tt.start, tt.end}, e.events); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	spec := script("true")
	for i := range 120 {
		spec.Outputs = append(spec.Outputs, wire.Output{Name: strings.Repeat("é", i+1), Type: "int"})
	}
	e := newShim(t, spec).run()
	e.want(t, 65, wire.CauseOutput, "wrote no file $GANTLINE_OUTPUTS/éé;", "…")
	if len(e.log) > 2100 || !utf8.ValidString(e.log) {
		t.Errorf("the termination log has %d bytes:\n%s", len(e.log), e.log)
	}
}
