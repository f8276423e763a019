// Package report writes what Gantline found or did, for people and for
// programs: on a terminal, as Markdown for a pull request, as JSON, and as one
// HTML file that needs nothing else.
//
// A report is a value first (objdiff.Changes, diag.Problem, audit.Report,
// a Run); this package holds only writers over it. Each writer takes an
// io.Writer and the value, decides nothing about the domain, reads no clock
// and no environment, and gives the same bytes for the same value.
//
// A newcomer starts at the file of a value and looks for its writers:
//
//	problems.go, sarif.go    ProblemsText, ProblemsJSON, ProblemsGitHub, ProblemsSARIF
//	files*.go                FilesText, FilesMarkdown, FilesJSON, FileWhyText
//	audit*.go                AuditText, AuditMarkdown, AuditJSON, AuditSchema, AuditHTML
//	audittables.go           an audit's lists as tables, which texttable.go, auditmarkdown.go
//	                         and tableview.go write
//	treemap.go, growthchart.go
//	                         what an audit's page draws; squarify.go divides rectangles
//	diff*.go                 DiffText, DiffMarkdown, DiffJSON, DiffHTML
//	image*.go                ImagesText, ImagesJSON, ImagesHTML; imagestack.go draws layers
//	run.go, runbody.go       RunHTML, the page of one run of the pipeline
//	recordview.go            RunOf and DiffOf: pipeline's values as this package takes them
//	graph.go, layout.go      Graph, and how svg.go draws it
//	page.go                  the shell that all HTML pages share
//
// To look at the pages, run the tests with -out and a folder.
//
// # Hostile text
//
// File names, commit subjects and field values come from repositories. On a
// terminal they pass through streams.Safe, in HTML through html/template, in
// Markdown through code spans that they can't close.
package report
