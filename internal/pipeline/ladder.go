package pipeline

import (
	"context"
	"fmt"
	"slices"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean"
)

// stages are the files that the context would have had in the commits that the
// image's code is the difference to, the earliest first: each chosen from its
// own tree by the rules of this commit. There are none where a shallow clone
// can't know how deep the origin lies: the code is one layer then.
//
// What the stages are decides what an image costs and never what it holds. So
// one thing is simpler than for the commit itself: whether anything reaches a
// Python file is what the commit says of the same file.
func (p *Project) stages(ctx context.Context, origin, image string, files repoclean.Context) ([][]build.File, error) {
	depth, ok, err := p.past().Depth(ctx, origin)
	if err != nil || !ok {
		return nil, err
	}
	anchors := build.Anchors(depth)
	if len(anchors) == 0 {
		return nil, nil
	}
	trees, err := p.past().FirstParentTrees(ctx, origin, depth-anchors[0]+1)
	if err != nil {
		return nil, err
	}
	if len(trees) != depth-anchors[0]+1 {
		return nil, fmt.Errorf("looking for the layers of %s: %d trees before it, not %d", p.Commit.Short(), len(trees), depth-anchors[0]+1)
	}
	chain := []string{p.Commit.Tree}
	for i := len(anchors) - 1; i >= 0; i-- {
		chain = append(chain, trees[depth-anchors[i]])
	}
	changes, err := p.past().DiffChain(ctx, chain)
	if err != nil {
		return nil, err
	}
	judged, err := p.judgeEarlier(ctx, image, changes, files.Files)
	if err != nil {
		return nil, err
	}
	return descend(imageFiles(image, files.Files), changes, judged), nil
}

// fileVersion is a file of a path, whatever commit has it.
type fileVersion struct {
	path string
	mode gitrepo.Mode
	hash string
}

// judgeEarlier decides about the files that earlier trees have otherwise than
// the commit: of those that go into an image, the file there.
func (p *Project) judgeEarlier(ctx context.Context, image string, changes [][]gitrepo.PathChange, now []repoclean.Verdict) (map[fileVersion]build.File, error) {
	verdicts := map[fileVersion]repoclean.Verdict{}
	for _, v := range now {
		verdicts[fileVersion{v.Path, v.Mode, v.Hash}] = v
	}
	var entries []gitrepo.Entry
	all := make([]repoclean.Verdict, 0)
	seen := map[fileVersion]bool{}
	for _, change := range changes {
		for _, c := range change {
			version := fileVersion{c.Path, c.NewMode, c.NewHash}
			if c.NewHash == "" || seen[version] {
				continue
			}
			seen[version] = true
			if v, ok := verdicts[version]; ok {
				all = append(all, v)
				continue
			}
			entries = append(entries, gitrepo.Entry{Path: c.Path, Mode: c.NewMode, Hash: c.NewHash, Size: gitrepo.UnknownSize})
		}
	}
	policy, err := p.policy()
	if err != nil {
		return nil, err
	}
	policy.Python = repoclean.Unasked
	// What data held before needs no reading, which may be long: no layer has it.
	entries = slices.DeleteFunc(entries, func(e gitrepo.Entry) bool { return policy.DataOf(image, e) })
	tree, err := repoclean.ReadEntries(ctx, p.past(), entries, policy)
	if err != nil {
		return nil, fmt.Errorf("reading what changed before %s: %w", p.Commit.Short(), err)
	}
	judged := map[fileVersion]build.File{}
	for _, f := range imageFiles(image, append(all, repoclean.Select(tree, policy).Files...)) {
		judged[fileVersion{f.Path, gitrepo.Mode(f.Mode), f.Hash}] = f
	}
	return judged, nil
}

// descend goes from the commit's files down the changes, each from a tree to
// one before it, and gives the files of every tree on the way, the lowest first.
func descend(files []build.File, changes [][]gitrepo.PathChange, judged map[fileVersion]build.File) [][]build.File {
	at := make(map[string]build.File, len(files))
	for _, f := range files {
		at[f.Path] = f
	}
	stages := make([][]build.File, len(changes))
	for i, change := range changes {
		for _, c := range change {
			delete(at, c.Path)
			if f, ok := judged[fileVersion{c.Path, c.NewMode, c.NewHash}]; ok {
				at[f.Path] = f
			}
		}
		stage := make([]build.File, 0, len(at))
		for _, f := range at {
			stage = append(stage, f)
		}
		stages[len(changes)-1-i] = stage
	}
	return stages
}
