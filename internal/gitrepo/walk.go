package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// Selection is the commits that a walk covers: those that From, or all refs,
// reach and that nothing of Not or of the remote's refs does.
type Selection struct {
	// From and Not are full hashes.
	From, Not []string
	// AllRefs starts from every ref and from HEAD too. Refs that lead nowhere
	// are passed over.
	AllRefs bool
	// LenderRefs starts from the refs of repositories that lend objects here
	// (alternates) too.
	LenderRefs bool
	// NotRemote leaves out what this remote's tracking refs reach.
	NotRemote string
}

// args is the selection as revisions for git.
func (sel Selection) args(r *Repo) ([]string, error) {
	var args []string
	if sel.AllRefs {
		args = append(args, "--ignore-missing", "--all")
	}
	if sel.LenderRefs {
		args = append(args, "--alternate-refs")
	}
	for _, hash := range sel.From {
		if !r.isHash(hash) {
			return nil, &NoRevisionError{Rev: hash}
		}
		args = append(args, hash)
	}
	for _, hash := range sel.Not {
		if !r.isHash(hash) {
			return nil, &NoRevisionError{Rev: hash}
		}
		args = append(args, "^"+hash)
	}
	if sel.NotRemote != "" {
		args = append(args, "--not", "--remotes="+sel.NotRemote)
	}
	return append(args, "--"), nil
}

// isHash says whether a text is a full hash of this repository's format.
func (r *Repo) isHash(text string) bool {
	_, ok := ParseObjectID(text)
	return ok && len(text) == 2*r.hashBytes()
}

// WalkedCommit is a commit on a walk. It and what it holds are good until the
// next one.
type WalkedCommit struct {
	ID, Tree ObjectID
	// Parents leaves out those that a shallow clone lacks.
	Parents []ObjectID
	// Author is the author's name, Subject the first paragraph of the message
	// as one line. Neither need be UTF-8.
	Author, Subject []byte
	// Date is the committer's, in seconds since 1970; Dated is false where the
	// commit's header can't be read.
	Date  int64
	Dated bool
}

// WalkedChange is one path, or directory, that a commit has otherwise than its
// first parent. It is good until the next one.
type WalkedChange struct {
	Path []byte
	// OldMode and NewMode are Absent where the side has no such path. The ID
	// of a submodule is its commit's.
	OldMode, NewMode Mode
	Old, New         ObjectID
}

// Walker is told what a walk meets: each commit, parents before children, and
// after it what it changed against its first parent, a directory before what
// lies in it. A commit without a parent changes everything. An error ends
// the walk.
type Walker interface {
	Commit(*WalkedCommit) error
	Change(*WalkedChange) error
}

// walkFormat is the little of a commit that a walk tells, in fields that end
// with NUL; the soh at its start tells a commit from the paths of the one before.
const walkFormat = "--format=%x01%H%x00%T%x00%P%x00%ct%x00%an%x00%s"

// Walk goes through history. No blob is read, so a blobless clone can be
// walked whole. One git process runs meanwhile; it starts before the walker is
// first told anything, and waits while the walker does.
func (r *Repo) Walk(ctx context.Context, sel Selection, w Walker) error {
	revs, err := sel.args(r)
	if err != nil {
		return err
	}
	inv := r.invocation(append([]string{"log", "-z", walkFormat, "--topo-order", "--reverse", "--raw", "-r", "-t", "--root",
		"--no-renames", "--diff-merges=first-parent", "--no-abbrev", "--no-color", "--no-decorate", "--no-notes", "--no-mailmap",
		"--no-ext-diff", "--no-relative", "--ignore-submodules=none", "--encoding=UTF-8"}, revs...)...)
	inv.env = append(inv.env, "GIT_FLUSH=0") // else git writes each commit by itself
	p := &walkParser{}
	err = stream(ctx, inv, func(out *bufio.Reader) error {
		p.fields = fieldReader{out: bufio.NewReaderSize(out, streamBuffer)}
		return p.run(w)
	})
	if err == nil && p.cut {
		err = errors.New("git log ended within a commit")
	}
	if err != nil {
		return fmt.Errorf("reading history%s: %w", p.place(ctx, r, revs), err)
	}
	return nil
}

// walkParser reads the output of git log in walkFormat with -z, --raw and -t.
// It allocates nothing for a record.
type walkParser struct {
	fields fieldReader
	commit WalkedCommit
	change WalkedChange
	any    bool // a commit was read
	cut    bool // the output ended within a record
}

