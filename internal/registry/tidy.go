package registry

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// discardUnfinished removes what a registry that was killed left half done:
// uploads that nobody will finish, since their clients saw the connection break
// and begin anew, and tags that point nowhere yet. The caller holds the
// directory's lock.
func discardUnfinished(dir string) error {
	root := filepath.Join(dir, contentDir, "docker", "registry", "v2", "repositories")
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // nothing was pushed yet
		case err != nil:
			return err
		case !entry.IsDir() || entry.Name()[0] != '_':
			return nil
		case entry.Name() == "_uploads":
			err = os.RemoveAll(path)
		case entry.Name() == "_manifests":
			err = discardHalfTags(filepath.Join(path, "tags"))
		}
		if err != nil {
			return err
		}
		return fs.SkipDir
	})
}

// discardHalfTags removes the tags without a link to a manifest: they would be
// listed, and answer 404.
func discardHalfTags(dir string) error {
	tags, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, tag := range tags {
		path := filepath.Join(dir, tag.Name())
		if _, err := os.Stat(filepath.Join(path, "current", "link")); errors.Is(err, fs.ErrNotExist) {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	return nil
}
