package gitrepo

import (
	"errors"
	"fmt"
	"strings"
)

// The errors that callers steer by; each is found with errors.Is.
var (
	// ErrGitMissing: there is no git binary on PATH.
	ErrGitMissing = errors.New("no git binary found; install git 2.39 or newer and put it on PATH")
	// ErrNotRepository: the directory is not inside a git repository.
	ErrNotRepository = errors.New("not a git repository; run in one, name one with --repo, or create one with git init")
	// ErrUnsafeOwner: git refuses the repository because another user owns it.
	ErrUnsafeOwner = errors.New("git refuses a repository that another user owns")
	// ErrEmpty: the branch that HEAD names has no commit.
	ErrEmpty = errors.New("the branch has no commit yet; make the first one with git commit")
	// ErrNoRevision: a name that git doesn't know; see NoRevisionError.
	ErrNoRevision = errors.New("no such revision")
	// ErrNotCommit: a name that leads to a tree or a blob.
	ErrNotCommit = errors.New("not a commit")
	// ErrNoWorkTree: a bare repository has no work tree to take a snapshot of.
	ErrNoWorkTree = errors.New("the repository is bare: it has no work tree; name a commit instead of \".\"")
	// ErrNoMergeBase: two commits share no history.
	ErrNoMergeBase = errors.New("the commits share no history (in a shallow clone: deepen it with git fetch --unshallow)")
	// ErrMissing: an object isn't in the repository; see MissingError.
	ErrMissing = errors.New("object is missing")
	// ErrRefMoved: a ref is not at the value that the update expected.
	ErrRefMoved = errors.New("the ref has moved meanwhile; run again")
	// ErrLeaseRejected: the remote's ref is not at the value that the push expected.
	ErrLeaseRejected = errors.New("the remote's ref has moved meanwhile; fetch and run again")
)

// NoRevisionError is a revision that git could not find. It is ErrNoRevision.
type NoRevisionError struct {
	// Rev is the name as it was given.
	Rev string
	// Reason is what git said, where it says more than that nothing was found.
	Reason string
	// Nearest is the refs most like the name, best first; often none.
	Nearest []string
}

// Error implements error.
func (e *NoRevisionError) Error() string {
	text := fmt.Sprintf("resolving %q: no such revision", Redact(e.Rev))
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if len(e.Nearest) > 0 {
		text += fmt.Sprintf("; did you mean \"%s\"?", strings.Join(e.Nearest, `" or "`))
	}
	return text
}

// Is makes it ErrNoRevision.
func (e *NoRevisionError) Is(target error) bool { return target == ErrNoRevision }

// MissingError is an object that the repository lacks. It is ErrMissing.
type MissingError struct {
	// Hash is the object's.
	Hash string
	// Partial says that the repository is a partial clone, where Prefetch can
	// bring the object.
	Partial bool
}

// Error implements error.
func (e *MissingError) Error() string {
	if e.Partial {
		return fmt.Sprintf("reading object %s: not in this partial clone; fetch it with git fetch --refetch", e.Hash)
	}
	return fmt.Sprintf("reading object %s: missing; check the repository with git fsck", e.Hash)
}

// Is makes it ErrMissing.
func (e *MissingError) Is(target error) bool { return target == ErrMissing }

// TreeError is a tree object that git itself would not make: an entry that
// could leave the directory it is unpacked into, or two entries of one name.
type TreeError struct {
	// Tree is the object's hash, Dir where it stands ("" is the root).
	Tree, Dir string
	// Name is the offending entry's.
	Name string
	// Reason says what is wrong with it.
	Reason string
}

// Error implements error.
func (e *TreeError) Error() string {
	dir := e.Dir
	if dir == "" {
		dir = "."
	}
	return fmt.Sprintf("reading tree %s (directory %q): entry %q %s; the commit was not made by git, find it with git fsck", e.Tree, dir, e.Name, e.Reason)
}

// GitError is a git process that failed, with what it said.
type GitError struct {
	// Command is the git subcommand.
	Command string
	// Code is the exit status; -1 where the process was killed.
	Code int
	// Stderr is what it wrote, trimmed, credentials in URLs left out.
	Stderr string
	// Err is the error that os/exec or the context gave.
	Err error
}

// Error implements error.
func (e *GitError) Error() string {
	if e.Stderr == "" {
		return fmt.Sprintf("running git %s: %v", e.Command, e.Err)
	}
	return fmt.Sprintf("running git %s: %s", e.Command, e.Stderr)
}

// Unwrap gives the cause.
func (e *GitError) Unwrap() error { return e.Err }
