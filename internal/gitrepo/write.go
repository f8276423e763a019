package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// TreeFile is one file of a tree to be written.
type TreeFile struct {
	Mode Mode
	// Hash is that of a blob that the repository has.
	Hash string
}

// WriteBlob stores content and returns its hash.
func (r *Repo) WriteBlob(ctx context.Context, content []byte) (string, error) {
	return r.writeObject(ctx, "blob", content)
}

func (r *Repo) writeObject(ctx context.Context, kind string, content []byte) (string, error) {
	inv := r.invocation("hash-object", "-t", kind, "-w", "--stdin")
	inv.in = bytes.NewReader(content)
	out, err := output(ctx, inv)
	if err != nil {
		return "", fmt.Errorf("writing a %s of %d bytes: %w", kind, len(content), err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// WriteBlobs stores many contents through one process and returns their hashes
// in the same order.
func (r *Repo) WriteBlobs(ctx context.Context, contents [][]byte) ([]string, error) {
	if len(contents) == 0 {
		return nil, nil
	}
	var in bytes.Buffer
	for i, content := range contents {
		fmt.Fprintf(&in, "blob\nmark :%d\ndata %d\n%s\nget-mark :%d\n", i+1, len(content), content, i+1)
	}
	in.WriteString("done\n")
	inv := r.invocation("fast-import", "--quiet", "--done", "--cat-blob-fd=1")
	inv.in = &in
	out, err := output(ctx, inv)
	if err != nil {
		return nil, fmt.Errorf("writing %d blobs: %w", len(contents), err)
	}
	hashes := strings.Fields(string(out))
	if len(hashes) != len(contents) {
		return nil, fmt.Errorf("writing %d blobs: git answered with %d hashes", len(contents), len(hashes))
	}
	return hashes, nil
}

// WriteTree stores the tree of the given files, keyed by their path with
// slashes, and returns its hash. Directories come from the paths.
func (r *Repo) WriteTree(ctx context.Context, files map[string]TreeFile) (string, error) {
	dir, err := os.MkdirTemp("", "gantline-index-")
	if err != nil {
		return "", fmt.Errorf("writing a tree: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := checkPaths(files); err != nil {
		return "", fmt.Errorf("writing a tree: %w", err)
	}
	// An index of its own makes git sort, split into directories and check.
	index := "GIT_INDEX_FILE=" + filepath.Join(dir, "index")
	inv := r.invocation("update-index", "-z", "--index-info")
	inv.env = append(inv.env, index)
	inv.in = strings.NewReader(indexInfo(files))
	if _, err := output(ctx, inv); err != nil {
		return "", fmt.Errorf("writing a tree of %d files: %w", len(files), err)
	}
	inv = r.invocation("write-tree")
	inv.env = append(inv.env, index)
	out, err := output(ctx, inv)
	if err != nil {
		return "", fmt.Errorf("writing a tree of %d files: %w", len(files), err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

func indexInfo(files map[string]TreeFile) string {
	var in strings.Builder
	for path, f := range files {
		fmt.Fprintf(&in, "%s %s\t%s\x00", f.Mode, f.Hash, path)
	}
	return in.String()
}

// checkPaths refuses what git would refuse or silently merge: bad names, and a
// path that is a file and a directory.
func checkPaths(files map[string]TreeFile) error {
	for path := range files {
		names := strings.Split(path, "/")
		for i, name := range names {
			if reason := badName(name); reason != "" {
				return fmt.Errorf("path %q: entry %q %s", path, name, reason)
			}
			if _, file := files[strings.Join(names[:i], "/")]; file && i > 0 {
				return fmt.Errorf("path %q lies below a file", path)
			}
		}
	}
	return nil
}

// CommitTree stores a commit of the tree with the given parents; who made it
// is author and committer alike. No ref moves.
func (r *Repo) CommitTree(ctx context.Context, tree string, parents []string, message string, who Signature) (string, error) {
	if message != "" && !strings.HasSuffix(message, "\n") {
		message += "\n"
	}
	c := Commit{Tree: tree, Parents: slices.Clone(parents), Author: who, Committer: who, Message: message}
	return r.writeObject(ctx, "commit", c.encode())
}
