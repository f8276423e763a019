// Package repoclean keeps dead weight out of images and in sight: it decides
// which files of a commit reach an image, and measures what a repository's
// history weighs and who brought it.
//
// Measuring, judging and acting are three functions each time, and what passes
// between them is a value that can be printed, stored or compared:
//
//	tree, err := repoclean.ReadTree(ctx, repo, commit.Hash, policy)  // measure
//	files := repoclean.Select(tree, policy)                              // judge
//	err = repoclean.WriteTar(ctx, w, files.Files, blobs)             // act
//
//	report, err := repoclean.Audit(ctx, repo, repoclean.Request{Rev: "HEAD"})
//	breaches := repoclean.Judge(report, budgets)
//
// A newcomer starts at Select, whose rules are the short list in verdict.go,
// or at Report, whose fields say what an audit finds.
package repoclean
