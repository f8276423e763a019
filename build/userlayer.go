package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// UserLayer is the layer that makes an image's user known to programs: entries
// in passwd and group beside those that the base has, and a home directory.
// Root has all of that in every base.
func UserLayer(facts Facts, user User) Recipe {
	passwd := withAccount(facts.Users, user.UID, fmt.Sprintf("%s:x:%d:%d::%s:/bin/sh", user.Name, user.UID, user.GID, user.Home))
	group := withAccount(facts.Groups, user.GID, fmt.Sprintf("%s:x:%d:", user.Name, user.GID))
	key := newKey(KindUser)
	key.add(passwd, group, user.String(), user.Home)
	return Recipe{Kind: KindUser, Key: key.String(), write: func(_ context.Context, w *layerTar) error {
		return writeAccounts(w, user, passwd, group)
	}}
}

// withAccount is the text of a file of accounts with one more where none has
// the id.
func withAccount(lines []string, id int, account string) string {
	known := slices.ContainsFunc(lines, func(line string) bool {
		fields := strings.Split(line, ":")
		return len(fields) > 2 && fields[2] == strconv.Itoa(id)
	})
	if !known {
		lines = append(slices.Clone(lines), account)
	}
	return strings.Join(lines, "\n") + "\n"
}

// writeAccounts writes /etc/passwd, /etc/group and the home directory.
func writeAccounts(w *layerTar, user User, passwd, group string) error {
	if err := w.dir("etc", 0o755, owner{}); err != nil {
		return err
	}
	for _, f := range []struct{ name, text string }{{"etc/group", group}, {"etc/passwd", passwd}} {
		sum := sha256.Sum256([]byte(f.text))
		at := contentTime(hex.EncodeToString(sum[:]))
		if err := w.file(f.name, 0o644, owner{}, at, int64(len(f.text)), strings.NewReader(f.text)); err != nil {
			return err
		}
	}
	if err := w.parents("", user.Home, owner{}); err != nil {
		return err
	}
	return w.dir(user.Home, 0o755, owner{user.UID, user.GID})
}
