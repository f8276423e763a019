// Package workflows is Gantline's flow language: the model of a flow, its
// parser with positions, the checks that find mistakes before a merge, and the
// JSON schema.
//
// A newcomer starts at Parse, which turns the text of one file into a Flow and
// every problem that the file alone shows. Check then runs the rules, a rule a
// file (rule_*.go), that look at names, order, references, types and limits;
// CheckAll looks at all flows of a repository together. A Flow is a plain
// value; render turns it into Argo objects. Schema and Reference are made from
// the same types, so that editors and readers see what the parser does.
//
// Every scalar of the model is a diag.Value, so every problem has a position;
// an expression inside a string has its own (diag.Value.At).
//
// # Expressions
//
// One parser reads the expressions of all places: ParseText those inside a
// string, ParseCondition those of an if, and RewriteScript those of a shell
// script, where each becomes a reference to an environment variable, quoted as
// its place needs. Sites lists the strings of a step that hold expressions.
// The grammar:
//
//	text       = { character | "${{" reference "}}" } .
//	condition  = or .
//	or         = and { "||" and } .
//	and        = not { "&&" not } .
//	not        = "!" not | comparison .
//	comparison = operand [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) operand ] .
//	operand    = reference | literal | "(" or ")" | "${{" or "}}" .
//	reference  = "params" "." name
//	           | "steps" "." name "." ( "outputs" | "artifacts" ) "." name
//	           | "steps" "." name "." "result"
//	           | "item" [ "." name ]
//	           | "run" "." ( "id" | "name" | "started" | "scheduled" | "url" | "verdict" )
//	           | "commit"
//	           | "image"
//	           | "failure" "." ( "step" | "reason" | "exit_code" ) .
//	literal    = string | number | "true" | "false" .
//	string     = '"' { character | "\" character } '"' | "'" { character } "'" .
//	number     = [ "-" ] digits [ "." digits ] [ ( "e" | "E" ) [ "+" | "-" ] digits ] .
//	name       = letter { letter | digit | "_" | "-" } .
package workflows
