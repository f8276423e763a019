package agent

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// commit is one commit of the history.
type commit struct {
	author  person
	message string
	changes []change
	// side says that the commit is on a branch; merge, that the commit joins
	// it to main.
	side, merge bool
	// after is the tree with this commit's changes, set by history.
	after tree
}

type person struct{ name, mail string }

// change is a change of a tree that can be undone.
type change interface {
	// undo turns the tree after the change into the one before.
	undo(tree) error
}

// history is all commits in order, each with its tree.
func history(opts Options) ([]commit, error) {
	state, err := finalTree(opts)
	if err != nil {
		return nil, err
	}
	commits := story()
	for i := len(commits) - 1; i >= 0; i-- {
		commits[i].after = maps.Clone(state)
		for _, c := range slices.Backward(commits[i].changes) {
			if err := c.undo(state); err != nil {
				return nil, fmt.Errorf("commit %d, %q: %w", i+1, commits[i].message, err)
			}
		}
	}
	for path := range state {
		return nil, fmt.Errorf("no commit adds %q", path)
	}
	return commits, nil
}

// add is files that appear.
type add []string

func (a add) undo(state tree) error {
	for _, path := range a {
		if _, ok := state[path]; !ok {
			return fmt.Errorf("adding %q: no such file afterwards", path)
		}
		delete(state, path)
	}
	return nil
}

// added is a file that appears and that a later commit removes.
type added struct{ path, content string }

func (a added) undo(state tree) error {
	if state[a.path] != a.content {
		return fmt.Errorf("adding %q: another content afterwards", a.path)
	}
	delete(state, a.path)
	return nil
}

// remove is a file that vanishes.
type remove struct{ path, content string }

func (r remove) undo(state tree) error {
	if _, ok := state[r.path]; ok {
		return fmt.Errorf("removing %q: still there afterwards", r.path)
	}
	state[r.path] = r.content
	return nil
}

// edit is a text in a file that takes another's place.
type edit struct{ path, before, after string }

func (e edit) undo(state tree) error {
	if strings.Count(state[e.path], e.after) != 1 {
		return fmt.Errorf("editing %q: the new text does not stand there once", e.path)
	}
	state[e.path] = strings.Replace(state[e.path], e.after, e.before, 1)
	return nil
}

// checkpoint is a file of a model's weights, which no compression makes
// smaller.
func checkpoint(bytes int) string {
	content := make([]byte, bytes)
	source := rand.NewChaCha8([32]byte{'s', 't', 'e', 'p', '1', '0', '0', '0'})
	_, _ = source.Read(content) // never fails
	return string(content)
}
