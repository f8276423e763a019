package workflows

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// place is how a shell reads the place where an expression stands.
type place int

// An expression can stand in the first four.
const (
	bare         place = iota // becomes "${G}"
	doubleQuotes              // becomes ${G}
	heredoc                   // becomes ${G}
	pattern                   // becomes "${G}", in double quotes or not
	inSingleQuotes
	inQuotedHeredoc
	inComment
	inArithmetic
	inBackquotes
	inName
	inCode
	inShellInput
	inHeredocPattern
	inExtendedPattern
	afterBackslash
)

func (p place) refused() bool { return p > pattern }

// refusal says why no expression can stand there and what to write instead;
// EXPR is the expression.
func (p place) refusal() (problem, hint string) {
	switch p {
	case inSingleQuotes:
		return "an expression inside single quotes, where a shell expands nothing",
			"use double quotes, or end the quotes before it: '…'EXPR'…'"
	case inQuotedHeredoc:
		return "an expression inside a quoted here-document, where a shell expands nothing",
			"take the quotes off the delimiter, or pass the value through `env`"
	case inComment:
		return "an expression inside a comment", "take it out"
	case inArithmetic:
		return "an expression inside arithmetic, where a shell would evaluate its value as code",
			"make it a number on a line before, n=$(printf %d EXPR), and write n here"
	case inBackquotes:
		return "an expression inside backquotes, whose quoting shells disagree about", "write $(…) instead of `…`"
	case inName:
		return "an expression where a shell wants a name", "write the name out; an expression can only be a value"
	case inCode:
		return "an expression inside code for another shell, where its value would run",
			"pass it as an argument: bash -c 'use \"$1\"' _ EXPR"
	case inShellInput:
		return "an expression inside a here-document that a shell runs",
			"quote the delimiter, and pass the value through `env`"
	case inHeredocPattern:
		return "an expression inside a pattern of a here-document", "assign it to a variable before: value=EXPR"
	case inExtendedPattern:
		return "an expression inside an extended pattern",
			"assign it to a variable before, value=EXPR, and write \"$value\" here"
	case afterBackslash:
		return "a backslash right before an expression", "take it out; a value is never split or expanded"
	}
	return "", ""
}

// findPlaces says where each expression of a script stands. An expression that
// the shell's syntax tree shows nowhere is taken for one in a name.
func findPlaces(file *syntax.File, s *shellScript) []place {
	places := make([]place, len(s.spans))
	for i := range places {
		places[i] = inName
	}
	w := &placeWalker{marks: map[syntax.Node]place{}}
	w.literal = func(at place, text string) {
		for _, i := range s.indices(text) {
			if i < len(places) {
				places[i] = at
			}
		}
	}
	w.walk(file)
	return places
}

// quotedExpansions is the byte offsets of the plain ${…} that no shell splits.
func quotedExpansions(file *syntax.File) map[int]bool {
	found := map[int]bool{}
	w := &placeWalker{marks: map[syntax.Node]place{}, literal: func(place, string) {}}
	w.expansion = func(at place, parent syntax.Node, e *syntax.ParamExp) {
		_, quotes := parent.(*syntax.DblQuoted)
		plain := !e.Short && !e.Excl && !e.Length && e.Index == nil && e.Slice == nil && e.Repl == nil && e.Exp == nil && e.Names == 0
		safe := !at.refused() && (quotes || at == doubleQuotes || at == heredoc)
		if plain && safe && e.Dollar.IsValid() {
			found[int(e.Dollar.Offset())] = true
		}
	}
	w.walk(file)
	return found
}

// placeWalker walks a script's syntax tree and knows the place of each node.
type placeWalker struct {
	// marks are places that a parent gives to its children.
	marks     map[syntax.Node]place
	literal   func(at place, text string)
	expansion func(at place, parent syntax.Node, e *syntax.ParamExp)
	stack     []place
	nodes     []syntax.Node
}

