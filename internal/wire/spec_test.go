package wire_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/wire"
)

func TestSpecRoundTrip(t *testing.T) {
	zero := "0"
	want := wire.Spec{
		Flow: "finetune", Step: "eval",
		Shell:   []string{"bash", "-eo", "pipefail"},
		Script:  []string{`echo "{{x}} $(date) $$"`, "", "é"},
		Env:     []wire.Var{{Name: "A", Value: wire.Text{{Lit: "x"}, {In: "p", Path: []string{"k"}}}}},
		Outputs: []wire.Output{{Name: "score", Type: "float", Default: &zero}},
		Timeout: "1h30m", Grace: "5s", Mounts: []string{"/.gantline/volumes/weights"},
	}
	encoded, err := wire.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	checkInert(t, encoded)
	got, err := wire.DecodeSpec(encoded)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if timeout, grace := got.Limits(); timeout != 90*time.Minute || grace != 5*time.Second {
		t.Errorf("limits are %v and %v", timeout, grace)
	}
}

func TestDecodeSpecRefuses(t *testing.T) {
	tests := map[string]string{
		``:                               "decoding step",
		`{}`:                             "exactly one of script and args",
		`{"args":[[]],"nodes":2}`:        `unknown field "nodes"`,
		`{"args":[[]]}{}`:                "text after its end",
		`{"args":[[]],"script":["x"]}`:   "exactly one of script and args",
		`{"script":["x"]}`:               "a script needs a shell",
		`{"args":[[]],"shell":["sh"]}`:   "arguments have none",
		`{"args":[[]],"timeout":"soon"}`: `"soon" is no time above 0`,
		`{"args":[[]],"grace":"-1s"}`:    `"-1s" is no time above 0`,
		`{"args":[[]],"env":[{"name":"A=B","value":[]}]}`:                             `environment variable "A=B"`,
		`{"args":[[]],"mounts":["weights"]}`:                                          "no absolute directory",
		`{"args":[[]],"outputs":[{"name":"../x","type":"int"}]}`:                      "no plain file name",
		`{"args":[[]],"outputs":[{"name":".","type":"int"}]}`:                         "no plain file name",
		`{"args":[[]],"outputs":[{"name":"x","type":"number"}]}`:                      `its type "number" is none of string, int`,
		`{"args":[[]],"outputs":[{"name":"x","type":"int","default":"not encoded"}]}`: "its default",
	}
	for text, want := range tests {
		if _, err := wire.DecodeSpec(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want one with %q", text, err, want)
		}
	}
}

func TestNoLimit(t *testing.T) {
	if timeout, grace := (wire.Spec{}).Limits(); timeout != 0 || grace.String() != wire.DefaultGrace {
		t.Errorf("limits are %v and %v", timeout, grace)
	}
}

func FuzzDecodeSpec(f *testing.F) {
	f.Add(`{"flow":"f","step":"s","args":[[{"lit":"true"}]]}`)
	f.Fuzz(func(t *testing.T, text string) {
		spec, err := wire.DecodeSpec(text)
		if err == nil && spec.Check() != nil {
			t.Errorf("%q was taken against Check", text)
		}
	})
}
