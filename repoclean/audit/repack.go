package audit

import (
	"fmt"

	"gantline.dev/gantline/internal/gitrepo"
)

// Where a repack begins to pay: git gc's own limits for packs and loose
// objects, and the history for which indexes are worth their files.
const (
	manyPacks   = 50
	manyLoose   = 7000
	looseShare  = 10 // percent of the bytes
	longHistory = 50_000
)

// repack is why a repack would pay, each with the command that does it.
func repack(f gitrepo.StoreFacts, commits int) []string {
	list := []string{}
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if f.Packs > manyPacks {
		say("There are %d packs, and each look-up searches all of them: git repack -ad makes them one.", f.Packs)
	}
	switch share := percent(f.LooseBytes, f.LooseBytes+f.PackBytes); {
	case f.Loose > manyLoose:
		say("%d objects lie alone, uncompressed against each other: git gc packs them.", f.Loose)
	case share > looseShare && f.LooseBytes > 10<<20:
		say("%d %% of the bytes are objects that lie alone, uncompressed against each other: git gc packs them.", share)
	}
	if f.LoosePacked > manyLoose {
		say("%d objects lie alone though a pack has them too: git prune-packed removes them.", f.LoosePacked)
	}
	if commits > longHistory && !f.Bitmap {
		say("There is no bitmap, which makes clones and fetches from here fast: git repack -adb writes one.")
	}
	if commits > longHistory && !f.CommitGraph {
		say("There is no commit-graph, which makes walks through history fast: git commit-graph write --reachable writes one.")
	}
	if f.Garbage > 0 {
		say("%d files in the object directory belong to no object: git count-objects -v names them, git gc removes those of a git that was killed.", f.Garbage)
	}
	return list
}

func percent(part, whole int64) int64 {
	if whole <= 0 {
		return 0
	}
	return int64(float64(part) / float64(whole) * 100)
}
