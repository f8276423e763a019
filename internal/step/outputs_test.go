package step_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/wire"
)

func TestOutputTypes(t *testing.T) {
	tests := []struct {
		typ, content string
		want         string // encoded; empty when refused
		err          string
	}{
		{"string", "plain", `"plain"`, ""},
		{"string", "one line\n", `"one line"`, ""},
		{"string", "two\n\n", `"two\n"`, ""},
		{"string", "", `""`, ""},
		{"string", "{{x}} $(y) é\x1b", `"{\u007bx}\u007d \u0024(y) \u00e9\u001b"`, ""},
		{"string", "\xff", "", "not UTF-8"},
		{"int", " 42\n", "42", ""},
		{"int", "-0042", "-42", ""},
		{"int", "9223372036854775807", "9223372036854775807", ""},
		{"int", "9223372036854775808", "", "no int: value out of range"},
		{"int", "4.0", "", "no int: invalid syntax"},
		{"int", "", "", "empty"},
		{"float", "0.50\n", "0.50", ""},
		{"float", "3", "3", ""},
		{"float", "1E-5", "1E-5", ""},
		{"float", ".5", "0.5", ""},
		{"float", "nan", "", "no JSON"},
		{"float", "-inf", "", "no JSON"},
		{"float", "1e999", "", "out of range"},
		{"float", "fast", "", "no float: invalid syntax"},
		{"bool", "true", "true", ""},
		{"bool", "False\n", "false", ""},
		{"bool", "yes", "", "neither true nor false"},
		{"json", "{\"b\": [1.0, {\"x\": {}}],\n \"a\": \"{{\"}\n", `{"b":[1.0,{"x":{} }],"a":"{\u007b"}`, ""},
		{"json", `"text"`, `"text"`, ""},
		{"json", `{"a": NaN}`, "", "no json: a syntax error at byte 7"},
		{"json", `1 2`, "", "no json: a syntax error at byte 3"},
		{"json", " ", "", "empty"},
	}
	for _, tt := range tests {
		t.Run(tt.typ+" "+tt.content, func(t *testing.T) {
			spec := script("cp content $GANTLINE_OUTPUTS/o")
			spec.Outputs = []wire.Output{{Name: "o", Type: tt.typ}}
			s := newShim(t, spec)
			if err := os.WriteFile(s.file("content"), []byte(tt.content), 0o644); err != nil {
				t.Fatal(err)
			}
			e := s.run()
			if tt.want == "" {
				e.want(t, 65, wire.CauseOutput, `reading output "o": `, tt.err)
				noEncoded(t, s)
				return
			}
			e.want(t, 0, "")
			if diff := cmp.Diff(tt.want, s.read("encoded/o")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestOutputsThatAreMissing(t *testing.T) {
	fallback := `"{\u007b"`
	spec := script("echo 1 > $GANTLINE_OUTPUTS/c")
	spec.Outputs = []wire.Output{
		{Name: "a", Type: "string"}, {Name: "b", Type: "string", Default: &fallback},
		{Name: "c", Type: "int", Default: &fallback}, {Name: "d", Type: "int"},
	}
	s := newShim(t, spec)
	s.run().want(t, 65, wire.CauseOutput,
		`reading output "a": the step wrote no file $GANTLINE_OUTPUTS/a; reading output "d": the step wrote no`)
	noEncoded(t, s)

	s.spec.Outputs = spec.Outputs[1:3]
	s = newShim(t, s.spec)
	s.run().want(t, 0, "")
	if got := s.read("encoded/b") + s.read("encoded/c"); got != fallback+"1" {
		t.Errorf("outputs are %s", got)
	}
}

func TestOutputsOfAFailedStepAreNotRead(t *testing.T) {
	spec := script("echo x > $GANTLINE_OUTPUTS/n; exit 4")
	spec.Outputs = []wire.Output{{Name: "n", Type: "int"}}
	s := newShim(t, spec)
	s.run().want(t, 4, wire.CauseError)
	noEncoded(t, s)
}

func TestOutputsOfAnEarlierAttemptAreForgotten(t *testing.T) {
	spec := script("true")
	spec.Outputs = []wire.Output{{Name: "n", Type: "int"}}
	s := newShim(t, spec)
	for _, dir := range []string{"outputs", "encoded"} {
		if err := os.Mkdir(s.file(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(s.file(dir+"/n"), []byte("1"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.run().want(t, 65, wire.CauseOutput, "wrote no file")
	noEncoded(t, s)
}

func TestOutputsThatAreNoFiles(t *testing.T) {
	for name, command := range map[string]string{
		"directory":         "mkdir $GANTLINE_OUTPUTS/n",
		"pipe":              "mkfifo $GANTLINE_OUTPUTS/n",
		"device":            "ln -s /dev/zero $GANTLINE_OUTPUTS/n",
		"dangling link":     "ln -s nowhere $GANTLINE_OUTPUTS/n",
		"link to itself":    "ln -s n $GANTLINE_OUTPUTS/n",
		"removed directory": "rm -r $GANTLINE_OUTPUTS",
	} {
		t.Run(name, func(t *testing.T) {
			spec := script(command)
			spec.Outputs = []wire.Output{{Name: "n", Type: "int"}}
			newShim(t, spec).run().want(t, 65, wire.CauseOutput, `reading output "n": `)
		})
	}
}

func TestLinkToAFileIsAnOutput(t *testing.T) {
	spec := script("echo 5 > five; ln -s $PWD/five $GANTLINE_OUTPUTS/n")
	spec.Outputs = []wire.Output{{Name: "n", Type: "int"}}
	s := newShim(t, spec)
	s.run().want(t, 0, "")
	if got := s.read("encoded/n"); got != "5" {
		t.Errorf("output is %s", got)
	}
}

func TestOutputSizes(t *testing.T) {
	tests := []struct {
		name, script, err string
	}{
		{"largest", "head -c $((127*1024-2)) /dev/zero | tr '\\0' x > $GANTLINE_OUTPUTS/n", ""},
		{"one byte more", "head -c $((127*1024-1)) /dev/zero | tr '\\0' x > $GANTLINE_OUTPUTS/n", "130049 bytes once encoded"},
		{"escapes", "head -c 30000 /dev/zero > $GANTLINE_OUTPUTS/n", "180002 bytes once encoded"},
		{"sparse", "truncate -s 1T $GANTLINE_OUTPUTS/n", "it has 1099511627776 bytes, and an output at most 130048"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spec := script(tt.script)
			spec.Outputs = []wire.Output{{Name: "n", Type: "string"}}
			e := newShim(t, spec).run()
			if tt.err == "" {
				e.want(t, 0, "")
				return
			}
			e.want(t, 65, wire.CauseOutput, tt.err)
		})
	}
}

func noEncoded(t *testing.T, s *shim) {
	t.Helper()
	left, err := filepath.Glob(s.file("encoded/*"))
	if err != nil {
		t.Fatal(err)
	}
	hidden, err := filepath.Glob(s.file("encoded/.*"))
	if err != nil {
		t.Fatal(err)
	}
	if left = append(left, hidden...); len(left) > 0 {
		t.Errorf("a failed step left %s", strings.Join(left, ", "))
	}
}
