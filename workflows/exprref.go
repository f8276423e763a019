package workflows

import (
	"fmt"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// reference reads a dotted name and says what is wrong with its shape.
func (p *exprParser) reference() Ref {
	first := p.at
	if first.kind != tokenName {
		p.notAName(first)
		return Ref{}
	}
	ref := Ref{Pos: p.value.At(first.offset), Root: first.text}
	offsets := []int{first.offset}
	for p.advance(); p.err == nil && p.at.kind == "."; p.advance() {
		p.advance()
		if p.at.kind != tokenName {
			p.fail(p.at.offset, "expected a name after %q, found %s", ref.String()+".", p.at)
			return ref
		}
		ref.Path = append(ref.Path, p.at.text)
		offsets = append(offsets, p.at.offset)
	}
	p.shape(ref, offsets)
	return ref
}

func (p *exprParser) notAName(t token) {
	if t.kind == tokenClose {
		p.fail(t.offset, "expression is empty")
		p.hint("name a value, as in ${{ params.model }}")
		return
	}
	p.fail(t.offset, "expected a reference, found %s", t)
	p.hint("a reference starts with %s", strings.Join(Roots(), ", "))
}

// members are the names that may follow a root that has a fixed set of them.
func members(root string) []string {
	switch root {
	case RootRun:
		return []string{"id", "name", "started", "scheduled", "url", "verdict"}
	case RootFailure:
		return []string{"step", "reason", "exit_code"}
	}
	return nil
}

// shape checks what the grammar says of a reference; whether it names
// something is a matter of the checks. offsets are those of root and path.
func (p *exprParser) shape(ref Ref, offsets []int) {
	if p.err != nil {
		return
	}
	length, form := 0, ref.Root
	switch ref.Root {
	case RootParams:
		length, form = 1, "params.<parameter>"
	case RootSteps:
		p.stepShape(ref, offsets)
		return
	case RootItem:
		length, form = min(len(ref.Path), 1), "item or item.<key>"
	case RootRun, RootFailure:
		length, form = 1, ref.Root+".<"+strings.Join(members(ref.Root), "|")+">"
	case RootCommit, RootImage:
	default:
		p.unknownName(offsets[0], ref.Root, Roots())
		return
	}
	if len(ref.Path) != length {
		p.fail(offsets[0], "%q is not a reference; write %s", ref, form)
		return
	}
	if known := members(ref.Root); known != nil && !slices.Contains(known, ref.Path[0]) {
		p.unknownName(offsets[1], ref.Path[0], known)
	}
}

func (p *exprParser) stepShape(ref Ref, offsets []int) {
	kinds := []string{"outputs", "artifacts", "result"}
	switch {
	case len(ref.Path) >= 2 && !slices.Contains(kinds, ref.Path[1]):
		p.unknownName(offsets[2], ref.Path[1], kinds)
	case len(ref.Path) == 2 && ref.Path[1] == "result":
	case len(ref.Path) == 3 && ref.Path[1] != "result":
	default:
		p.fail(offsets[0], "%q is not a reference; write steps.<step>.outputs.<output> or steps.<step>.result", ref)
	}
}

func (p *exprParser) unknownName(offset int, name string, known []string) {
	p.fail(offset, "unknown name %q", name)
	p.signHint(name)
	p.hint("%s", suggestion(name, known))
}

// suggestion is the hint for a name that is not among the known ones.
func suggestion(name string, known []string) string {
	if near, ok := diag.Nearest(name, known); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(known) == 0 {
		return "there are none here"
	}
	return "known here: " + strings.Join(known, ", ")
}
