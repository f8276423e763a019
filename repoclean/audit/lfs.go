package audit

import (
	"cmp"
	"context"
	"os"
	"slices"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean"
)

// lfsObject is one content that pointers name.
type lfsObject struct {
	oid          string
	bytes        int64
	commit, path uint32 // of the first pointer to it
	audited      bool   // a pointer among the audited objects names it
	inTree       bool
}

// lfsObjects is what the pointers name, each once, in the order in which they
// came.
func (s *survey) lfsObjects() []lfsObject {
	if s.lfsFound != nil {
		return s.lfsFound
	}
	pointers := make([]uint32, 0, len(s.pointers))
	for n := range s.pointers {
		if o := &s.objects.list[n]; o.place == audited || o.inTree {
			pointers = append(pointers, n)
		}
	}
	slices.SortFunc(pointers, func(a, b uint32) int {
		x, y := &s.objects.list[a], &s.objects.list[b]
		return cmp.Or(cmp.Compare(x.commit, y.commit), cmp.Compare(x.path, y.path), cmp.Compare(a, b))
	})
	found, at := []lfsObject{}, map[string]int{}
	for _, n := range pointers {
		o, p := &s.objects.list[n], s.pointers[n]
		i, known := at[p.OID]
		if !known {
			i = len(found)
			at[p.OID] = i
			found = append(found, lfsObject{oid: p.OID, bytes: p.Size, commit: o.commit, path: o.path})
		}
		found[i].audited = found[i].audited || o.place == audited
		found[i].inTree = found[i].inTree || o.inTree
	}
	s.lfsFound = found
	return found
}

// lfs is what Git LFS keeps for the audited commits.
func (s *survey) lfs(ctx context.Context) (LFS, error) {
	at, err := s.repo.LFSStore(ctx)
	if err != nil {
		return LFS{}, err
	}
	l := LFS{Raw: []string{}, Unattributed: []string{}}
	top := best[LFSObject]{n: s.req.Top, compare: func(a, b LFSObject) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Path, b.Path), cmp.Compare(a.OID, b.OID))
	}}
	treePaths := s.lfsTreePaths()
	for _, o := range s.lfsObjects() {
		object := LFSObject{OID: o.oid, Bytes: o.bytes, Path: s.pathName(o.path), InTree: o.inTree, Local: isFileOf(at(o.oid), o.bytes)}
		if o.commit != none {
			object.Commit = s.hash(s.commits[o.commit].object)
		}
		if paths := treePaths[o.oid]; object.Path == "" && len(paths) > 0 {
			object.Path = paths[0]
		}
		if o.audited {
			top.offer(object)
			count(&l.History, &l.Local, object)
		}
		if o.inTree {
			count(&l.Tree, &l.LocalTree, object)
		}
	}
	l.Largest, l.Duplicates = top.sorted(), s.lfsDuplicates(treePaths)
	return l, s.attributed(ctx, &l)
}

// isFileOf says whether a file of this size is there.
func isFileOf(file string, size int64) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Size() == size
}

func count(all, local *Totals, o LFSObject) {
	all.Add(o.Bytes)
	if o.Local {
		local.Add(o.Bytes)
	}
}

// lfsTreePaths is the paths of the commit's pointers, by what they name.
func (s *survey) lfsTreePaths() map[string][]string {
	paths := map[string][]string{}
	for _, f := range s.tree {
		if p, ok := s.pointer(f); ok {
			paths[p.OID] = append(paths[p.OID], s.paths.list[f.path])
		}
	}
	return paths
}

// pointer is the LFS pointer that a file is.
func (s *survey) pointer(f treeFile) (gitrepo.Pointer, bool) {
	if f.object == none || !isFile(f.mode) {
		return gitrepo.Pointer{}, false
	}
	p, ok := s.pointers[f.object]
	return p, ok
}

func isFile(mode gitrepo.Mode) bool { return mode == gitrepo.File || mode == gitrepo.Executable }

func (s *survey) lfsDuplicates(paths map[string][]string) []Duplicate {
	top := best[Duplicate]{n: s.req.Top, compare: byWaste}
	for _, o := range s.lfsObjects() {
		if list := paths[o.oid]; len(list) > 1 && o.bytes > 0 {
			slices.Sort(list)
			top.offer(Duplicate{Hash: o.oid, Kind: repoclean.KindOf(list[0]), Bytes: o.bytes, Paths: list})
		}
	}
	return top.sorted()
}

// attributed compares the commit's files with its .gitattributes.
func (s *survey) attributed(ctx context.Context, l *LFS) error {
	attributes, err := s.attributes(ctx)
	if attributes == nil || err != nil {
		return err
	}
	anyRule := attributes.AnyLFS()
	for _, f := range s.tree {
		if !isFile(f.mode) || s.treeSize(f) <= 0 { // an empty file is its own pointer
			continue
		}
		_, isPointer := s.pointer(f)
		if !isPointer && !anyRule {
			continue
		}
		name := s.paths.list[f.path]
		switch ours := anyRule && attributes.LFS(name); {
		case ours && !isPointer:
			l.Raw = append(l.Raw, name)
		case !ours && isPointer:
			l.Unattributed = append(l.Unattributed, name)
		}
	}
	slices.Sort(l.Raw)
	slices.Sort(l.Unattributed)
	return nil
}

// attributes reads the commit's .gitattributes; nil where one of them can't be
// read.
func (s *survey) attributes(ctx context.Context) (*gitrepo.Attributes, error) {
	var rules []gitrepo.Entry
	for _, f := range s.tree {
		name := s.paths.list[f.path]
		if !isFile(f.mode) || !isRules(name) {
			continue
		}
		if s.objects.list[f.object].missing {
			s.damage.add("%q is not here: which files it gives to Git LFS is unknown", name)
			return nil, nil
		}
		rules = append(rules, gitrepo.Entry{Path: name, Mode: f.mode, Hash: s.hash(f.object)})
	}
	attributes, err := s.repo.Attributes(ctx, rules)
	if err != nil && ctx.Err() == nil {
		s.damage.add("which files go to Git LFS is unknown: %v", err)
		return nil, nil
	}
	return attributes, err
}

// isRules says whether a file is read for attributes.
func isRules(name string) bool {
	const file = ".gitattributes"
	return name == file || len(name) > len(file) && name[len(name)-len(file)-1] == '/' && name[len(name)-len(file):] == file
}
