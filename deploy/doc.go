// Package deploy brings rendered objects to where they take effect: a git
// branch of rendered manifests (deploy/gitbranch), or a namespace of a cluster
// (deploy/kubecluster). This package holds what the two share.
//
// A newcomer starts at Target and Plan. A target compares the objects that a
// commit wants with what it has, and gives a Plan, which is data: it can be
// shown, stored and compared. The guards (CheckSource, CheckOrder,
// CheckDeletions) look at it. The target then carries it out, and refuses one
// that was made from an older state than there is now (ErrStale).
//
// Objects name no commit and no target. What was deployed when is kept by the
// target: a branch's commits, or the inventory in the namespace.
package deploy
