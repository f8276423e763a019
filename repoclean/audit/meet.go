package audit

import (
	"gantline.dev/gantline/internal/gitrepo"
)

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

// lost tells of an object that isn't here, in a clone that should have all.
func (w *walk) lost(o *object, path []byte) {
	if w.repo.Partial() {
		return
	}
	name := map[kind]string{blobKind: "blob", treeKind: "tree", commitKind: "commit"}[o.kind]
	w.damage.add("%s %s (%q) is missing or can't be read: its size counts nowhere; see git fsck, and fetch it from another clone",
		name, w.repo.Hex(o.id), path)
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
