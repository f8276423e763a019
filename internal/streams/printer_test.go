package streams

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// steps is a clock that moves by a second at each look.
func steps() func() time.Time {
	now := time.Unix(1700000000, 0)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

func testPrinter(d *Double, level Level) *Printer {
	p := d.Printer(level)
	p.now = steps()
	return p
}

func TestPrinterPlain(t *testing.T) {
	work := func(p *Printer) {
		p.Say("reading %s", "main")
		p.Detail("through git %d", 2)
		p.Warn("commit %q is old", "a\x1bb")
		task := p.Start("building image train")
		task.Bytes(10, 20)
		task.Done("12.1 kB moved")
		task.Fail("too late to count")
		p.Start("pushing").Skip("the tag exists")
		p.Start("deploying").Fail("no such branch")
	}
	tests := []struct {
		level Level
		want  string
	}{
		{Quiet, "warning: commit \"a\\x1bb\" is old\n✗ deploying: no such branch 1.0s\n"},
		{Normal, "reading main\nwarning: commit \"a\\x1bb\" is old\n" +
			"✓ building image train: 12.1 kB moved 1.0s\n– pushing: the tag exists 1.0s\n" +
			"✗ deploying: no such branch 1.0s\n"},
		{Verbose, "reading main\nthrough git 2\nwarning: commit \"a\\x1bb\" is old\n" +
			"✓ building image train: 12.1 kB moved 1.0s\n– pushing: the tag exists 1.0s\n" +
			"✗ deploying: no such branch 1.0s\n"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.level), func(t *testing.T) {
			d := Test()
			work(testPrinter(d, test.level))
			if diff := cmp.Diff(test.want, d.Stderr()); diff != "" {
				t.Error(diff)
			}
			if d.Stdout() != "" {
				t.Errorf("printed %q on standard output", d.Stdout())
			}
		})
	}
}

func TestPrinterHeartbeat(t *testing.T) {
	d := Test()
	p := testPrinter(d, Normal)
	task := p.Start("building")
	p.tick()
	task.Count(3, 9, "files")
	p.tick()
	task.Done("")
	want := "  building: 1.0s\n  building: 3 of 9 files, 2.0s\n✓ building 3.0s\n"
	if diff := cmp.Diff(want, d.Stderr()); diff != "" {
		t.Error(diff)
	}
}

func TestPrinterLive(t *testing.T) {
	d := Test()
	d.Animated = true
	p := testPrinter(d, Normal)
	p.mu.Lock() // a ticker that seems to run already: nothing is redrawn behind the test
	p.stop = make(chan struct{})
	p.mu.Unlock()
	first, second := p.Start("one"), p.Start("two")
	p.Say("a line")
	first.Done("")
	second.Done("")
	screen := terminal(d.Stderr())
	want := "a line\n✓ one 4.0s\n✓ two 5.0s\n"
	if diff := cmp.Diff(want, screen); diff != "" {
		t.Errorf("what the screen shows at the end:\n%s\nraw: %q", diff, d.Stderr())
	}
}

func TestPrinterLiveManyTasks(t *testing.T) {
	d := Test()
	d.Animated = true
	p := testPrinter(d, Normal)
	var tasks []*Task
	for i := range maxLive + 3 {
		tasks = append(tasks, p.Start(fmt.Sprintf("task %d", i)))
	}
	p.tick()
	if !strings.Contains(d.Stderr(), "and 3 more") {
		t.Errorf("does not count what is not drawn: %q", d.Stderr())
	}
	for _, task := range tasks {
		task.Done("")
	}
	if lines := strings.Count(terminal(d.Stderr()), "\n"); lines != len(tasks) {
		t.Errorf("%d lines remain of %d tasks", lines, len(tasks))
	}
}

// terminal plays the few control sequences that live lines use and returns
// what stays on the screen.
func terminal(raw string) string {
	var lines []string
	current := ""
	for raw != "" {
		var n int
		switch {
		case strings.HasPrefix(raw, eraseBelow):
			raw, current = raw[len(eraseBelow):], ""
		case strings.HasPrefix(raw, wrapOff), strings.HasPrefix(raw, wrapOn):
			raw = raw[len(wrapOff):]
		case scan(raw, "\r\x1b[%dA", &n):
			lines = lines[:len(lines)-n]
			raw = raw[strings.IndexByte(raw, 'A')+1:]
		case raw[0] == '\n':
			lines, current, raw = append(lines, current), "", raw[1:]
		default:
			current, raw = current+raw[:1], raw[1:]
		}
	}
	return strings.Join(append(lines, current), "\n")
}

func scan(text, format string, n *int) bool {
	if !strings.HasPrefix(text, "\r\x1b[") {
		return false
	}
	_, err := fmt.Sscanf(text[1:], format[1:], n)
	return err == nil
}

func TestPrinterWriter(t *testing.T) {
	d := Test()
	w := testPrinter(d, Normal).Writer()
	for _, part := range []string{"step ", "1\nstep 2\nst", "ep 3"} {
		if n, err := w.Write([]byte(part)); err != nil || n != len(part) {
			t.Fatalf("wrote %d of %d: %v", n, len(part), err)
		}
	}
	if diff := cmp.Diff("step 1\nstep 2\n", d.Stderr()); diff != "" {
		t.Error(diff)
	}
}

func TestPrinterConcurrent(t *testing.T) {
	d := Test()
	p := d.Printer(Normal)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			task := p.Start(fmt.Sprint(i))
			task.Note("working")
			task.Done("")
		})
	}
	group.Wait()
	if lines := strings.Count(d.Stderr(), "\n"); lines != 20 {
		t.Errorf("%d lines for 20 tasks", lines)
	}
	if p.stop != nil {
		t.Error("the ticker still runs")
	}
}

func TestElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:              "0ms",
		340 * time.Millisecond:    "340ms",
		999600 * time.Microsecond: "1.0s",
		4230 * time.Millisecond:   "4.2s",
		59960 * time.Millisecond:  "1m00s",
		185 * time.Second:         "3m05s",
		127 * time.Minute:         "2h07m",
	} {
		if got := Elapsed(d); got != want {
			t.Errorf("Elapsed(%v) = %s, want %s", d, got, want)
		}
	}
}
