// Package audit measures what commits weigh: where in the tree and history the
// bytes are, who brought them and when, what Git LFS keeps, and what a range of
// commits adds. It reads git's streams once and attributes each object to the
// change that introduced it.
//
//	report, err := audit.Run(ctx, repo, audit.Request{Rev: "HEAD"})
//	report = report.Judged(budgets)
//
// A newcomer starts at Report, whose fields say what an audit finds, and then
// reads Run and survey, which fill it in.
package audit
