package builder_test

import (
	"testing"

	"gantline.dev/gantline/internal/builder/buildertest"
)

func TestPruneFreesWhatABuildLeft(t *testing.T) {
	b := buildertest.Start(t)
	build(t, b)
	before, err := b.Usage(t.Context())
	if err != nil || before == 0 {
		t.Fatalf("after a build the cache holds %d bytes (%v)", before, err)
	}
	freed, err := b.Prune(t.Context(), 0)
	if err != nil || freed == 0 {
		t.Fatalf("pruning freed %d bytes (%v), of %d", freed, err, before)
	}
	if after, err := b.Usage(t.Context()); err != nil || after != before-freed {
		t.Errorf("the cache holds %d bytes (%v) after %d of %d were freed", after, err, freed, before)
	}
}
