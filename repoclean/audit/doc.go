// Package audit measures what commits weigh: where in the tree and history the
// bytes are, who brought them and when, what Git LFS keeps, and what a range of
// commits adds.
//
//	report, err := audit.Run(ctx, repo, audit.Request{Rev: "HEAD"})
//	report = report.Judged(budgets)
//
// A newcomer starts at Report, whose fields say what an audit finds, and then
// reads Run and survey, which fill it in. Three of git's streams are joined in
// one table of objects: their sizes (listing.go), history with the paths that
// each commit changed (attribute.go, meet.go), and the blobs that are small
// enough to be LFS pointers (pointers.go). Each object counts once, for the
// change that introduced it. No tree is read: what git-sizer measures of trees
// and checkouts follows from the changes against the first parent, by adding
// up (dirs.go, maxima.go). A range (range.go) walks its own commits alone.
//
// From the table on, each part of the report is a sum over its objects, in a
// file of its own. What could not be read is collected (damage.go) and told
// beside what could.
package audit
