package gitrepo

import (
	"bytes"
	"context"
	"fmt"
)

// TreeItem is an entry anywhere in a tree, directories among them.
type TreeItem struct {
	Path string
	Mode Mode
	// ID is the object's name, of a submodule its commit's.
	ID ObjectID
}

// ListTree is what git itself makes of a commit or tree, a directory before
// what lies in it. Unlike Tree it takes trees that git would not make as they
// are, asks for no sizes and keeps nothing: for what wants to tell, not to
// unpack. treeish is a full hash.
func (r *Repo) ListTree(ctx context.Context, treeish string) ([]TreeItem, error) {
	if !r.isHash(treeish) {
		return nil, &NoRevisionError{Rev: treeish}
	}
	var items []TreeItem
	inv := r.invocation("ls-tree", "-r", "-t", "-z", "--full-tree", treeish)
	err := scan(ctx, inv, 0, func(record string) error {
		item, err := parseTreeItem(record)
		items = append(items, item)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the tree of %s: %w", treeish, err)
	}
	return items, nil
}

// parseTreeItem reads "100644 blob <hash>", a tab and the path.
func parseTreeItem(record string) (TreeItem, error) {
	head, path, ok := bytes.Cut([]byte(record), []byte("\t"))
	fields := bytes.Split(head, []byte(" "))
	if !ok || len(fields) != 3 || len(fields[0]) != 6 {
		return TreeItem{}, fmt.Errorf("git ls-tree wrote %q", record)
	}
	mode, ok1 := rawMode(fields[0])
	id, ok2 := parseID(fields[2])
	if !ok1 || !ok2 {
		return TreeItem{}, fmt.Errorf("git ls-tree wrote %q", record)
	}
	return TreeItem{Path: string(path), Mode: mode, ID: id}, nil
}
