package pipeline

import (
	"context"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/repoclean"
)

// Stages is stages for tests.
func (p *Project) Stages(ctx context.Context, origin string, files repoclean.Context) ([][]build.File, error) {
	return p.stages(ctx, origin, files)
}

// ImageFiles is imageFiles for tests.
var ImageFiles = imageFiles
