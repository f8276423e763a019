// Package pipeline takes one commit through the rooms of Gantline, in order:
// check, audit, files, build, render, diff, deploy. It is where the rooms meet:
// each hands a value to the next, and none knows the others.
//
// A newcomer starts at Load, which reads what a commit declares into a Project,
// and at Run, which takes it through the stages and keeps a Record of them. The
// verbs of the command line that do one stage call what Run calls: Check,
// Context, BuildJob.Run, Render and its kin, LoadSide and Compare, Deploy.
//
// Three things are worth knowing before changing anything here:
//
//   - Which commit an image belongs to is decided by Origins alone. When in
//     doubt it says that a commit has an image of its own.
//   - What a user can mend is a typed error: InvalidError (what the repository
//     declares), RefusedError (a guard), UnknownNameError, NotBuiltError,
//     NoConfigError. internal/cli makes exit codes of them.
//   - A record has one writer at a time (lockDir), and is whole at every moment:
//     files are written beside their place and renamed.
package pipeline
