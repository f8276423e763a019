package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	auditRounds = 5
	auditRange  = 20
	auditMemory = 400_000_000
)

// auditLab is the large history and what is run on it.
type auditLab struct {
	t   *testing.T
	dir string
	// streams are the commands of git that an audit joins.
	streams []stream
}

// stream is one of git's commands, as a line for the shell.
type stream struct{ what, line, in string }

// ownHistory names a repository in the environment that is measured as well: a
// real one, whose merges and files are as nobody would make them up.
const ownHistory = "GANTLINE_BENCH_HISTORY"

// audits measures what a history weighs, beside the plumbing that any such
// answer is made of, and beside other tools.
func audits(t *testing.T) []section {
	t.Helper()
	made := newAuditLab(t, largeHistory(t, historyCommits))
	ours, s := made.measure("A history of")
	s.rows = append(s.rows, made.growth(ours))
	sections := []section{s}
	if dir := os.Getenv(ownHistory); dir != "" {
		own := newAuditLab(t, dir)
		_, s := own.measure("The history of " + filepath.Base(dir) + ",")
		sections = append(sections, s)
	}
	return sections
}

// measure is the table of one history, and what our audit of it costs.
func (l *auditLab) measure(title string) (cost, section) {
	l.t.Helper()
	objects, bytes := census(l.t, l.dir)
	commits := strings.TrimSpace(l.output("git rev-list --count HEAD"))
	say("auditing %s commits", commits)
	parts := make([][]cost, len(l.streams))
	var floor, ours []cost
	var ratios []float64
	var peak memory
	for range auditRounds {
		var sum cost
		for i, s := range l.streams {
			c := l.stream(s)
			parts[i] = append(parts[i], c)
			sum = cost{sum.took + c.took, sum.cpu + c.cpu}
		}
		c, m := watch(l.t, l.gantline("audit", "-o", "json"))
		floor, ours, ratios = append(floor, sum), append(ours, c), append(ratios, sum.took.Seconds()/c.took.Seconds())
		peak = memory{max(peak.own, m.own), max(peak.all, m.all), max(peak.files, m.files)}
	}
	var rows []row
	for i, s := range l.streams {
		rows = append(rows, costs(parts[i]).row(s.what))
	}
	ratio := median(ratios)
	joined := costs(floor).row("the three, one after the other")
	joined.ratio, joined.goal = fmt.Sprintf("%.2f×", ratio), verdict(ratio > 1/1.3, "ours within 1.3×")
	audit := costs(ours).row("gantline audit -o json")
	audit.memory, audit.goal = size(peak.own), verdict(peak.own < auditMemory, "< 400 MB")
	family := row{what: "  with the processes of git that it runs", memory: size(peak.all), goal: verdict(peak.all < auditMemory, "< 400 MB")}
	rows = append(rows, joined, audit, family)
	rows = append(rows, l.peers(costs(ours))...)
	rows = append(rows, l.lastCommits())
	return costs(ours), section{fmt.Sprintf("%s %s commits, %d objects in one pack of %s", title, commits, objects, size(bytes)), rows}
}

func newAuditLab(t *testing.T, dir string) *auditLab {
	t.Helper()
	l := &auditLab{t: t, dir: dir}
	l.streams = []stream{
		{what: "git cat-file, the sizes of all objects", line: l.traced("cat-file --batch-all-objects")},
		{what: "git log --raw, as the audit runs it", line: l.traced("log ")},
		{what: "git cat-file, contents of blobs below 1 kB", line: "git cat-file --batch --buffer", in: l.smallBlobs()},
	}
	return l
}

// env is a machine's whose git has no settings.
func (l *auditLab) env() []string {
	return append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull)
}

func (l *auditLab) gantline(args ...string) *exec.Cmd {
	l.t.Helper()
	cmd := exec.Command(binary(l.t, "gantline"), append(args, "--quiet", "--repo", l.dir)...)
	cmd.Env = append(l.env(), "GANTLINE_CACHE="+l.t.TempDir())
	return cmd
}

// traced is the first command of git beginning like this that an audit runs: git
// itself tells. A later one looks at what other refs have, and is short.
func (l *auditLab) traced(begin string) string {
	l.t.Helper()
	trace := filepath.Join(l.t.TempDir(), "trace")
	cmd := l.gantline("audit", "-o", "json")
	cmd.Env = append(cmd.Env, "GIT_TRACE="+trace)
	run(l.t, cmd)
	text, err := os.ReadFile(trace)
	if err != nil {
		l.t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		_, command, ok := strings.Cut(line, "trace: built-in: git ")
		if ok && strings.HasPrefix(command, begin) {
			return "git " + strings.TrimSpace(command)
		}
	}
	l.t.Fatalf("an audit runs no git %s:\n%s", begin, text)
	return ""
}

// smallBlobs is a file of the hashes of all blobs that may be LFS pointers.
func (l *auditLab) smallBlobs() string {
	l.t.Helper()
	file := filepath.Join(l.t.TempDir(), "small")
	l.run("git cat-file --batch-all-objects --unordered --batch-check='%(objecttype) %(objectsize) %(objectname)' | awk '$1 == \"blob\" && $2 < 1024 { print $3 }' > "+file, "")
	return file
}

// run runs a line of the shell in the repository.
func (l *auditLab) run(line, in string) cost {
	l.t.Helper()
	if in != "" {
		line += " < " + in
	}
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Env = l.dir, append(l.env(), "GIT_PAGER=cat", "LC_ALL=C")
	return run(l.t, cmd)
}

// output is what a line of the shell prints.
func (l *auditLab) output(line string) string {
	l.t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Env = l.dir, l.env()
	out, err := cmd.Output()
	if err != nil {
		l.t.Fatalf("%s: %v", line, err)
	}
	return string(out)
}

func (l *auditLab) stream(s stream) cost { return l.run(s.line+" > "+os.DevNull, s.in) }

// lastCommits is the audit of a push's worth of commits.
func (l *auditLab) lastCommits() row {
	l.t.Helper()
	var all []cost
	for range 7 {
		all = append(all, run(l.t, l.gantline("audit", "-o", "json", fmt.Sprintf("HEAD~%d..HEAD", auditRange))))
	}
	return costs(all).row(fmt.Sprintf("gantline audit, the last %d commits", auditRange))
}

// growth compares what an object costs with what it costs in a quarter of the
// history.
func (l *auditLab) growth(ours cost) row {
	l.t.Helper()
	objects, _ := census(l.t, l.dir)
	smaller := *l
	smaller.dir = largeHistory(l.t, smallerCommits)
	fewer, _ := census(l.t, smaller.dir)
	say("auditing %d commits", smallerCommits)
	var all []cost
	for range auditRounds {
		all = append(all, run(l.t, smaller.gantline("audit", "-o", "json")))
	}
	c := costs(all)
	growth := (ours.cpu.Seconds() / float64(objects)) / (c.cpu.Seconds() / float64(fewer))
	r := c.row(fmt.Sprintf("gantline audit, a quarter: %d commits, %d objects", smallerCommits, fewer))
	r.goal = verdict(growth < 1.3, fmt.Sprintf("linear (cpu of an object in the whole %.2f×)", growth))
	return r
}
