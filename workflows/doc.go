// Package workflows is Gantline's flow language: the model of a flow, its
// parser with positions, the checks that find mistakes before a merge, and the
// JSON schema.
//
// A newcomer starts at Parse, which turns the text of one file into a Flow and
// every problem of the file. Check then runs the rules, a rule a file, that
// need more than the file: names, cycles, references, types, cron syntax,
// length limits. A Flow is a plain value; render turns it into Argo objects.
//
// Every scalar of the model is a diag.Value, so every problem has a position;
// an expression inside a string has its own (diag.Value.At).
package workflows
