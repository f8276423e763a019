package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// LatestTag is the movable tag of the deploy branch's latest image.
const LatestTag = "latest"

// branchPrefix begins the movable tags of branches.
const branchPrefix = "branch-"

// maxTag is how long a tag may be.
const maxTag = 128

// BranchTag is the movable tag of a branch. What a tag can't hold becomes a
// hyphen, and what is too long is cut; a hash of the name then tells it from
// others.
func BranchTag(branch string) string {
	tag := branchPrefix + strings.Map(func(r rune) rune {
		if r < 0x80 && isTagByte(byte(r)) {
			return r
		}
		return '-'
	}, branch)
	if tag == branchPrefix+branch && len(tag) <= maxTag {
		return tag
	}
	const enough = 8
	sum := sha256.Sum256([]byte(branch))
	suffix := "-" + hex.EncodeToString(sum[:])[:enough]
	return tag[:min(len(tag), maxTag-len(suffix))] + suffix
}

func isTagByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '.' || b == '-'
}

// Move is what became of the movable tags of an image.
type Move struct {
	// Tags were to name the image.
	Tags []string
	// Moved says that they were put, Left why they were not; neither where they
	// name the image already.
	Moved bool
	Left  string
}

// Judge says whether movable tags may go from the image of one origin, where
// they are, to a later one; empty is yes, anything else why not.
type Judge func(ctx context.Context, from string) (why string, err error)

// MoveTags puts movable tags on a published image. The last of them tells
// whether there is something to do, by one request: it is put last. Tags never
// go anywhere that the judge doesn't allow, and stay on what Gantline didn't
// make.
func MoveTags(ctx context.Context, remote *Remote, image Image, tags []string, judge Judge) (Move, error) {
	move, err := moveTags(ctx, remote, image, tags, judge)
	if err != nil {
		return Move{}, fmt.Errorf("moving tag %q: %w", tags[len(tags)-1], err)
	}
	return move, nil
}

func moveTags(ctx context.Context, remote *Remote, image Image, tags []string, judge Judge) (Move, error) {
	move := Move{Tags: tags}
	repo, err := remote.open(ctx, image.Repository)
	if err != nil {
		return move, err
	}
	now, err := repo.manifest(ctx, repo.Tag(tags[len(tags)-1]))
	if err != nil || now != nil && now.Digest.String() == image.Digest {
		return move, err
	}
	if now != nil {
		at, err := describe(Spec{}, now.Manifest, now.Digest)
		if err != nil {
			return move, err
		}
		if at.Format == 0 || at.Origin.Commit == "" {
			move.Left = "it names an image that gantline didn't make"
			return move, nil
		}
		if move.Left, err = judge(ctx, at.Origin.Commit); err != nil || move.Left != "" {
			return move, err
		}
	}
	found, err := repo.manifest(ctx, repo.Digest(image.Digest))
	if err != nil {
		return move, err
	}
	if found == nil {
		return move, fmt.Errorf("%s is gone from the registry", image.Ref())
	}
	for _, tag := range tags {
		if err := repo.put(ctx, tag, found); err != nil {
			return move, err
		}
	}
	move.Moved = true
	return move, nil
}
