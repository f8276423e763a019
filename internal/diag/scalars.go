package diag

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time written as 90s, 30m, 1h30m, 14d.
type Duration time.Duration

var durationDays = regexp.MustCompile(`^(\d+)d(.*)$`)

// ParseText implements TextParser.
func (d *Duration) ParseText(text string) error {
	wrong := errors.New("not a duration; write one as 90s, 30m, 1h30m or 14d")
	rest, days := text, time.Duration(0)
	if match := durationDays.FindStringSubmatch(text); match != nil {
		count, err := strconv.Atoi(match[1])
		if err != nil || count > 100_000 {
			return wrong
		}
		days, rest = time.Duration(count)*24*time.Hour, match[2]
	}
	var clock time.Duration
	if rest != "" {
		parsed, err := time.ParseDuration(rest)
		if err != nil || parsed < 0 || parsed > math.MaxInt64-days {
			return wrong
		}
		clock = parsed
	} else if days == 0 {
		return wrong
	}
	*d = Duration(days + clock)
	return nil
}

// Duration is the value as the standard library has it.
func (d Duration) Duration() time.Duration { return time.Duration(d) }

// String is the shortest spelling that ParseText reads back.
func (d Duration) String() string {
	rest, text := time.Duration(d), ""
	if days := rest / (24 * time.Hour); days > 0 {
		text, rest = fmt.Sprintf("%dd", days), rest%(24*time.Hour)
		if rest == 0 {
			return text
		}
	}
	clock := rest.String()
	if strings.HasSuffix(clock, "m0s") {
		clock = strings.TrimSuffix(clock, "0s")
	}
	if strings.HasSuffix(clock, "h0m") {
		clock = strings.TrimSuffix(clock, "0m")
	}
	return text + clock
}

// JSONSchema implements Schemer.
func (d *Duration) JSONSchema(*SchemaWriter) map[string]any {
	return map[string]any{"type": "string", "pattern": `^(\d+d([0-9.]+(ns|us|µs|ms|s|m|h))*|([0-9.]+(ns|us|µs|ms|s|m|h))+)$`}
}

// Size is a number of bytes written as 512KB or 512kB, 10MB, 1.5GB (powers of
// 1000) or 4Ki, 2Mi, 900Gi (powers of 1024).
type Size int64

var sizeForm = regexp.MustCompile(`^(\d+(?:\.\d+)?)\s*(B|[kKMGT]B?|[KMGT]iB?)?$`)

// ParseText implements TextParser.
func (s *Size) ParseText(text string) error {
	match := sizeForm.FindStringSubmatch(text)
	if match == nil {
		return errors.New("not a size; write one as 512KB, 10MB or 2Gi")
	}
	number, err := strconv.ParseFloat(match[1], 64)
	if err != nil {
		return err
	}
	unit := strings.TrimSuffix(match[2], "B")
	base, power := 1000.0, 0
	if strings.HasSuffix(unit, "i") {
		base = 1024
	}
	if unit != "" {
		power = strings.Index("KMGT", strings.ToUpper(unit[:1])) + 1
	}
	bytes := number * math.Pow(base, float64(power))
	if bytes >= math.MaxInt64 {
		return errors.New("too large")
	}
	*s = Size(bytes)
	return nil
}

// String is the size in powers of 1000 with three digits: 1.23 MB.
func (s Size) String() string {
	value, unit := float64(s), 0
	for value >= 999.5 && unit < 5 {
		value, unit = value/1000, unit+1
	}
	name := [...]string{"B", "kB", "MB", "GB", "TB", "PB"}[unit]
	switch {
	case unit == 0 || value >= 99.95:
		return fmt.Sprintf("%.0f %s", value, name)
	case value >= 9.995:
		return fmt.Sprintf("%.1f %s", value, name)
	}
	return fmt.Sprintf("%.2f %s", value, name)
}

// JSONSchema implements Schemer.
func (s *Size) JSONSchema(*SchemaWriter) map[string]any {
	return map[string]any{"type": []string{"string", "integer"}, "pattern": sizeForm.String()}
}