func (w *placeWalker) walk(file *syntax.File) {
	syntax.Walk(file, func(n syntax.Node) bool {
		if n == nil {
			w.stack, w.nodes = w.stack[:len(w.stack)-1], w.nodes[:len(w.nodes)-1]
			return true
		}
		at := w.enter(n)
		var parent syntax.Node
		if len(w.nodes) > 0 {
			parent = w.nodes[len(w.nodes)-1]
		}
		w.stack, w.nodes = append(w.stack, at), append(w.nodes, n)
		switch n := n.(type) {
		case *syntax.Lit:
			w.literal(at, n.Value)
		case *syntax.SglQuoted:
			w.literal(inSingleQuotes, n.Value)
		case *syntax.Comment:
			w.literal(inComment, n.Text)
		case *syntax.ExtGlob:
			w.marks[n.Pattern] = inExtendedPattern
		case *syntax.ParamExp:
			if w.expansion != nil {
				w.expansion(at, parent, n)
			}
		}
		return true
	})
}

// enter is the place of a node, from its parent's and its own kind.
func (w *placeWalker) enter(n syntax.Node) place {
	var at place
	if len(w.stack) > 0 {
		at = w.stack[len(w.stack)-1]
	}
	if mark, ok := w.marks[n]; ok {
		at = nest(at, mark)
	}
	switch n := n.(type) {
	case *syntax.CmdSubst:
		if n.Backquotes {
			at = inBackquotes
		} else if at != inBackquotes {
			at = bare
		}
	case *syntax.ProcSubst:
		at = bare
	case *syntax.ArithmExp, *syntax.ArithmCmd, *syntax.LetClause:
		at = inArithmetic
	case *syntax.DblQuoted:
		if !at.refused() && at != heredoc {
			at = doubleQuotes
		}
	}
	w.mark(n, at)
	return at
}

// nest is the place of a marked node inside an outer place.
func nest(outer, mark place) place {
	switch {
	case outer == inBackquotes:
		return outer
	case mark == pattern && outer == heredoc:
		return inHeredocPattern
	case mark == pattern && outer.refused():
		return outer
	}
	return mark
}

// mark gives children of a node the places that the node alone knows.
func (w *placeWalker) mark(n syntax.Node, at place) {
	switch n := n.(type) {
	case *syntax.Stmt:
		w.markRedirects(n)
	case *syntax.CallExpr:
		w.markCall(n)
	case *syntax.ParamExp:
		w.markExpansion(n)
	case *syntax.CStyleLoop:
		w.set(inArithmetic, n.Init, n.Cond, n.Post)
	case *syntax.Assign:
		w.set(inArithmetic, n.Index)
		if n.Name != nil {
			w.marks[n.Name] = inName
		}
	case *syntax.ArrayElem:
		w.set(inArithmetic, n.Index)
	case *syntax.WordIter:
		w.marks[n.Name] = inName
	case *syntax.FuncDecl:
		w.markFunction(n)
	case *syntax.CoprocClause:
		if n.Name != nil {
			w.marks[n.Name] = inName
		}
	case *syntax.DeclClause:
		w.markDeclaration(n)
	case *syntax.BinaryTest:
		if slices.Contains([]syntax.BinTestOperator{syntax.TsEql, syntax.TsNeq, syntax.TsLeq, syntax.TsGeq, syntax.TsLss, syntax.TsGtr}, n.Op) {
			w.marks[n.X], w.marks[n.Y] = inArithmetic, inArithmetic
		}
	case *syntax.UnaryTest:
		if n.Op == syntax.TsVarSet || n.Op == syntax.TsRefVar {
			w.marks[n.X] = inName
		}
	}
}

// set marks the nodes that are there; an absent one is a nil interface.
func (w *placeWalker) set(at place, nodes ...syntax.ArithmExpr) {
	for _, n := range nodes {
		if n != nil {
			w.marks[n] = at
		}
	}
}

func (w *placeWalker) markFunction(n *syntax.FuncDecl) {
	if n.Name != nil {
		w.marks[n.Name] = inName
	}
	for _, lit := range n.Names {
		w.marks[lit] = inName
	}
}

func (w *placeWalker) markExpansion(n *syntax.ParamExp) {
	w.set(inArithmetic, n.Index)
	if n.Param != nil {
		w.marks[n.Param] = inName
	}
	if n.Slice != nil {
		w.set(inArithmetic, n.Slice.Offset, n.Slice.Length)
	}
	var patterns []*syntax.Word
	if n.Repl != nil {
		patterns = append(patterns, n.Repl.Orig, n.Repl.With)
	}
	if n.Exp != nil && !isDefault(n.Exp.Op) {
		patterns = append(patterns, n.Exp.Word)
	}
	for _, word := range patterns {
		if word != nil {
			w.marks[word] = pattern
		}
	}
}

