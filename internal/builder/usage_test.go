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
	if most, err := b.Prunable(t.Context(), before); err != nil || most != 0 {
		t.Errorf("with room for all, %d bytes would go (%v)", most, err)
	}
	told, err := b.Prunable(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	freed, err := b.Prune(t.Context(), 0)
	if err != nil || freed == 0 || freed != told {
		t.Fatalf("pruning freed %d bytes (%v), of %d; it was told to free %d", freed, err, before, told)
	}
	if after, err := b.Usage(t.Context()); err != nil || after != before-freed {
		t.Errorf("the cache holds %d bytes (%v) after %d of %d were freed", after, err, freed, before)
	}
}
