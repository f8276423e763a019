package pipeline

import (
	"context"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean"
)

// Stages is stages for tests.
func (p *Project) Stages(ctx context.Context, origin string, files repoclean.Context) ([][]build.File, error) {
	return p.stages(ctx, origin, "train", files)
}

// ImageFiles is imageFiles for tests.
func ImageFiles(verdicts []repoclean.Verdict) []build.File { return imageFiles("train", verdicts) }

// FillDigests is dataDigests for tests.
func FillDigests(ctx context.Context, repo *gitrepo.Repo, dir string, files []build.File) ([]build.File, error) {
	return dataDigests{repo, dir}.fill(ctx, files)
}
