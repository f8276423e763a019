package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A seed is etcd's data of a cluster that has Argo installed and nothing else.
// Argo's full definitions keep an API server busy for a quarter of a minute
// until they are established, so the first cluster of a kind does that before
// it starts anything else, and later ones begin with a copy of what it made.

// SeedName names what the seed is made from.
func (s Spec) SeedName() (string, error) {
	base, err := files.ReadFile("files/base.yaml")
	if err != nil {
		return "", fmt.Errorf("naming the seed: %w", err)
	}
	parts := []string{
		s.Programs["etcd"], s.Programs["kube-apiserver"], s.Argo, s.CRDs, serviceNetwork, Address, string(base),
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return s.CRDs + "-" + hex.EncodeToString(sum[:6]), nil
}

func (s Spec) etcdData() string { return filepath.Join(s.Folder, "etcd") }

// plant gives etcd its first data, from the seed if there is one.
func (b bringUp) plant(ctx context.Context) error {
	err := copyData(b.spec.Seed, b.spec.etcdData())
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b.say("installing Argo for the first time, to begin with a copy from then on")
	if err := b.startAPI(ctx); err != nil {
		return err
	}
	if err := b.installArgo(ctx); err != nil {
		return err
	}
	for _, name := range []string{"kube-apiserver", "etcd"} {
		if err := b.programs.Kill(name); err != nil {
			return err
		}
	}
	return b.keepSeed()
}

// keepSeed copies etcd's data to where the seed is looked for, as a whole or
// not at all.
func (b bringUp) keepSeed() error {
	temp, err := os.MkdirTemp(filepath.Dir(b.spec.Seed), ".new-*")
	if err != nil {
		return fmt.Errorf("keeping the seed: %w", err)
	}
	defer os.RemoveAll(temp)
	data := filepath.Join(temp, "data")
	if err := copyData(b.spec.etcdData(), data); err != nil {
		return err
	}
	// Another cluster may have been quicker; its seed is as good.
	if err := os.Rename(data, b.spec.Seed); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keeping the seed: %w", err)
	}
	return nil
}

// copyData copies etcd's data folder.
func copyData(from, to string) error {
	if _, err := os.Stat(from); err != nil {
		return fmt.Errorf("looking for etcd's data: %w", err)
	}
	err := os.CopyFS(to, os.DirFS(from))
	if err == nil {
		err = os.Chmod(to, 0o700) // what etcd wants
	}
	if err != nil {
		return fmt.Errorf("copying etcd's data: %w", err)
	}
	return nil
}
