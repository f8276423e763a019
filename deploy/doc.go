// Package deploy brings rendered objects to where they take effect. In this
// version a target is a git branch of rendered manifests, which a GitOps
// controller or a person applies; clusters come later behind the same plan.
//
// A newcomer starts at PlanBranch: it compares the objects that a commit wants
// with what stands on the branch and gives a Plan, which is data: it can be
// shown, stored and compared. Apply carries a plan out, and refuses one whose
// branch has moved since (ErrStale). History reads back what was deployed when.
//
// The branch holds one file an object under a directory of the project's name,
// so several projects can share a branch, and each commit names the source
// commit in its trailers. Work tree and index are never touched: commits are
// made from git objects.
package deploy
