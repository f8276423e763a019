package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
)

// hookName is the hook that git runs before it sends anything.
const hookName = "pre-push"

// hookScript is the whole hook. Somebody who clones without Gantline can push.
const hookScript = `#!/bin/sh
# Refuses a push that is over the budgets of gantline.yaml. Made by gantline init --hook.
command -v gantline >/dev/null 2>&1 || {
	echo >&2 'gantline is not on PATH: this push is not held to the budgets of gantline.yaml'
	exit 0
}
exec gantline hook pre-push "$@"
`

// hookLines do the same inside a hook of the user's own. They keep what git
// says on standard input for the lines below them: Git LFS reads it too.
const hookLines = `pushed=$(cat)
if command -v gantline >/dev/null; then
	printf '%s\n' "$pushed" | gantline hook pre-push "$@" || exit
fi
exec <<END
$pushed
END`

// writeHook adds the pre-push hook where git looks for it. A hook that is there
// stays as it is: then the answer is what to add to it.
func (o *initOptions) writeHook(ctx context.Context, repo *gitrepo.Repo) error {
	dir, err := repo.HooksDir(ctx)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, hookName)
	shown := path
	if inside, err := filepath.Rel(repo.Root(), path); err == nil && filepath.IsLocal(inside) {
		shown = inside
	}
	err = writeExecutable(path, []byte(hookScript))
	switch {
	case errors.Is(err, os.ErrExist):
		return o.keptHook(path, shown)
	case err != nil:
		return fmt.Errorf("writing hook %q, where git looks for it (core.hooksPath sets another place): %w", shown, err)
	}
	o.app.printer().Say("wrote    %s", shown)
	if shown == path && !strings.HasPrefix(path, repo.GitDir()+string(filepath.Separator)) {
		o.app.printer().Say("  it lies outside this work tree: every repository whose hooks are there runs it; one without gantline.yaml has no budgets")
	}
	return nil
}

// keptHook is nil where the hook asks Gantline already, and else the refusal to
// touch it.
func (o *initOptions) keptHook(path, shown string) error {
	o.app.printer().Say("kept     %s", shown)
	content, err := os.ReadFile(path)
	if err == nil && strings.Contains(string(content), "gantline hook "+hookName) {
		return nil
	}
	return &pipeline.RefusedError{
		Reasons: []string{fmt.Sprintf("%q is a hook of your own, and stays as it is", shown)},
		Hints:   []string{"to hold pushes to the budgets as well, add this at its top, below #!/bin/sh:\n\n" + hookLines + "\n"},
	}
}

// writeExecutable makes a file that is whole from its first moment, and only
// where there is none: os.ErrExist otherwise.
func writeExecutable(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".gantline-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(0o755), file.Close())
	if err != nil {
		return err
	}
	return os.Link(file.Name(), path)
}
