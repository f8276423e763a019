package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// FirstParentStep is one commit of a first-parent history with what it changed.
type FirstParentStep struct {
	Commit Commit
	// Changes is the paths that differ from the first parent; of a root
	// commit, everything.
	Changes []PathChange
	// Cut says that this clone ends here although history doesn't: the first
	// parent exists elsewhere. FirstParents then gives no Changes, because
	// nobody here knows them.
	Cut bool
}

// FirstParents streams the history of a commit along first parents, newest
// first, each commit with the paths it changed. One git process runs while the
// caller loops and is stopped when the loop ends.
func (r *Repo) FirstParents(ctx context.Context, from string) iter.Seq2[FirstParentStep, error] {
	if r.lent != nil {
		return r.lentFirstParents(ctx, from)
	}
	return r.firstParents(ctx, from)
}

func (r *Repo) firstParents(ctx context.Context, from string, more ...string) iter.Seq2[FirstParentStep, error] {
	return func(yield func(FirstParentStep, error) bool) {
		for step, err := range r.history(ctx, from, append(more, "--first-parent", "--diff-merges=first-parent", "--raw", "-r", "--root")...) {
			if step.Cut {
				step.Changes = nil
			}
			if !yield(step, err) {
				return
			}
		}
	}
}

// Log streams the commits along first parents, newest first, without looking at
// what they changed.
func (r *Repo) Log(ctx context.Context, from string) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		for step, err := range r.history(ctx, from, "--first-parent", "--no-patch") {
			if !yield(step.Commit, err) {
				return
			}
		}
	}
}

// logFormat puts what a commit says into fields that end with NUL; the soh at
// its start tells a commit from the paths of the one before.
const logFormat = "--format=%x01%H%x00%T%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B"

// logFields is how many fields logFormat has.
const logFields = 10

func (r *Repo) history(ctx context.Context, from string, args ...string) iter.Seq2[FirstParentStep, error] {
	return func(yield func(FirstParentStep, error) bool) {
		if strings.HasPrefix(from, "-") || from == "" {
			yield(FirstParentStep{}, &NoRevisionError{Rev: from})
			return
		}
		inv := r.invocation(slices.Concat([]string{"log", "-z", logFormat, "--date=raw", "--no-renames", "--no-abbrev",
			"--no-color", "--no-decorate", "--no-notes", "--no-mailmap", "--no-ext-diff", "--no-relative",
			"--ignore-submodules=none", "--encoding=UTF-8"}, args, []string{"--end-of-options", from, "--"})...)
		err := stream(ctx, inv, func(out *bufio.Reader) error {
			return r.steps(&logParser{out: out}, yield)
		})
		if err != nil {
			yield(FirstParentStep{}, fmt.Errorf("reading the history of %s: %w", from, err))
		}
	}
}

// steps hands on what the parser reads until the caller has enough.
func (r *Repo) steps(p *logParser, yield func(FirstParentStep, error) bool) error {
	for {
		step, err := p.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		step.Cut = slices.Contains(r.shallow, step.Commit.Hash)
		if !yield(step, nil) {
			return errStop
		}
	}
}

// logParser reads the output of git log in logFormat with -z and --raw.
type logParser struct {
	out     *bufio.Reader
	pending string // the first field of the next commit, read one too far
	more    bool
}

// next is the next commit; io.EOF after the last.
func (p *logParser) next() (FirstParentStep, error) {
	fields := make([]string, 0, logFields)
	if p.more {
		fields = append(fields, p.pending)
		p.more = false
	}
	for len(fields) < logFields {
		field, err := readRecord(p.out, 0)
		if err != nil {
			if len(fields) == 0 {
				return FirstParentStep{}, io.EOF
			}
			return FirstParentStep{}, fmt.Errorf("reading git log: it ended within a commit")
		}
		fields = append(fields, field)
	}
	hash, ok := strings.CutPrefix(fields[0], "\x01")
	if !ok {
		return FirstParentStep{}, fmt.Errorf("reading git log: %q where a commit was expected", fields[0])
	}
	fields[0] = hash
	changes, err := p.changes()
	return FirstParentStep{Commit: loggedCommit(fields), Changes: changes}, err
}

// changes reads the paths up to the next commit.
func (p *logParser) changes() ([]PathChange, error) {
	var changes []PathChange
	for {
		record, err := readRecord(p.out, 0)
		if err != nil {
			return changes, nil
		}
		if strings.HasPrefix(record, "\x01") {
			p.pending, p.more = record, true
			return changes, nil
		}
		c, err := rawHeader(strings.TrimPrefix(record, "\n"))
		if err != nil {
			return nil, err
		}
		if c.Path, err = readRecord(p.out, 0); err != nil {
			return nil, fmt.Errorf("reading git log: it ended before a path")
		}
		changes = append(changes, c)
	}
}

func loggedCommit(f []string) Commit {
	var parents []string
	if f[2] != "" {
		parents = strings.Split(f[2], " ")
	}
	return Commit{
		Hash: f[0], Tree: f[1], Parents: parents,
		Author:    Signature{Name: f[3], Email: f[4], When: parseTime(f[5])},
		Committer: Signature{Name: f[6], Email: f[7], When: parseTime(f[8])},
		Message:   f[9],
	}
}
