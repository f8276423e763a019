// Package report writes what Gantline found or did, for people and for
// programs: on a terminal, as Markdown for a pull request, as JSON, and as one
// HTML file that needs nothing else.
//
// A report is a value first (objdiff.Changes, diag.Problem, repoclean.Report,
// a Run); this package holds only writers over it. Each writer takes an
// io.Writer and the value, decides nothing about the domain, reads no clock
// and no environment, and gives the same bytes for the same value.
//
// A newcomer starts at the file of a value and looks for its writers:
//
//	problems.go, sarif.go   ProblemsText, ProblemsJSON, ProblemsGitHub, ProblemsSARIF
//	diff*.go                DiffText, DiffMarkdown, DiffJSON, DiffHTML
//	run.go                  RunHTML, the page of one run of the pipeline
//	graph.go, layout.go     Graph, and how it becomes a drawing
//	page.go                 the shell that all HTML pages share
//
// # Hostile text
//
// File names, commit subjects and field values come from repositories. On a
// terminal they pass through streams.Safe, in HTML through html/template, in
// Markdown through code spans that they can't close.
package report
