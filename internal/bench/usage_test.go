package bench

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// memory is what a command held at most: it alone, and together with the
// processes that it started, at any one moment. Pages of files that are mapped
// count only in files: the system takes those back when it needs them.
type memory struct{ own, all, files int64 }

// sampleEvery is how often a command's processes are looked at.
const sampleEvery = 25 * time.Millisecond

// watch runs a command and looks at its processes meanwhile.
func watch(t *testing.T, cmd *exec.Cmd) (cost, memory) {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done, peak := make(chan struct{}), make(chan memory)
	go func() { peak <- peakOf(cmd.Process.Pid, done) }()
	err := cmd.Wait()
	took := time.Since(begun)
	close(done)
	most := <-peak
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, stderr.String())
	}
	return cost{took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}, most
}

// peakOf samples a process and those below it until done.
func peakOf(pid int, done <-chan struct{}) memory {
	var peak memory
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		now := memory{own: status(pid, "VmHWM")}
		for _, p := range family(pid) {
			now.all += status(p, "RssAnon")
			now.files += status(p, "RssFile")
		}
		peak = memory{max(peak.own, now.own), max(peak.all, now.all), max(peak.files, now.files)}
		select {
		case <-done:
			return peak
		case <-tick.C:
		}
	}
}

// family is a process and all that it started and that still run.
func family(pid int) []int {
	all := []int{pid}
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, task := range tasks {
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		for _, child := range strings.Fields(string(children)) {
			if n, err := strconv.Atoi(child); err == nil {
				all = append(all, family(n)...)
			}
		}
	}
	return all
}

// status is a figure of /proc/PID/status in bytes; 0 of a process that is gone.
func status(pid int, key string) int64 {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		var kib int64
		if _, err := fmt.Sscanf(line, key+": %d kB", &kib); err == nil {
			return kib * 1024
		}
	}
	return 0
}

// TestWatch watches a shell that starts a process: each holds some memory, both
// together more.
func TestWatch(t *testing.T) {
	// dd holds its buffer for as long as it waits for input.
	cmd := exec.Command("sh", "-c", "(sleep 0.3; echo) | dd bs=64M of=/dev/null 2>/dev/null; sleep 0.1")
	c, m := watch(t, cmd)
	if c.took < 300*time.Millisecond {
		t.Errorf("it took %v", c.took)
	}
	if m.own < 300<<10 || m.own > 20<<20 {
		t.Errorf("the shell holds %d bytes", m.own)
	}
	if m.files < m.own/4 || m.all <= 0 {
		t.Errorf("%+v", m)
	}
}
