package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// TreeItem is an entry anywhere in a tree, directories among them.
type TreeItem struct {
	Path string
	Mode Mode
	// ID is the object's name, of a submodule its commit's.
	ID ObjectID
	// Size is a blob's in bytes; UnknownSize where nobody asked, of what is no
	// blob, and where the blob can't be read.
	Size int64
}

// ListTree is what git itself makes of a commit or tree, a directory before
// what lies in it. Unlike Tree it takes trees that git would not make as they
// are, and keeps nothing: for what wants to tell, not to unpack. treeish is a
// full hash.
func (r *Repo) ListTree(ctx context.Context, treeish string) ([]TreeItem, error) {
	return r.listTree(ctx, treeish)
}

// ListTreeSizes is ListTree with the sizes of blobs. In a partial clone they
// stay unknown: git would fetch each blob that isn't here.
func (r *Repo) ListTreeSizes(ctx context.Context, treeish string) ([]TreeItem, error) {
	if r.Partial() {
		return r.listTree(ctx, treeish)
	}
	return r.listTree(ctx, treeish, "-l")
}

// EntryAt is what a commit or tree has at one path; ok is false where it has
// nothing there. Nothing but the directories on the way is read.
func (r *Repo) EntryAt(ctx context.Context, treeish, path string) (item TreeItem, ok bool, err error) {
	if !r.isHash(treeish) {
		return TreeItem{}, false, &NoRevisionError{Rev: treeish}
	}
	out, err := r.git(ctx, "ls-tree", "-z", "--full-tree", treeish, "--", path)
	if err != nil {
		return TreeItem{}, false, fmt.Errorf("looking for %q in %s: %w", path, treeish, err)
	}
	record, _, found := bytes.Cut(out, []byte{0})
	if !found {
		return TreeItem{}, false, nil
	}
	item, err = parseTreeItem(record)
	return item, err == nil, err
}

func (r *Repo) listTree(ctx context.Context, treeish string, args ...string) ([]TreeItem, error) {
	if !r.isHash(treeish) {
		return nil, &NoRevisionError{Rev: treeish}
	}
	var items []TreeItem
	inv := r.invocation(slices.Concat([]string{"ls-tree", "-r", "-t", "-z", "--full-tree"}, args, []string{treeish})...)
	err := stream(ctx, inv, func(out *bufio.Reader) error {
		records := fieldReader{out: out}
		for {
			record, err := records.next()
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil // the exit status tells why it ended
			}
			if err != nil {
				return err
			}
			item, err := parseTreeItem(record)
			if err != nil {
				return err
			}
			items = append(items, item)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("listing the tree of %s: %w", treeish, err)
	}
	return items, nil
}

// parseTreeItem reads "100644 blob <hash>", with -l a size after blanks, then a
// tab and the path.
func parseTreeItem(record []byte) (TreeItem, error) {
	bad := func() (TreeItem, error) { return TreeItem{}, fmt.Errorf("git ls-tree wrote %q", record) }
	head, path, ok := bytes.Cut(record, []byte("\t"))
	mode, rest, ok2 := bytes.Cut(head, []byte(" "))
	if !ok || !ok2 || len(mode) != 6 {
		return bad()
	}
	_, rest, _ = bytes.Cut(rest, []byte(" ")) // the type follows from the mode
	name, size, hasSize := bytes.Cut(rest, []byte(" "))
	item := TreeItem{Path: string(path), Size: UnknownSize}
	item.Mode, ok = rawMode(mode)
	item.ID, ok2 = parseID(name)
	if !ok || !ok2 {
		return bad()
	}
	if hasSize {
		if n, ok := parseDecimal(bytes.TrimSpace(size)); ok { // else "-" or "BAD"
			item.Size = n
		}
	}
	return item, nil
}
