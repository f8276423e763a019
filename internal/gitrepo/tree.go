package gitrepo

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Mode is what a tree entry is, in git's octal spelling.
type Mode string

// The modes that a tree holds. Older ones (100664) are read as File.
const (
	File       Mode = "100644"
	Executable Mode = "100755"
	Symlink    Mode = "120000"
	Submodule  Mode = "160000"
	Directory  Mode = "040000"
	// Absent stands in a PathChange for the side that has no file.
	Absent Mode = "000000"
)

// parseMode reads an octal mode as any git ever wrote it.
func parseMode(text string) (Mode, error) {
	n, err := strconv.ParseUint(text, 8, 32)
	if err != nil {
		return "", fmt.Errorf("mode %q is no octal number", text)
	}
	switch n &^ 0o777 {
	case 0:
		return Absent, nil
	case 0o100000:
		if n&0o100 != 0 {
			return Executable, nil
		}
		return File, nil
	case 0o120000:
		return Symlink, nil
	case 0o160000:
		return Submodule, nil
	case 0o040000:
		return Directory, nil
	}
	return "", fmt.Errorf("mode %s is none that git uses", text)
}

// IsBlob says that the entry's hash names a blob: a file or a symlink's target.
func (m Mode) IsBlob() bool { return m == File || m == Executable || m == Symlink }

// UnknownSize is the size of a blob that a partial clone lacks, and of a
// submodule.
const UnknownSize = -1

// Entry is one file, symlink or submodule of a tree.
type Entry struct {
	// Path is from the root of the tree, with slashes, and may hold any byte
	// but NUL: git paths needn't be UTF-8.
	Path string
	Mode Mode
	// Hash is the blob's, or the submodule's commit.
	Hash string
	// Size is the blob's in bytes, or UnknownSize.
	Size int64
}

