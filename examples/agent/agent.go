// Package agent makes the example: the git repository of a small team that
// trains an agent. The demo, and tests of many rooms, use it.
//
// The tree of the last commit is the directory files, where a name that starts
// with "dot." stands for one that starts with a dot (a real .gitattributes
// there would act on this repository). The history is a list of changes in
// history.go, each of which can be undone, so that every earlier state follows
// from the final one and nothing is kept twice. Authors and dates are fixed:
// the same options give the same commit hashes on every machine.
package agent

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

//go:embed all:files
var embedded embed.FS

// DefaultBase is the base image that gantline.yaml names unless Options say
// otherwise.
const DefaultBase = "debian:bookworm"

// Options are what can be chosen about the repository.
type Options struct {
	// Base is the reference of the base image in gantline.yaml, best with its
	// digest. It needs Python 3.11, its venv module and bash. Empty is
	// DefaultBase.
	Base string
}

// Make makes the repository in dir, which must not exist or be empty, with the
// branch main checked out, and gives the hash of its last commit. Of what Git
// LFS keeps, the tokenizer is there, in .git/lfs; the reward model is not, as
// after a clone that skipped it. It needs the git binary and heeds no configuration of the user. A call that is
// interrupted leaves dir as it was.
func Make(ctx context.Context, dir string, opts Options) (head string, err error) {
	head, err = makeRepository(ctx, dir, opts)
	if err != nil {
		return "", fmt.Errorf("making the example in %q: %w", dir, err)
	}
	return head, nil
}

func makeRepository(ctx context.Context, dir string, opts Options) (head string, err error) {
	commits, err := history(opts)
	if err != nil {
		return "", err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := checkFree(dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".agent-*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	if err := os.Chmod(temp, 0o755); err != nil {
		return "", err
	}
	head, err = importHistory(ctx, temp, commits)
	if err != nil {
		return "", err
	}
	if err := keepTokenizer(temp); err != nil {
		return "", err
	}
	return head, os.Rename(temp, dir)
}

func checkFree(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return errors.New("the directory is not empty; remove it or choose another")
	}
	return nil
}

// tree is the files of a commit by path.
type tree map[string]string

// finalTree is the tree of the last commit.
func finalTree(opts Options) (tree, error) {
	files := tree{}
	err := fs.WalkDir(embedded, "files", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := embedded.ReadFile(path)
		name := strings.TrimPrefix(path, "files/")
		if hidden, ok := strings.CutPrefix(name, "dot."); ok {
			name = "." + hidden
		}
		files[name] = string(content)
		return err
	})
	if err != nil {
		return nil, err
	}
	if opts.Base == "" {
		opts.Base = DefaultBase
	}
	if !regexp.MustCompile(`^[\w.:/@-]+$`).MatchString(opts.Base) {
		return nil, fmt.Errorf("%q is no reference of an image", opts.Base)
	}
	line := "base: " + DefaultBase + "\n"
	config := files["gantline.yaml"]
	if !strings.Contains(config, line) {
		return nil, fmt.Errorf("gantline.yaml has no line %q", line)
	}
	files["gantline.yaml"] = strings.Replace(config, line, "base: "+opts.Base+"\n", 1)
	return files, nil
}
