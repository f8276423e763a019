package audit

import (
	"context"

	"gantline.dev/gantline/internal/gitrepo"
)

// commit is one of the audited commits.
type commit struct {
	object, author uint32
	// date is the committer's, in seconds since 1970, or where that is none
	// the first parent's.
	date    int64
	dated   bool
	depth   int32
	subject string // kept of a range only
	// at is the commit's files; of a range nobody knows them.
	at checkout
}

// walk gives each object to the commit and path that brought it first, and
// counts what git-sizer counts. It is told of history by gitrepo.
type walk struct {
	*survey
	ctx    context.Context
	listed <-chan struct{} // closed when the table holds the objects
	ranged bool            // only objects in the table count

	current uint32 // the commit that is being told
	dirs    dirStack
	maxima  maxima
	cutOff  int // commits whose parents this clone lacks
}

// latest is 2200-01-01: a date beyond it is a mistake, such as milliseconds.
const latest = 7258118400

// Commit implements gitrepo.Walker.
func (w *walk) Commit(c *gitrepo.WalkedCommit) error {
	if len(w.commits) == 0 {
		select {
		case <-w.listed:
		case <-w.ctx.Done():
			return w.ctx.Err()
		}
	}
	w.finish()
	n := uint32(len(w.commits))
	made := commit{author: w.authors.of(c.Author), date: c.Date, dated: c.Dated && c.Date < latest, depth: 1}
	if w.ranged {
		made.subject = string(c.Subject)
	}
	first := w.parents(c, &made)
	if !made.dated {
		w.damage.add("commit %s has no date that can be read; it counts in the month of its parent", w.repo.Hex(c.ID))
		if first != none {
			made.date, made.dated = w.commits[first].date, w.commits[first].dated
		}
	}
	w.current, w.commits = n, append(w.commits, made)
	var err error
	if w.commits[n].object, err = w.meet(&c.ID, commitKind, nil); err != nil {
		return err
	}
	root, err := w.meet(&c.Tree, treeKind, nil)
	if err != nil {
		return err
	}
	w.begin(c, root, first)
	if (n+1)%progressEvery == 0 {
		w.progress("commits", int64(n+1), 0)
	}
	return nil
}

// parents works out what a commit has from its parents, and the first one's
// number.
func (w *walk) parents(c *gitrepo.WalkedCommit, made *commit) (first uint32) {
	first = none
	for i := range c.Parents {
		o := w.objects.find(&c.Parents[i])
		if o == none {
			continue
		}
		parent := w.objects.list[o].commit
		if parent == none {
			continue
		}
		made.depth = max(made.depth, w.commits[parent].depth+1)
		if i == 0 {
			first = parent
		}
	}
	return first
}

// begin opens the commit's root directory.
func (w *walk) begin(c *gitrepo.WalkedCommit, root, first uint32) {
	w.maxima.parents.offer(int64(len(c.Parents)), w.current)
	if w.shallow[c.ID] {
		w.cutOff++
	}
	if w.ranged {
		return
	}
	old := none
	if first != none {
		old = w.roots(first)
		w.commits[w.current].at = w.commits[first].at
	} else {
		w.commits[w.current].at.dirs = 1
	}
	w.commits[w.current].at.root = root
	w.dirs.open(nil, old, root)
}

func (w *walk) roots(commit uint32) uint32 { return w.commits[commit].at.root }

// finish closes what the commit before left open.
func (w *walk) finish() {
	if len(w.commits) == 0 || w.ranged {
		return
	}
	w.ascend(nil, true)
	w.maxima.checkout(w.commits[w.current].at, w.current)
	w.maxima.depth.offer(int64(w.commits[w.current].depth), w.current)
}

// Change implements gitrepo.Walker.
func (w *walk) Change(c *gitrepo.WalkedChange) error {
	now, err := w.bring(c)
	if err != nil || w.ranged {
		return err
	}
	if len(w.dirs.list) == 0 {
		return nil // of no commit
	}
	w.ascend(c.Path, false)
	before := none
	if c.OldMode != gitrepo.Absent {
		before = w.objects.find(&c.Old)
		w.dirs.top().delta--
		w.commits[w.current].at.add(c.OldMode, w.size(before), -1)
	}
	if c.NewMode != gitrepo.Absent {
		w.dirs.top().delta++
		w.commits[w.current].at.add(c.NewMode, w.size(now), +1)
		w.maxima.path(c.Path, w.current)
	}
	if c.OldMode == gitrepo.Directory || c.NewMode == gitrepo.Directory {
		if c.OldMode != gitrepo.Directory {
			before = none
		}
		if c.NewMode != gitrepo.Directory {
			now = none
		}
		w.dirs.open(c.Path, before, now)
	}
	return nil
}
