package workflows

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// mark gives children of a node the places that the node alone knows.
func (w *placeWalker) mark(n syntax.Node) {
	switch n := n.(type) {
	case *syntax.Stmt:
		w.markRedirects(n)
	case *syntax.CallExpr:
		w.markCall(n)
	case *syntax.ParamExp:
		w.markExpansion(n)
	case *syntax.CStyleLoop:
		w.markArithmetic(n.Init, n.Cond, n.Post)
	case *syntax.Assign:
		w.markArithmetic(n.Index)
		if n.Name != nil {
			w.marks[n.Name] = inName
		}
	case *syntax.ArrayElem:
		w.markArithmetic(n.Index)
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

// markArithmetic marks the nodes that are there; an absent one is a nil
// interface.
func (w *placeWalker) markArithmetic(nodes ...syntax.ArithmExpr) {
	for _, n := range nodes {
		if n != nil {
			w.marks[n] = inArithmetic
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
	w.markArithmetic(n.Index)
	if n.Param != nil {
		w.marks[n.Param] = inName
	}
	if n.Slice != nil {
		w.markArithmetic(n.Slice.Offset, n.Slice.Length)
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
		case runsInput(n.Cmd):
			w.marks[redirect.Hdoc] = inCodeInput
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

// runsInput says whether a command may read its input as code: an interpreter
// without a script of its own.
func runsInput(command syntax.Command) bool {
	call, ok := command.(*syntax.CallExpr)
	if !ok || len(call.Args) == 0 || !isInterpreter(call.Args[0].Lit()) {
		return false
	}
	name := call.Args[0].Lit()
	return isShell(name) || !slices.ContainsFunc(call.Args[1:], func(arg *syntax.Word) bool {
		return isCodeOption(name, arg.Lit()) || !strings.HasPrefix(arg.Lit(), "-")
	})
}

func isShell(command string) bool {
	return slices.Contains([]string{"sh", "bash", "dash", "ash", "zsh", "ksh"}, path.Base(command))
}

// isInterpreter says whether a command runs code that it is given with -c or
// -e, or on its input.
func isInterpreter(command string) bool {
	name := strings.TrimRight(path.Base(command), "0123456789.")
	return isShell(command) || slices.Contains([]string{"python", "perl", "ruby", "node", "php", "lua", "julia", "Rscript"}, name)
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
	words := make([]string, 0, len(n.Args))
	for _, arg := range n.Args {
		words = append(words, arg.Lit())
	}
	for i := range codeWords(words) {
		w.marks[n.Args[i]] = inCode
	}
	for _, i := range remoteWords(words) {
		w.marks[n.Args[i]] = inRemoteCommand
	}
	for i := 1; i < len(words); i++ {
		switch before := words[i-1]; {
		case before == "-v" && slices.Contains([]string{"printf", "test", "["}, command):
			w.marks[n.Args[i]] = inName
		case before == "-c" && command == "su":
			w.marks[n.Args[i]] = inCode
		}
	}
}

func isNumberTest(word *syntax.Word) bool {
	return slices.Contains([]string{"-eq", "-ne", "-lt", "-le", "-gt", "-ge"}, word.Lit())
}

// isCodeOption says whether the argument after an option is code: -c, -ec, -e.
func isCodeOption(command, option string) bool {
	short := strings.HasPrefix(option, "-") && !strings.HasPrefix(option, "--")
	return short && (strings.HasSuffix(option, "c") || !isShell(command) && (strings.HasSuffix(option, "e") || option == "-r" || option == "-E"))
}

func (w *placeWalker) markWords(at place, words []*syntax.Word) {
	for _, word := range words {
		w.marks[word] = at
	}
}
