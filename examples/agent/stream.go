package agent

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// importHistory makes a repository in an empty directory.
func importHistory(ctx context.Context, dir string, commits []commit) (head string, err error) {
	var stream bytes.Buffer
	if err := writeStream(&stream, commits); err != nil {
		return "", err
	}
	commands := []struct {
		stdin io.Reader
		args  []string
	}{
		{nil, []string{"init", "--quiet", "--object-format=sha1", "--initial-branch=main"}},
		{nil, []string{"config", "user.name", mira.name}},
		{nil, []string{"config", "user.email", mira.mail}},
		{&stream, []string{"fast-import", "--quiet"}},
		{nil, []string{"reset", "--quiet", "--hard", "main"}},
	}
	for _, command := range commands {
		if _, err := git(ctx, dir, command.stdin, command.args...); err != nil {
			return "", err
		}
	}
	out, err := git(ctx, dir, nil, "rev-parse", "main")
	return strings.TrimSpace(out), err
}

// git runs git without any configuration but the repository's.
func git(ctx context.Context, dir string, stdin io.Reader, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Stdin = dir, stdin
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
	cmd.Env = append(cmd.Env, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "LC_ALL=C")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}

// writeStream writes the commits as git fast-import reads them.
func writeStream(to io.Writer, commits []commit) error {
	s := stream{Writer: bufio.NewWriter(to), blobs: map[string]int{}}
	main, side := 0, 0 // marks of the branches' last commits
	for i, c := range commits {
		for _, path := range slices.Sorted(maps.Keys(c.after)) {
			s.blob(c.after[path])
		}
		parents := []int{main}
		switch {
		case c.side && side != 0:
			parents = []int{side}
		case c.merge:
			parents = []int{main, side}
		}
		mark := s.commit(c, day(i), parents)
		switch {
		case c.side:
			side = mark
		case c.merge:
			main, side = mark, 0
		default:
			main = mark
		}
	}
	return s.Flush()
}

// day is when a commit was made: one every third day, at different hours.
func day(number int) time.Time {
	return time.Date(2025, time.May, 5+3*number, 8+number*5%11, number*17%60, 0, 0, time.UTC)
}

// stream is a stream for fast-import under way. Errors of writing come up in
// Flush.
type stream struct {
	*bufio.Writer
	blobs map[string]int // marks by content
	marks int
}

func (s *stream) blob(content string) {
	if _, ok := s.blobs[content]; ok {
		return
	}
	s.marks++
	s.blobs[content] = s.marks
	fmt.Fprintf(s, "blob\nmark :%d\n", s.marks)
	s.data(content)
}

func (s *stream) commit(c commit, when time.Time, parents []int) (mark int) {
	s.marks++
	fmt.Fprintf(s, "commit refs/heads/main\nmark :%d\n", s.marks)
	for _, role := range []string{"author", "committer"} {
		fmt.Fprintf(s, "%s %s <%s> %d -0700\n", role, c.author.name, c.author.mail, when.Unix())
	}
	s.data(c.message + "\n")
	for i, parent := range parents {
		if parent != 0 {
			fmt.Fprintf(s, "%s :%d\n", []string{"from", "merge"}[i], parent)
		}
	}
	fmt.Fprint(s, "deleteall\n")
	for _, path := range slices.Sorted(maps.Keys(c.after)) {
		fmt.Fprintf(s, "M 100644 :%d %s\n", s.blobs[c.after[path]], path)
	}
	fmt.Fprintln(s)
	return s.marks
}

func (s *stream) data(content string) { fmt.Fprintf(s, "data %d\n%s\n", len(content), content) }
