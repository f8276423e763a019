package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"gantline.dev/gantline/internal/wire"
)

// stepRecipe is the layer of gantline-step alone: the same bytes for every
// image of a version of Gantline.
func stepRecipe(step Binary) Recipe {
	key := newKey(KindStep)
	key.add(wire.Shim, step.Digest)
	return Recipe{Kind: KindStep, Key: key.String(), write: func(_ context.Context, w *layerTar) error {
		return writeStep(w, step)
	}}
}

func writeStep(w *layerTar, step Binary) error {
	if err := w.parents("", wire.Shim, owner{}); err != nil {
		return err
	}
	content, err := step.Open()
	if err != nil {
		return fmt.Errorf("opening gantline-step: %w", err)
	}
	defer content.Close()
	sum := sha256.New()
	hash := strings.TrimPrefix(step.Digest, "sha256:")
	err = w.file(wire.Shim, 0o755, owner{}, contentTime(hash), step.Size, io.TeeReader(content, sum))
	if err != nil {
		return fmt.Errorf("reading gantline-step: %w", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != hash {
		return fmt.Errorf("gantline-step is sha256:%s now, was %s: it changed while the image was built; run it again", got, step.Digest)
	}
	return nil
}

// floorRecipe is the layer that makes code.to the code's alone: the directory
// and the marker that hides what the environment has in it. Its parents are
// written too, for engines disagree about those that are not: some keep the
// environment's mode, some reset it, some refuse one that is missing.
func floorRecipe(spec Spec) Recipe {
	key := newKey(KindFloor)
	key.add(spec.To, spec.User.String(), spec.User.Home)
	return Recipe{Kind: KindFloor, Key: key.String(), write: func(_ context.Context, w *layerTar) error {
		return writeFloor(w, spec.To, spec.User)
	}}
}

func writeFloor(w *layerTar, to string, user User) error {
	by := owner{user.UID, user.GID}
	if isBelow(to, user.Home) { // the home directory stays the user's
		if err := w.parents("", user.Home, owner{}); err != nil {
			return err
		}
		if err := w.dir(user.Home, 0o755, by); err != nil {
			return err
		}
		if err := w.parents(user.Home, to, by); err != nil {
			return err
		}
	}
	if err := w.parents("", to, owner{}); err != nil {
		return err
	}
	if err := w.dir(to, 0o755, by); err != nil {
		return err
	}
	marker := path.Join(to, whiteout+whiteout+".opq")
	return w.file(marker, 0o644, owner{}, time.Unix(epoch, 0).UTC(), 0, strings.NewReader(""))
}

// homeRecipe is what an image of code alone needs for a process to feel at
// home: a name for its user, a home directory that it owns, and /tmp.
func homeRecipe(spec Spec) Recipe {
	user := spec.User
	key := newKey(KindHome)
	key.add(user.String(), user.Name, user.Home)
	return Recipe{Kind: KindHome, Key: key.String(), write: func(_ context.Context, w *layerTar) error {
		return writeHome(w, user)
	}}
}

func writeHome(w *layerTar, user User) error {
	passwd, group := "root:x:0:0:root:/root:/bin/sh\n", "root:x:0:\n"
	if user.UID != 0 {
		passwd += fmt.Sprintf("%s:x:%d:%d::%s:/bin/sh\n", user.Name, user.UID, user.GID, user.Home)
	}
	if user.GID != 0 {
		group += fmt.Sprintf("%s:x:%d:\n", user.Name, user.GID)
	}
	if err := writeAccounts(w, user, passwd, group); err != nil {
		return err
	}
	return w.dir("tmp", 0o1777, owner{})
}
