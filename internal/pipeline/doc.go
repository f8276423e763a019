// Package pipeline takes one commit through the rooms of Gantline, in order:
// check, audit, files, build, render, diff, deploy. It is where the rooms meet:
// each hands a value to the next, and none knows the others.
//
// A newcomer starts at Load, which reads what a commit declares into a Project,
// and at Run, which takes it through the stages and keeps a Record of them. The
// verbs of the command line that do one stage call the same methods of Project
// that Run does: Audit, Context, Build, Render, Diff, Deploy.
package pipeline
