package bench

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var measure = flag.String("measure", "", "measure these groups, with commas between them, and print the table; all is every group")

// group is a part of the table that can be measured alone.
type group struct {
	name    string
	measure func(*testing.T) []section
}

// groups is all of them, in the table's order.
func groups() []group {
	one := func(measure func(*testing.T) section) func(*testing.T) []section {
		return func(t *testing.T) []section { return []section{measure(t)} }
	}
	return []group{
		{"start", one(start)}, {"render", one(rendering)}, {"images", images},
		{"wheels", one(pythonWheels)}, {"tree", one(tree)}, {"replay", replays}, {"audit", audits}, {"files", one(files)},
	}
}

// TestMeasure is `make bench`.
func TestMeasure(t *testing.T) {
	if *measure == "" {
		t.Skip("takes minutes and gigabytes: run `make bench`, which gives -measure")
	}
	started, wanted := time.Now(), strings.Split(*measure, ",")
	var sections []section
	for _, g := range groups() {
		if *measure == "all" || slices.Contains(wanted, g.name) {
			sections = append(sections, g.measure(t)...)
		}
	}
	if len(sections) == 0 {
		t.Fatalf("there is no group %q", *measure)
	}
	fmt.Printf("\n%s, %d cores, load %s, %s, %s\n\n", cpu(), runtime.NumCPU(), load(), runtime.Version(), time.Since(started).Round(time.Second))
	writeTable(os.Stdout, sections)
	fmt.Println()
}

// say tells the one who waits what is measured now.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }

// binary is a program that make build made.
func binary(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "bin", name))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("finding %s: %v; run make build", name, err)
	}
	return path
}

// cost is what a command took: by the clock, and of the cores, by it and the
// processes that it started. Only the first depends on what else runs.
type cost struct{ took, cpu time.Duration }

// run runs a command.
func run(t *testing.T, cmd *exec.Cmd) cost {
	t.Helper()
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(begun)
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return cost{took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

// costs is the median of each.
func costs(all []cost) cost {
	var took, cpu []time.Duration
	for _, c := range all {
		took, cpu = append(took, c.took), append(cpu, c.cpu)
	}
	return cost{median(took), median(cpu)}
}

// row begins a row of the table.
func (c cost) row(what string) row {
	return row{what: what, time: duration(c.took), cpu: duration(c.cpu)}
}

func cpu() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, " \t:"))
		}
	}
	return runtime.GOARCH
}

// load is how many processes wanted a core over the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(text), " ")
	return one
}

// start measures how long the command takes to say its version.
func start(t *testing.T) section {
	t.Helper()
	gantline := binary(t, "gantline")
	say("starting gantline")
	var all []cost
	for range 21 {
		all = append(all, run(t, exec.Command(gantline, "--version")))
	}
	c := costs(all[1:]) // the first reads it from the disk
	r := c.row("gantline --version, 20 times")
	r.goal = verdict(c.took < 50*time.Millisecond, "< 50 ms")
	return section{"Starting", []row{r}}
}