// Tree is every file below a commit or tree, sorted by path bytewise. A tree
// that git itself would not make is a TreeError.
func (r *Repo) Tree(ctx context.Context, treeish string) ([]Entry, error) {
	if entries, ok := r.trees.get(treeish); ok {
		return entries, nil
	}
	entries, err := r.walkTree(ctx, treeish)
	if err != nil {
		return nil, fmt.Errorf("reading the tree of %q: %w", treeish, err)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	if err := r.AddSizes(ctx, entries); err != nil {
		return entries, err
	}
	// A name means another tree later, and a partial clone learns sizes.
	if len(treeish) == 2*r.hashBytes() && strings.Trim(treeish, "0123456789abcdef") == "" && !r.Partial() {
		r.trees.put(treeish, entries)
	}
	return entries, nil
}

// treeCache keeps the tree that was read last: the stages of a run ask for the
// same one again and again. A nil one keeps nothing.
type treeCache struct {
	mu      sync.Mutex
	hash    string
	entries []Entry
}

func (c *treeCache) get(hash string) ([]Entry, bool) {
	if c == nil {
		return nil, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if hash == "" || hash != c.hash {
		return nil, false
	}
	return slices.Clone(c.entries), true
}

func (c *treeCache) put(hash string, entries []Entry) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hash, c.entries = hash, slices.Clone(entries)
}

// AddSizes fills in the sizes of blobs, UnknownSize for those that a partial
// clone lacks.
func (r *Repo) AddSizes(ctx context.Context, entries []Entry) error {
	var hashes []string
	for _, e := range entries {
		if e.Mode.IsBlob() {
			hashes = append(hashes, e.Hash)
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	sizes, err := r.sizes(ctx, hashes)
	if err != nil {
		return err
	}
	for i, e := range entries {
		size, ok := sizes[e.Hash]
		switch {
		case ok && e.Mode.IsBlob():
			entries[i].Size = size
		case e.Mode.IsBlob() && !r.Partial():
			return fmt.Errorf("sizing %q: %w", e.Path, &MissingError{Hash: e.Hash})
		default:
			entries[i].Size = UnknownSize
		}
	}
	return nil
}

// subtree is a directory still to be read.
type subtree struct{ path, hash string }

// walkTree reads trees level by level, each level in one go. Trees are decoded
// here, because ls-tree can't show an entry whose name holds a slash apart
// from a real path.
func (r *Repo) walkTree(ctx context.Context, treeish string) ([]Entry, error) {
	b, err := r.Blobs(ctx)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	root, err := b.tree(treeish)
	if errors.Is(err, ErrMissing) && len(treeish) != 2*r.hashBytes() {
		return nil, r.noRevision(ctx, treeish, b)
	}
	if err != nil {
		return nil, err
	}
	files, level, err := decodeTree(root, r.hashBytes(), "")
	for len(level) > 0 && err == nil {
		dirs := level
		level = nil
		err = b.each(hashesOf(dirs), func(i int, o *object) error {
			raw, err := readTree(o)
			if err != nil {
				return err
			}
			more, below, err := decodeTree(raw, r.hashBytes(), dirs[i].path)
			files, level = append(files, more...), append(level, below...)
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	return files, nil
}

func hashesOf(dirs []subtree) []string {
	hashes := make([]string, len(dirs))
	for i, d := range dirs {
		hashes[i] = d.hash
	}
	return hashes
}

// rawTree is a tree object.
type rawTree struct {
	hash    string
	content []byte
}

// tree reads the tree that a commit, tag or tree name leads to.
func (b *BlobReader) tree(name string) (rawTree, error) {
	o, err := b.ask(name)
	if err != nil {
		return rawTree{}, err
	}
	if o.kind == "tree" {
		return readTree(o)
	}
	hash, kind := o.hash, o.kind
	if err := o.Close(); err != nil {
		return rawTree{}, err
	}
	if kind == "blob" {
		return rawTree{}, fmt.Errorf("object %s is a blob, not a tree", hash)
	}
	return b.tree(hash + "^{tree}")
}

func readTree(o *object) (rawTree, error) {
	if o.kind != "tree" {
		return rawTree{}, fmt.Errorf("object %s is a %s, not a tree; check the repository with git fsck", o.hash, o.kind)
	}
	content := make([]byte, o.size)
	if _, err := io.ReadFull(o, content); err != nil {
		return rawTree{}, err
	}
	return rawTree{hash: o.hash, content: content}, o.Close()
}

// decodeTree splits a tree object into its files and directories, and refuses
// names that could lead elsewhere.
func decodeTree(tree rawTree, hashBytes int, dir string) (files []Entry, dirs []subtree, err error) {
	bad := func(name, reason string) error {
		return &TreeError{Tree: tree.hash, Dir: dir, Name: name, Reason: reason}
	}
	seen := map[string]bool{}
	for rest := tree.content; len(rest) > 0; {
		head, tail, ok := bytes.Cut(rest, []byte{0})
		if !ok || len(tail) < hashBytes {
			return nil, nil, bad("", "is cut short")
		}
		modeText, name, _ := strings.Cut(string(head), " ")
		mode, err := parseMode(modeText)
		if err != nil || mode == Absent {
			return nil, nil, bad(name, "has mode "+strconv.Quote(modeText)+", which git doesn't use")
		}
		if reason := badName(name); reason != "" {
			return nil, nil, bad(name, reason)
		}
		if seen[name] {
			return nil, nil, bad(name, "stands there twice")
		}
		seen[name] = true
		path, hash := join(dir, name), hex.EncodeToString(tail[:hashBytes])
		rest = tail[hashBytes:]
		if mode == Directory {
			dirs = append(dirs, subtree{path, hash})
		} else {
			files = append(files, Entry{Path: path, Mode: mode, Hash: hash})
		}
	}
	return files, dirs, nil
}

func join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// badName says why a name may not stand in a tree, "" where it may.
func badName(name string) string {
	switch {
	case name == "":
		return "has no name"
	case name == "." || name == "..":
		return "would leave its directory"
	case strings.Contains(name, "/"):
		return "holds a slash"
	case strings.EqualFold(name, ".git"):
		return "would be taken for a repository"
	}
	return ""
}
