package build

import "sync"

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
// be nil where no file of the Spec has one.
func NewLadder(blobs Blobs, contents Contents, stages ...[]File) Source {
	one := &sync.Mutex{}
	return ladder{stages: stages, reader: &fileReader{blobs: blobs, one: one}, data: &dataWriter{contents: contents, one: one}}
}

// WholeTree is a ladder of one rung: a single layer of all files.
func WholeTree(blobs Blobs, contents Contents) Source { return NewLadder(blobs, contents) }

// Data implements Source.
func (l ladder) Data(spec Spec) []Recipe { return l.data.recipes(spec) }

// usable is the stages that a directory can hold, each sorted. What git lists of
// an old tree may be anything, names that lead out of the directory among it;
// and to leave a stage out changes no file of the image.
func (l ladder) usable() [][]File {
	var stages [][]File
	for _, stage := range l.stages {
		stage = sorted(stage)
		if checkFiles(stage) == nil && checkTree(stage) == nil {
			stages = append(stages, stage)
		}
	}
	return stages
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
	for _, stage := range append(l.usable(), files) {
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
