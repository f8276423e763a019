package gitrepo

import (
	"os"
	"path/filepath"
	"testing"
)

// TestHooksDir holds the answer to where git itself runs a hook from.
func TestHooksDir(t *testing.T) {
	l := newLab(t)
	l.commit("one", "dir/a.txt", "one\n")
	linked := filepath.Join(t.TempDir(), "linked")
	l.git("worktree", "add", "-q", linked)
	elsewhere := filepath.Join(t.TempDir(), "hooks with space")
	for _, c := range []struct{ name, hooksPath, from, want string }{
		{"plain", "", l.dir, filepath.Join(l.dir, ".git/hooks")},
		{"below the root", "", filepath.Join(l.dir, "dir"), filepath.Join(l.dir, ".git/hooks")},
		{"linked worktree", "", linked, filepath.Join(l.dir, ".git/hooks")},
		{"relative", ".husky", filepath.Join(l.dir, "dir"), filepath.Join(l.dir, ".husky")},
		{"relative in a linked worktree", ".husky", linked, filepath.Join(linked, ".husky")},
		{"absolute", elsewhere, l.dir, elsewhere},
		{"of the home", "~/hooks", l.dir, filepath.Join(os.Getenv("HOME"), "hooks")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.hooksPath != "" {
				l.git("config", "core.hooksPath", c.hooksPath)
				defer l.git("config", "--unset", "core.hooksPath")
			}
			repo, err := Open(t.Context(), c.from)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := repo.HooksDir(t.Context()); err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}
