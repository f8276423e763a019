package build

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// node is one path of an unpacked image.
type node struct {
	Type     byte
	Mode     int64
	UID, GID int
	Time     time.Time
	Content  string // of a file; the target of a symlink
	layer    int
}

// unpack lays layers on each other as a container engine does, and fails
// where one would: at an entry whose directory no layer has.
func unpack(t *testing.T, layers ...v1.Layer) map[string]node {
	t.Helper()
	root := map[string]node{}
	for i, l := range layers {
		content, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		r := tar.NewReader(content)
		for {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err == nil {
				err = apply(root, i, h, r)
			}
			if err != nil {
				t.Fatalf("layer %d: %v", i, err)
			}
		}
		content.Close()
	}
	return root
}

func apply(root map[string]node, layer int, h *tar.Header, content io.Reader) error {
	name := strings.TrimSuffix(h.Name, "/")
	dir, base := path.Split(name)
	dir = strings.TrimSuffix(dir, "/")
	if dir != "" && root[dir].Type != tar.TypeDir {
		return fmt.Errorf("%q has no directory", name)
	}
	if base == ".wh..wh..opq" {
		remove(root, dir+"/", layer)
		return nil
	}
	if hidden, ok := strings.CutPrefix(base, ".wh."); ok {
		delete(root, path.Join(dir, hidden))
		remove(root, path.Join(dir, hidden)+"/", layer)
		return nil
	}
	if old, ok := root[name]; ok && old.layer == layer {
		return fmt.Errorf("%q is there twice", name)
	}
	if h.Typeflag != tar.TypeDir {
		remove(root, name+"/", layer)
	}
	text, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	if h.Typeflag == tar.TypeSymlink {
		text = []byte(h.Linkname)
	}
	root[name] = node{h.Typeflag, h.Mode, h.Uid, h.Gid, h.ModTime.UTC(), string(text), layer}
	return nil
}

// remove deletes what older layers have below a prefix.
func remove(root map[string]node, prefix string, layer int) {
	for name, n := range root {
		if strings.HasPrefix(name, prefix) && n.layer != layer {
			delete(root, name)
		}
	}
}

// packAll makes the layers of a Spec.
func packAll(t testing.TB, spec Spec, blobs Blobs) []v1.Layer {
	t.Helper()
	return packLadder(t, spec, WholeTree(blobs, nil))
}

func mustPack(t testing.TB, r Recipe) *packed {
	t.Helper()
	p, err := pack(context.Background(), r, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	return p
}
