package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/gitrepo"
)

// rememberedBlob is the size in bytes from which the digest of a blob is kept:
// a smaller one is read as fast as its note.
const rememberedBlob = 1 << 20

// dataDigests tell the SHA-256 of blobs, which git names otherwise. A large blob
// is read once: its digest is kept in a file of the directory, which any number
// of processes may share. Losing it costs the reading; an empty dir keeps none.
type dataDigests struct {
	repo *gitrepo.Repo
	dir  string
}

// fill implements build.Options.Digests.
func (d dataDigests) fill(ctx context.Context, files []build.File) ([]build.File, error) {
	oids := map[string]string{} // by blob
	var unknown []string
	for _, f := range files {
		if f.Content == nil || f.Content.OID != "" || slices.Contains(unknown, f.Hash) || oids[f.Hash] != "" {
			continue
		}
		if oid, ok := d.kept(f.Hash); ok {
			oids[f.Hash] = oid
		} else {
			unknown = append(unknown, f.Hash)
		}
	}
	if err := d.read(ctx, unknown, oids); err != nil {
		return nil, fmt.Errorf("reading the data of the image: %w", err)
	}
	files = slices.Clone(files)
	for i, f := range files {
		if f.Content != nil && f.Content.OID == "" {
			content := *f.Content
			content.OID = oids[f.Hash]
			files[i].Content = &content
		}
	}
	return files, nil
}

// read hashes blobs, and keeps what was costly.
func (d dataDigests) read(ctx context.Context, hashes []string, oids map[string]string) error {
	if len(hashes) == 0 {
		return nil
	}
	if err := d.repo.Prefetch(ctx, hashes); err != nil {
		return err
	}
	blobs, err := d.repo.Blobs(ctx)
	if err != nil {
		return err
	}
	defer blobs.Close()
	return blobs.Each(hashes, func(i int, size int64, content io.Reader) error {
		sum := sha256.New()
		if _, err := io.Copy(sum, content); err != nil {
			return err
		}
		oids[hashes[i]] = hex.EncodeToString(sum.Sum(nil))
		if size >= rememberedBlob {
			d.keep(hashes[i], oids[hashes[i]])
		}
		return ctx.Err()
	})
}

// kept is the digest of a blob that was read before. A layer that is written
// is held to it, so a wrong one makes no wrong image.
func (d dataDigests) kept(hash string) (string, bool) {
	if d.dir == "" {
		return "", false
	}
	text, err := os.ReadFile(d.path(hash))
	oid, whole := strings.CutSuffix(string(text), "\n")
	raw, bad := hex.DecodeString(oid)
	return oid, err == nil && whole && bad == nil && len(raw) == sha256.Size
}

// keep writes a digest whole or not at all. One that can't be kept is no reason
// to fail.
func (d dataDigests) keep(hash, oid string) {
	to := d.path(hash)
	if d.dir == "" || os.MkdirAll(filepath.Dir(to), 0o755) != nil {
		return
	}
	file, err := os.CreateTemp(filepath.Dir(to), ".new-*")
	if err != nil {
		return
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString(oid + "\n")
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		_ = os.Rename(file.Name(), to)
	}
}

func (d dataDigests) path(hash string) string {
	return filepath.Join(d.dir, "blobs", hash[:min(2, len(hash))], hash)
}
