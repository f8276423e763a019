package workflows

import (
	"mvdan.cc/sh/v3/syntax"
)

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
	w.mark(n)
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
