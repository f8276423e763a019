package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Types are the types that an output can have.
func Types() []string { return []string{"string", "int", "float", "bool", "json"} }

// Check is nil for a Spec that gantline-step can follow.
func (s Spec) Check() error {
	if (len(s.Script) > 0) == (len(s.Args) > 0) {
		return errors.New("exactly one of script and args is needed")
	}
	if (len(s.Script) > 0) != (len(s.Shell) > 0) {
		return errors.New("a script needs a shell, and arguments have none")
	}
	for _, limit := range []string{s.Timeout, s.Grace} {
		if _, err := parseSpan(limit); err != nil {
			return err
		}
	}
	for _, dir := range s.Mounts {
		if !strings.HasPrefix(dir, "/") || strings.Contains(dir, "\x00") {
			return fmt.Errorf("mount %q is no absolute directory", dir)
		}
	}
	for _, v := range s.Env {
		if v.Name == "" || strings.ContainsAny(v.Name, "=\x00") {
			return fmt.Errorf("environment variable %q: no such name can be set", v.Name)
		}
	}
	for _, output := range s.Outputs {
		if err := output.check(); err != nil {
			return fmt.Errorf("output %q: %w", output.Name, err)
		}
	}
	return nil
}

// Limits are Timeout, 0 for none, and Grace as times. Both are 0 when Check
// refuses them.
func (s Spec) Limits() (timeout, grace time.Duration) {
	if s.Grace == "" {
		s.Grace = DefaultGrace
	}
	timeout, _ = parseSpan(s.Timeout)
	grace, _ = parseSpan(s.Grace)
	return timeout, grace
}

func parseSpan(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	span, err := time.ParseDuration(text)
	if err != nil || span <= 0 {
		return 0, fmt.Errorf("%q is no time above 0", text)
	}
	return span, nil
}

func (o Output) check() error {
	if o.Name == "" || o.Name[0] == '.' || strings.ContainsAny(o.Name, "/\x00") {
		return errors.New("its name is no plain file name")
	}
	if !slices.Contains(Types(), o.Type) {
		return fmt.Errorf("its type %q is none of %s", o.Type, strings.Join(Types(), ", "))
	}
	if o.Default != nil {
		if _, err := Decode(*o.Default); err != nil {
			return fmt.Errorf("its default: %w", err)
		}
	}
	return nil
}
