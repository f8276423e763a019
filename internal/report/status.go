package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"gantline.dev/gantline/internal/runs"
	"gantline.dev/gantline/internal/streams"
)

// Status is one run on a cluster, for its writers.
type Status struct {
	runs.Run
	// Target and Namespace are where it runs.
	Target    string `json:"target,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	// URL is the run's page in Argo's UI; empty where none is known.
	URL string `json:"url,omitempty"`
	// Brief leaves out what was seen while the run was followed.
	Brief bool `json:"-"`
	// Flag is what commands about the run need beside its name, with a space
	// before it.
	Flag string `json:"-"`
	// Logs are the ends of what failed steps wrote.
	Logs []LogTail `json:"logs,omitempty"`
}

// LogTail is the end of a pod's log.
type LogTail struct {
	Step string `json:"step"`
	// Item is the index of a foreach's item, or -1.
	Item  int      `json:"item"`
	Lines []string `json:"lines"`
	// Missing says why there are none.
	Missing string `json:"missing,omitempty"`
}

// StatusText writes a run for people. now is for what goes on.
func StatusText(w io.Writer, s Status, now time.Time, palette streams.Palette) error {
	var out strings.Builder
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&out, "%-8s %s\n", name, streams.Safe(value))
		}
	}
	fmt.Fprintf(&out, "%-8s %s  %s %s\n", "run", palette.Bold(streams.Safe(s.Name)), stateWord(s.State, palette), runTimes(s.Run, now))
	if (!s.State.Ended() || s.State.Bad()) && s.State != runs.Stopped {
		field("why", s.Message)
	}
	if !s.Brief {
		field("flow", s.Flow)
		field("commit", commitText(s.Run))
		field("started", startedText(s.Run))
		for _, param := range s.Params {
			field("param", param.Name+"="+param.Text())
		}
	}
	field("page", s.URL)
	if !s.Brief {
		out.WriteString(stepsTable(s.Run, now, palette))
	}
	for _, tail := range s.Logs {
		writeTail(&out, s, tail, palette)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// StatusJSON writes a run as a document of kind Run.
func StatusJSON(w io.Writer, s Status) error {
	return writeJSON(w, struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Status
	}{"gantline.dev/v1", "Run", s})
}

// RunsText writes a table of runs.
func RunsText(w io.Writer, list []runs.Run, now time.Time, palette streams.Palette) error {
	rows := [][]string{{"RUN", "FLOW", "STATE", "AGE", "TOOK", "COMMIT", "WHO"}}
	for _, run := range list {
		rows = append(rows, []string{
			run.Name, run.Flow, string(run.State), age(run.Created, now), took(run.Duration(now)),
			shownCommit(run), starter(run),
		})
	}
	return table(w, rows, func(row int, line string) string {
		if row > 0 && list[row-1].State.Bad() {
			return palette.Bad(line)
		}
		return line
	})
}

// RunsJSON writes runs as a document of kind Runs.
func RunsJSON(w io.Writer, list []runs.Run) error {
	if list == nil {
		list = []runs.Run{}
	}
	return writeJSON(w, struct {
		APIVersion string     `json:"apiVersion"`
		Kind       string     `json:"kind"`
		Runs       []runs.Run `json:"runs"`
	}{"gantline.dev/v1", "Runs", list})
}

// table writes aligned columns, each line coloured as a whole so that colours
// don't count as width.
func table(w io.Writer, rows [][]string, colour func(row int, line string) string) error {
	var out strings.Builder
	aligned := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if row[i] = streams.Safe(cell); cell == "" {
				row[i] = "-"
			}
		}
		fmt.Fprintln(aligned, strings.Join(row, "\t"))
	}
	if err := aligned.Flush(); err != nil {
		return err
	}
	row := 0
	for line := range strings.Lines(out.String()) {
		text := strings.TrimRight(line, " \n")
		if _, err := fmt.Fprintln(w, colour(row, text)); err != nil {
			return err
		}
		row++
	}
	return nil
}

func commitText(run runs.Run) string {
	switch {
	case run.Commit == "":
		return ""
	case run.Uncommitted && run.Parent != "":
		return fmt.Sprintf("%s, uncommitted work on %s", shortHash(run.Commit), shortHash(run.Parent))
	case run.Uncommitted:
		return shortHash(run.Commit) + ", uncommitted work"
	}
	return shortHash(run.Commit)
}

// shownCommit marks uncommitted work with a plus.
func shownCommit(run runs.Run) string {
	if run.Uncommitted {
		return shortHash(run.Commit) + "+"
	}
	return shortHash(run.Commit)
}

// starter is who or what started a run.
func starter(run runs.Run) string {
	switch {
	case run.User != "":
		return run.User
	case run.Schedule != "":
		return "schedule"
	}
	return ""
}

func startedText(run runs.Run) string {
	text := run.Created.Format("2006-01-02 15:04:05 MST")
	if who := starter(run); who != "" {
		text += " by " + who
	}
	return text
}

// runTimes is how long a run took or takes.
func runTimes(run runs.Run, now time.Time) string {
	switch {
	case run.Started.IsZero():
		return "for " + streams.Elapsed(now.Sub(run.Created)) + ", not taken up by Argo yet"
	case run.State.Bad():
		return "after " + streams.Elapsed(run.Duration(now))
	case run.State.Ended():
		return "in " + streams.Elapsed(run.Duration(now))
	}
	return "for " + streams.Elapsed(run.Duration(now))
}

func took(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return streams.Elapsed(d)
}

// age is how long ago something was, in one unit.
func age(then, now time.Time) string {
	switch d := max(now.Sub(then), 0); {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	default:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
}