// isDefault says whether the word of an expansion is a value rather than a
// pattern: ${X:-word} and its relatives.
func isDefault(op syntax.ParExpOperator) bool {
	return slices.Contains([]syntax.ParExpOperator{
		syntax.AlternateUnset, syntax.AlternateUnsetOrNull, syntax.DefaultUnset, syntax.DefaultUnsetOrNull,
		syntax.ErrorUnset, syntax.ErrorUnsetOrNull, syntax.AssignUnset, syntax.AssignUnsetOrNull,
	}, op)
}

// markDeclaration: declare NAME evaluates a name's subscript, and -i and -n
// give values a second reading.
func (w *placeWalker) markDeclaration(n *syntax.DeclClause) {
	reread := false
	for _, arg := range n.Args {
		if arg.Naked && arg.Value != nil {
			w.marks[arg.Value] = inName
			option := arg.Value.Lit()
			reread = reread || strings.HasPrefix(option, "-") && strings.ContainsAny(option, "in")
		}
	}
	for _, arg := range n.Args {
		if reread && arg.Value != nil && !arg.Naked {
			w.marks[arg.Value] = inArithmetic
		}
	}
}

func (w *placeWalker) markRedirects(n *syntax.Stmt) {
	for _, redirect := range n.Redirs {
		if redirect.N != nil {
			w.marks[redirect.N] = inName
		}
		if redirect.Hdoc == nil {
			continue
		}
		w.marks[redirect.Word] = inName
		switch {
		case isQuoted(redirect.Word):
			w.marks[redirect.Hdoc] = inQuotedHeredoc
		case runsShell(n.Cmd):
			w.marks[redirect.Hdoc] = inShellInput
		default:
			w.marks[redirect.Hdoc] = heredoc
		}
	}
}

// isQuoted says whether any part of a here-document's delimiter is quoted.
func isQuoted(delimiter *syntax.Word) bool {
	for _, part := range delimiter.Parts {
		lit, plain := part.(*syntax.Lit)
		if !plain || strings.Contains(lit.Value, `\`) {
			return true
		}
	}
	return false
}

func runsShell(command syntax.Command) bool {
	call, ok := command.(*syntax.CallExpr)
	return ok && len(call.Args) > 0 && isShell(call.Args[0].Lit())
}

func isShell(command string) bool {
	return slices.Contains([]string{"sh", "bash", "dash", "ash", "zsh", "ksh"}, path.Base(command))
}

// markCall marks arguments that a command reads as code or as names.
func (w *placeWalker) markCall(n *syntax.CallExpr) {
	if len(n.Args) == 0 {
		return
	}
	command, args := n.Args[0].Lit(), n.Args[1:]
	switch {
	case command == "eval":
		w.markWords(inCode, args)
	case command == "trap" && len(args) > 0:
		w.marks[args[0]] = inCode
	case slices.Contains([]string{"unset", "read", "mapfile", "readarray", "getopts"}, command):
		w.markWords(inName, args)
	case command == "let", command == "[[" && slices.ContainsFunc(args, isNumberTest):
		// In the POSIX dialect these are plain commands; a bash called sh still
		// evaluates their arguments.
		w.markWords(inArithmetic, args)
	}
	for i, arg := range args[:max(len(args)-1, 0)] {
		option := arg.Lit()
		switch {
		case command == "printf" && option == "-v", command == "test" && option == "-v", command == "[" && option == "-v":
			w.marks[args[i+1]] = inName
		case i > 0 && isShell(args[i-1].Lit()) && isCodeOption(option), isShell(command) && isCodeOption(option):
			w.marks[args[i+1]] = inCode
		}
	}
}

func isNumberTest(word *syntax.Word) bool {
	return slices.Contains([]string{"-eq", "-ne", "-lt", "-le", "-gt", "-ge"}, word.Lit())
}

// isCodeOption says whether the argument after an option is code: -c, -ec.
func isCodeOption(option string) bool {
	return strings.HasPrefix(option, "-") && !strings.HasPrefix(option, "--") && strings.HasSuffix(option, "c")
}

func (w *placeWalker) markWords(at place, words []*syntax.Word) {
	for _, word := range words {
		w.marks[word] = at
	}
}