// place says at which commit a walk was when git gave up: the one after the last
// that was told.
func (p *walkParser) place(ctx context.Context, r *Repo, revs []string) string {
	last, next := "", ""
	if p.any {
		last = r.Hex(p.commit.ID)
	}
	inv := r.invocation(append([]string{"rev-list", "--topo-order", "--reverse"}, revs...)...)
	found := !p.any
	err := scan(ctx, inv, '\n', func(hash string) error {
		if found {
			next = hash
			return errStop
		}
		found = hash == last
		return nil
	})
	if err != nil || next == "" {
		return ""
	}
	return " at commit " + next
}

// run tells the walker everything.
func (p *walkParser) run(w Walker) error {
	field, err := p.fields.next()
	for err == nil {
		switch {
		case len(field) > 0 && field[0] == '\x01':
			if err = p.readCommit(field[1:]); err == nil {
				err = w.Commit(&p.commit)
			}
		default:
			if err = p.readChange(bytes.TrimPrefix(field, []byte("\n"))); err == nil {
				err = w.Change(&p.change)
			}
		}
		if err == nil {
			field, err = p.fields.next()
		}
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		p.cut = true // the exit status tells why
		return nil
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}

// rest reads a field within a record, before which the output may not end.
func (p *walkParser) rest() ([]byte, error) {
	field, err := p.fields.next()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return field, err
}

// readCommit reads a commit whose hash was read.
func (p *walkParser) readCommit(hash []byte) error {
	c := &p.commit
	id, ok := parseID(hash)
	if !ok {
		return fmt.Errorf("git log wrote %q where a commit was expected", hash)
	}
	field, err := p.rest()
	if err != nil {
		return err
	}
	tree, ok := parseID(field)
	if !ok {
		return fmt.Errorf("git log wrote %q for the tree of commit %s", field, hash)
	}
	if field, err = p.rest(); err != nil {
		return err
	}
	if err := c.readParents(field); err != nil {
		return err
	}
	if field, err = p.rest(); err != nil {
		return err
	}
	c.Date, c.Dated = parseDecimal(field)
	if field, err = p.rest(); err != nil {
		return err
	}
	c.Author = append(c.Author[:0], field...)
	if field, err = p.rest(); err != nil {
		return err
	}
	c.Subject = append(c.Subject[:0], field...)
	c.ID, c.Tree, p.any = id, tree, true
	return nil
}

// readParents reads hashes with spaces between them.
func (c *WalkedCommit) readParents(field []byte) error {
	c.Parents = c.Parents[:0]
	for len(field) > 0 {
		var one []byte
		one, field, _ = bytes.Cut(field, []byte(" "))
		id, ok := parseID(one)
		if !ok {
			return fmt.Errorf("git log wrote %q for a parent", one)
		}
		c.Parents = append(c.Parents, id)
	}
	return nil
}

// readChange reads ":100644 100644 <hash> <hash> M" and the path after it.
func (p *walkParser) readChange(head []byte) error {
	const modes, gaps = len(":100644 100644 "), len("  M")
	hex := (len(head) - modes - gaps) / 2
	if len(head) < modes+gaps || head[0] != ':' || len(head) != modes+gaps+2*hex {
		return fmt.Errorf("git log wrote %q where a change was expected", head)
	}
	c, ok := &p.change, [4]bool{}
	c.OldMode, ok[0] = rawMode(head[1:7])
	c.NewMode, ok[1] = rawMode(head[8:14])
	c.Old, ok[2] = parseID(head[modes : modes+hex])
	c.New, ok[3] = parseID(head[modes+hex+1 : modes+2*hex+1])
	if ok != [4]bool{true, true, true, true} {
		return fmt.Errorf("git log wrote %q where a change was expected", head)
	}
	var err error
	c.Path, err = p.rest()
	return err
}

// rawMode reads the six octal digits of a mode, which git has made one that it
// knows.
func rawMode(text []byte) (Mode, bool) {
	switch string(text[:3]) {
	case "100":
		if text[3] == '7' {
			return Executable, true
		}
		return File, true
	case "120":
		return Symlink, true
	case "040":
		return Directory, true
	case "160":
		return Submodule, true
	case "000":
		return Absent, true
	}
	return "", false
}
