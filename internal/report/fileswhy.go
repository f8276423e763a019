package report

import (
	"fmt"
	"io"
	"strings"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/reach"
)

// FileWhyText writes the verdict about one file, and its reasons, one a line.
func FileWhyText(w io.Writer, v repoclean.Verdict, policy WhyPolicy, palette streams.Palette) error {
	var out strings.Builder
	size := ""
	if v.Size >= 0 {
		size = " " + palette.Faint("("+diag.Size(v.Bytes()).String()+")")
	}
	fmt.Fprintf(&out, "%s %s%s\n", palette.Bold(streams.Safe(v.Path)), v.Reason.Text(), size)
	for _, line := range append(verdictLines(v, policy), reachLines(v)...) {
		fmt.Fprintf(&out, "  %s\n", streams.Safe(line))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// WhyPolicy is what the reasons of a verdict depend on beside itself.
type WhyPolicy struct {
	// MaxFile is context.max_file in bytes; 0 is no limit.
	MaxFile int64
}

// verdictLines are the reasons that rules give.
func verdictLines(v repoclean.Verdict, policy WhyPolicy) []string {
	exact := gitrepo.LiteralPattern(v.Path)
	switch v.Reason {
	case repoclean.ExcludedByPattern:
		return excludedLines(v, exact)
	case repoclean.LFSPointer:
		return []string{
			"git has a pointer; the content has " + diag.Size(v.LFSSize).String() + ": sha256:" + v.OID,
			fmt.Sprintf("no pattern of context.lfs.fetch takes it; this one would: %q", exact),
		}
	case repoclean.LFSFetched, repoclean.LFSExtended:
		return []string{
			ruleLine(v) + " takes it",
			"git has a pointer to sha256:" + v.OID,
		}
	case repoclean.UnreachablePython:
		return []string{fmt.Sprintf("%s: drop leaves it out; the pattern %q in context.exclude keeps it", v.Rule, "!"+exact)}
	case repoclean.DataLayer:
		return dataLines(v)
	case repoclean.TooLarge:
		return []string{
			fmt.Sprintf("context.max_file is %s", diag.Size(policy.MaxFile)),
			fmt.Sprintf("leave it out with the pattern %q in context.exclude, or bring it in with %q", exact, "!"+exact),
		}
	case repoclean.LinkOutside:
		return []string{fmt.Sprintf("it points to %q", v.Target)}
	case repoclean.Included:
		return includedLines(v, policy)
	}
	return nil
}

// dataLines are which images have a file as data, and what the others make of
// it.
func dataLines(v repoclean.Verdict) []string {
	var lines []string
	for _, use := range v.Data {
		how := use.Name
		if use.Volume {
			how += ", a volume that pods mount"
		}
		lines = append(lines, fmt.Sprintf("image %s has it as %s: %q in images.%s.data", use.Image, how, use.Path, use.Image))
	}
	lines = append(lines, "in an image that doesn't name it, it "+v.Elsewhere.Text())
	if v.FromLFS() {
		lines = append(lines, "git has a pointer to sha256:"+v.OID)
	}
	return lines
}

// ruleLine is where a rule stands and what it is.
func ruleLine(v repoclean.Verdict) string {
	return fmt.Sprintf("%s: the pattern %q in %s", v.At, v.Rule, v.Key)
}

func excludedLines(v repoclean.Verdict, exact string) []string {
	bring := fmt.Sprintf("the pattern %q in context.exclude brings it in", "!"+exact)
	switch v.Key {
	case "":
		return []string{fmt.Sprintf("%q is a rule of Gantline's own: the file speaks to Gantline or to git, not to the code", v.Rule), bring}
	case "flows":
		return []string{fmt.Sprintf("%s: %q in flows: a flow says what runs, and is no part of the code", v.At, strings.TrimPrefix(v.Rule, "/")), bring}
	}
	return []string{ruleLine(v)}
}

func includedLines(v repoclean.Verdict, policy WhyPolicy) []string {
	if v.Rule != "" {
		line := ruleLine(v) + " brings it in"
		if policy.MaxFile > 0 && v.Size > policy.MaxFile {
			line += ", though context.max_file is " + diag.Size(policy.MaxFile).String()
		}
		return []string{line}
	}
	return []string{"no pattern of context.exclude matches it"}
}

// reachLines are who reaches a file, the chain root first.
func reachLines(v repoclean.Verdict) []string {
	var lines []string
	switch v.Reach {
	case "":
		return nil
	case reach.Unreached:
		return []string{"nothing in the image names or imports it: not what runs, no test, no program"}
	case reach.Run:
		lines = append(lines, "what runs reaches it:")
	case reach.Script:
		lines = append(lines, "nothing that runs reaches it, only a program that somebody may start by hand:")
	case reach.Test:
		lines = append(lines, "nothing that runs reaches it, only tests:")
	case reach.Kept:
		lines = append(lines, "whether anything reaches it can't be told, so it is kept:")
	}
	if len(v.Because) == 0 {
		return nil
	}
	for _, step := range v.Because {
		lines = append(lines, "  "+stepText(step))
	}
	return lines
}

// stepText is one link of a chain: a place, and what it does.
func stepText(step reach.Step) string {
	switch {
	case step.Path == "":
		return step.How
	case step.Line > 0:
		return fmt.Sprintf("%s:%d: %s", step.Path, step.Line, step.How)
	}
	return step.Path + ": " + step.How
}

// DirectoryWhy is what becomes of the files below a directory.
type DirectoryWhy struct {
	// Path has no slash at its end; "." is the whole repository.
	Path string `json:"path"`
	// Included is the sum of what goes into the image, Total of all files there.
	Included repoclean.Totals                      `json:"included"`
	Total    repoclean.Totals                      `json:"total"`
	Reasons  map[repoclean.Reason]repoclean.Totals `json:"reasons"`
	Files    []repoclean.Verdict                   `json:"files"`
}

// WhyDirectory sums up what lies below a directory; ok is false where there is
// no such directory.
func WhyDirectory(c repoclean.Context, dir string) (why DirectoryWhy, ok bool) {
	why = DirectoryWhy{Path: dir, Reasons: map[repoclean.Reason]repoclean.Totals{}}
	for _, v := range c.Files {
		if dir != "." && !strings.HasPrefix(v.Path, dir+"/") {
			continue
		}
		why.Files = append(why.Files, v)
		why.Total.Add(v.Bytes())
		sum := why.Reasons[v.Reason]
		sum.Add(v.Bytes())
		why.Reasons[v.Reason] = sum
		if v.Included {
			why.Included.Add(v.Bytes())
		}
	}
	return why, len(why.Files) > 0
}

// DirectoryWhyText writes a directory's sums; with all, a line for each of its
// files before them.
func DirectoryWhyText(w io.Writer, d DirectoryWhy, palette streams.Palette, all bool) error {
	var out strings.Builder
	if all {
		writeFileLines(&out, d.Files, palette)
	}
	name := "the whole tree"
	if d.Path != "." {
		name = d.Path + "/"
	}
	fmt.Fprintf(&out, "%s: %d of %s go into the image, %s of %s\n", palette.Bold(streams.Safe(name)), d.Included.Files,
		count(d.Total.Files, "file", "files"), diag.Size(d.Included.Bytes), diag.Size(d.Total.Bytes))
	for _, group := range groups(d.Files) {
		at := ""
		if first := group.Files[0]; first.At != "" {
			at = palette.Faint("  " + first.At)
		}
		fmt.Fprintf(&out, "  %6d  %9s  %s%s\n", len(group.Files), diag.Size(group.Bytes), streams.Safe(because(group)), at)
	}
	notable(repoclean.Context{Files: d.Files}).text(&out, palette)
	_, err := io.WriteString(w, out.String())
	return err
}
