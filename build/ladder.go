package build

import (
	"path"
	"slices"
	"sync"
)

// ladder is the Source of code layers that are differences: the lowest has all
// files of the lowest stage, each next one what differs in the stage above it,
// the topmost the files of the Spec.
type ladder struct {
	stages [][]File
	reader *fileReader
	data   *dataWriter
}

// NewLadder makes code layers that later commits share. The stages are the
// files of earlier commits, the lowest first; they decide what the layers cost
// and never what the image holds, which is the files of the Spec. A stage must
// be a function of its commit alone, or no two images share it. The contents may
// be nil where no file of the Spec is kept by Git LFS.
//
// Data of a stage counts for nothing, so its contents need no OID: the links
// to the Spec's data are a rung below all others, as if every stage had them.
func NewLadder(blobs Blobs, contents Contents, stages ...[]File) Source {
	one := &sync.Mutex{}
	return ladder{stages: stages, reader: &fileReader{blobs: blobs, one: one}, data: &dataWriter{contents: contents, blobs: blobs, one: one}}
}

// WholeTree is a ladder of one rung: a single layer of all files.
func WholeTree(blobs Blobs, contents Contents) Source { return NewLadder(blobs, contents) }

// Whole implements Source.
func (l ladder) Whole() Source { return ladder{reader: l.reader, data: l.data} }

// Data implements Source.
func (l ladder) Data(spec Spec) []Recipe { return l.data.recipes(spec) }

// Volumes implements Source.
func (l ladder) Volumes(spec Spec) ([]VolumeRecipe, error) { return l.data.volumes(spec) }

// usable is the stages that a directory can hold; where there is data, the
// links to it are the lowest.
func (l ladder) usable(links []File) [][]File {
	var stages [][]File
	if len(links) > 0 {
		stages = append(stages, links)
	}
	for _, stage := range l.stages {
		if stage, ok := beside(links, stage); ok {
			stages = append(stages, stage)
		}
	}
	return stages
}

// beside is a stage, sorted, with the links in place of its own data and of
// what stands in their way; ok is false where no directory can hold it. What git
// lists of an old tree may be anything, names that lead out of the directory
// among it; and to leave a stage out changes no file of the image.
func beside(links, stage []File) (_ []File, ok bool) {
	clash := clashing(links)
	stage = slices.DeleteFunc(slices.Clone(stage), func(f File) bool { return f.Content != nil || clash(f.Path) })
	stage = sorted(append(stage, links...))
	return stage, checkFiles(stage) == nil && checkTree(stage) == nil
}

// clashing says of a path whether it can't be a file beside the links: one of
// them is there, above it, or below it.
func clashing(links []File) func(string) bool {
	paths, dirs := map[string]bool{}, map[string]bool{}
	for _, link := range links {
		paths[link.Path] = true
		for dir := path.Dir(link.Path); dir != "."; dir = path.Dir(dir) {
			dirs[dir] = true
		}
	}
	return func(file string) bool {
		if dirs[file] {
			return true
		}
		for ; file != "." && file != "/"; file = path.Dir(file) {
			if paths[file] {
				return true
			}
		}
		return false
	}
}

// Code implements Source. An empty rung is none.
func (l ladder) Code(spec Spec) ([]Recipe, error) {
	files := sorted(spec.Files)
	if err := checkTree(files); err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, nil // what lies below would only be hidden
	}
	var recipes []Recipe
	var below []File
	for _, stage := range append(l.usable(sorted(withContent(files))), files) {
		r := between(below, stage)
		below = stage
		if r.empty() {
			continue
		}
		writer := rungWriter{rung: r, reader: l.reader, to: spec.To, by: owner{spec.User.UID, spec.User.GID}}
		recipes = append(recipes, Recipe{Kind: KindCode, Key: writer.key(), write: writer.write})
	}
	return recipes, nil
}
