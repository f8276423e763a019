package gitrepo

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Commit is a commit as its object says.
type Commit struct {
	// Hash and Tree are full object names.
	Hash, Tree string
	// Parents is the full names of the parents, the first parent first. At the
	// edge of a shallow clone they are named here but can't be read.
	Parents []string
	// Author wrote the change, Committer made the commit.
	Author, Committer Signature
	// Message is the whole message.
	Message string
	// Snapshot says that this is uncommitted work: no ref leads to it, and its
	// objects vanish when the snapshot is closed.
	Snapshot bool
}

// Signature is who did something, and when.
type Signature struct {
	Name, Email string
	When        time.Time
}

// Subject is the first line of the message.
func (c Commit) Subject() string {
	line, _, _ := strings.Cut(strings.TrimLeft(c.Message, "\n"), "\n")
	return strings.TrimSpace(line)
}

// Short is the hash as people write it.
func (c Commit) Short() string { return c.Hash[:min(12, len(c.Hash))] }

// parseCommit reads a commit object. Headers that it doesn't know, signatures
// among them, are skipped.
func parseCommit(hash string, object []byte) (Commit, error) {
	c := Commit{Hash: hash}
	head, message, _ := bytes.Cut(object, []byte("\n\n"))
	c.Message = string(message)
	for line := range strings.SplitSeq(string(head), "\n") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "tree":
			c.Tree = value
		case "parent":
			c.Parents = append(c.Parents, value)
		case "author":
			c.Author = parseSignature(value)
		case "committer":
			c.Committer = parseSignature(value)
		}
	}
	if c.Tree == "" {
		return Commit{}, fmt.Errorf("reading commit %s: it names no tree", hash)
	}
	return c, nil
}

// parseSignature reads "Name <email> seconds zone". What can't be read stays
// empty: old histories hold every kind of line.
func parseSignature(text string) Signature {
	name, rest, _ := strings.Cut(text, "<")
	end := strings.LastIndexByte(rest, '>')
	if end < 0 {
		return Signature{Name: strings.TrimSpace(name)}
	}
	return Signature{Name: strings.TrimSpace(name), Email: rest[:end], When: parseTime(rest[end+1:])}
}

// parseTime reads git's raw form of a date: seconds since 1970 and a zone.
func parseTime(text string) time.Time {
	seconds, zone, _ := strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0).In(parseZone(zone))
}

// parseZone reads +hhmm. UTC stands for what can't be read.
func parseZone(zone string) *time.Location {
	n, err := strconv.Atoi(zone)
	if err != nil || n == 0 || n < -9999 || n > 9999 {
		return time.UTC
	}
	return time.FixedZone("", (n/100*60+n%100)*60)
}

// line is the signature as a commit object holds it. Characters that would end
// a field are left out, as git does.
func (s Signature) line() string {
	clean := strings.NewReplacer("<", "", ">", "", "\n", "", "\x00", "")
	return fmt.Sprintf("%s <%s> %d %s", clean.Replace(s.Name), clean.Replace(s.Email), s.When.Unix(), s.When.Format("-0700"))
}

// encode is the commit object.
func (c Commit) encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "tree %s\n", c.Tree)
	for _, p := range c.Parents {
		fmt.Fprintf(&b, "parent %s\n", p)
	}
	fmt.Fprintf(&b, "author %s\ncommitter %s\n\n%s", c.Author.line(), c.Committer.line(), c.Message)
	return b.Bytes()
}
