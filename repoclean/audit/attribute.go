package audit

import (
	"bytes"
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
		w.progress("history", int64(n+1), 0)
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

// meet gives an object to the current commit, unless one before it brought it.
func (w *walk) meet(id *gitrepo.ObjectID, kind kind, path []byte) (uint32, error) {
	n := w.objects.find(id)
	if n == none {
		if w.ranged {
			return none, nil
		}
		var err error
		if n, err = w.unlisted(id, kind); err != nil {
			return none, err
		}
	}
	o := &w.objects.list[n]
	if o.commit != none || w.ranged && o.place != audited {
		return n, nil
	}
	if o.commit, o.place = w.current, audited; o.kind == unknownKind {
		o.kind = kind
	}
	if o.missing {
		w.lost(o, path)
	}
	if path != nil {
		o.path = w.paths.of(path)
	}
	return n, nil
}

// unlisted looks up an object that the list of all objects lacked: it may have
// gone from one pack to another meanwhile, or come since.
func (w *walk) unlisted(id *gitrepo.ObjectID, kind kind) (uint32, error) {
	n, _ := w.objects.add(id)
	o := &w.objects.list[n]
	o.kind, o.missing = kind, true
	found, err := w.ask(w.ctx, *id)
	if err == nil && found.Type != "" {
		o.set(&found)
	}
	return n, err
}

// ask looks up one object; in a partial clone, where git would try to fetch it,
// there is no answer.
func (s *survey) ask(ctx context.Context, id gitrepo.ObjectID) (gitrepo.Stored, error) {
	if s.repo.Partial() {
		return gitrepo.Stored{}, nil
	}
	if s.asker == nil {
		asker, err := s.repo.Asker(ctx)
		if err != nil {
			return gitrepo.Stored{}, err
		}
		s.asker = asker
	}
	return s.asker.Ask(id)
}

// lost tells of an object that isn't here, in a clone that should have all.
func (w *walk) lost(o *object, path []byte) {
	if w.repo.Partial() {
		return
	}
	name := map[kind]string{blobKind: "blob", treeKind: "tree", commitKind: "commit"}[o.kind]
	w.damage.add("%s %s (%q) is missing or can't be read: its size counts nowhere; see git fsck, and fetch it from another clone",
		name, w.repo.Hex(o.id), path)
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

// bring gives the new side of a change to the current commit.
func (w *walk) bring(c *gitrepo.WalkedChange) (uint32, error) {
	switch {
	case c.NewMode == gitrepo.Directory:
		return w.meet(&c.New, treeKind, nil)
	case c.NewMode.IsBlob():
		return w.meet(&c.New, blobKind, c.Path)
	}
	return none, nil
}

func (w *walk) size(object uint32) int64 {
	if object == none {
		return 0
	}
	return w.objects.list[object].size
}

// ascend closes the directories that a path is not in; all of them with all.
func (w *walk) ascend(path []byte, all bool) {
	for len(w.dirs.list) > 0 {
		top := w.dirs.top()
		if !all && top.holds(w.dirs.path, path) {
			return
		}
		w.count(top)
		w.dirs.list = w.dirs.list[:len(w.dirs.list)-1]
	}
}

// count works out how many entries a new tree has, from those of the old one.
func (w *walk) count(d *openDir) {
	if d.now == none || w.objects.list[d.now].entries >= 0 {
		return
	}
	entries := d.delta
	if d.before != none {
		entries += max(0, w.objects.list[d.before].entries)
	}
	w.objects.list[d.now].entries = entries
	w.maxima.entries += int64(entries)
	if w.maxima.treeEntries.offer(int64(entries), d.now) {
		w.maxima.treePath = string(w.dirs.path[:d.length])
	}
}

// dirStack is the directories above the path that is being told.
type dirStack struct {
	list []openDir
	path []byte // of the innermost
}

// openDir is a directory whose entries are being told.
type openDir struct {
	length      int    // of its path; 0 is the root
	before, now uint32 // the old and the new tree; none where there is none
	delta       int32  // entries that came, less those that went
}

func (s *dirStack) top() *openDir { return &s.list[len(s.list)-1] }

func (s *dirStack) open(path []byte, before, now uint32) {
	s.path = append(s.path[:0], path...)
	s.list = append(s.list, openDir{length: len(path), before: before, now: now})
}

// holds says whether a path lies in the directory, whose own path begins the
// innermost one's.
func (d *openDir) holds(innermost, path []byte) bool {
	if d.length == 0 {
		return true
	}
	return len(path) > d.length && path[d.length] == '/' && bytes.Equal(path[:d.length], innermost[:d.length])
}
