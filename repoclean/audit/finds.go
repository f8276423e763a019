package audit

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean"
)

// byWaste puts those first that waste most.
func byWaste(a, b Duplicate) int {
	return cmp.Or(cmp.Compare(b.Wasted(), a.Wasted()), cmp.Compare(a.Paths[0], b.Paths[0]))
}

// duplicates is contents of files that the commit has at several paths. LFS
// pointers are not among them: see LFS.Duplicates.
func (s *survey) duplicates() ([]Duplicate, Totals) {
	paths := map[uint32][]string{}
	for _, f := range s.tree {
		if _, pointer := s.pointer(f); isFile(f.mode) && !pointer && s.treeSize(f) > 0 {
			paths[f.object] = append(paths[f.object], s.paths.list[f.path])
		}
	}
	top, wasted := best[Duplicate]{n: s.req.Top, compare: byWaste}, Totals{}
	for n, list := range paths {
		if len(list) < 2 {
			continue
		}
		slices.Sort(list)
		d := Duplicate{Hash: s.hash(n), Kind: repoclean.KindOf(list[0]), Bytes: s.objects.list[n].size, Paths: list}
		wasted.Files += len(list) - 1
		wasted.Bytes += d.Wasted()
		top.offer(d)
	}
	return top.sorted(), wasted
}

// The values of Find.What.
const (
	foundArchive    = "archive"
	foundCheckpoint = "checkpoint"
	foundOutputs    = "notebook outputs"
)

// finds is the commit's files that seldom belong in git. What Git LFS keeps is
// where it belongs.
func (s *survey) finds(ctx context.Context) ([]Find, Totals, error) {
	top := best[Find]{n: s.req.Top, compare: func(a, b Find) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Path, b.Path))
	}}
	var found Totals
	offer := func(f Find) {
		found.Add(f.Bytes)
		top.offer(f)
	}
	var notebooks []treeFile
	for _, f := range s.tree {
		size := s.treeSize(f)
		if _, pointer := s.pointer(f); !isFile(f.mode) || pointer || size <= 0 {
			continue
		}
		name := s.paths.list[f.path]
		switch repoclean.KindOf(name) {
		case repoclean.Archive:
			offer(Find{name, foundArchive, size})
		case repoclean.Model:
			offer(Find{name, foundCheckpoint, size})
		case repoclean.Notebook:
			if size <= maxNotebook {
				notebooks = append(notebooks, f)
			}
		}
	}
	outputs, err := s.outputs(ctx, notebooks)
	for _, f := range notebooks {
		if n := outputs[f.object]; n > 0 {
			offer(Find{s.paths.list[f.path], foundOutputs, n})
		}
	}
	return top.sorted(), found, err
}

// maxNotebook is the largest notebook that is looked into.
const maxNotebook = 20 << 20

// outputs is the bytes of the outputs of notebooks, by object. One that can't be
// read is passed over.
func (s *survey) outputs(ctx context.Context, notebooks []treeFile) (map[uint32]int64, error) {
	outputs := map[uint32]int64{}
	var ids []gitrepo.ObjectID
	var objects []uint32
	for _, f := range notebooks {
		if _, known := outputs[f.object]; !known {
			outputs[f.object] = 0
			objects, ids = append(objects, f.object), append(ids, s.objects.list[f.object].id)
		}
	}
	for begin := 0; begin < len(ids); {
		done, err := s.repo.EachText(ctx, ids[begin:], maxNotebook, func(i int, text []byte) {
			outputs[objects[begin+i]] = outputBytes(text)
		})
		if ctx.Err() != nil {
			return nil, err
		}
		begin += done
		if err != nil && !s.unreadable("notebook", ids, &begin, err) {
			return nil, fmt.Errorf("reading notebooks: %w", err)
		}
	}
	return outputs, nil
}

// outputBytes is the size of the outputs that a notebook holds, 0 for what is
// no notebook. Those of format 3 have their cells in worksheets.
func outputBytes(text []byte) int64 {
	if !bytes.Contains(text, []byte(`"outputs"`)) {
		return 0
	}
	type cells []struct {
		Outputs json.RawMessage `json:"outputs"`
	}
	var notebook struct {
		Cells      cells `json:"cells"`
		Worksheets []struct {
			Cells cells `json:"cells"`
		} `json:"worksheets"`
	}
	if json.Unmarshal(text, &notebook) != nil {
		return 0
	}
	all := []cells{notebook.Cells}
	for _, w := range notebook.Worksheets {
		all = append(all, w.Cells)
	}
	var n int64
	for _, list := range all {
		for _, c := range list {
			if !isEmptyList(c.Outputs) {
				n += int64(len(c.Outputs))
			}
		}
	}
	return n
}

func isEmptyList(json []byte) bool {
	inner := bytes.TrimSuffix(bytes.TrimPrefix(json, []byte("[")), []byte("]"))
	return len(bytes.TrimSpace(inner)) == 0 || string(json) == "null"
}
