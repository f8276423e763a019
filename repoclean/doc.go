// Package repoclean keeps dead weight out of images: it decides which files of
// a commit reach an image, says of each other one why it does not, and judges
// sizes by budgets.
//
// Measuring, judging and acting are three functions, and what passes between
// them is a value that can be printed, stored or compared:
//
//	tree, err := repoclean.ReadTree(ctx, repo, commit.Hash, policy)        // measure
//	files := repoclean.Select(tree, policy)                                // judge
//	err = repoclean.WriteTar(ctx, w, files.Files, blobs, contents)         // act
//
// A newcomer starts at Select, whose rules are the short list in verdict.go.
// Its two rooms are repoclean/reach, which finds the Python that nothing
// reaches, and repoclean/audit, which measures what a history weighs.
package repoclean
