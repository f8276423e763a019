package repoclean

import (
	"fmt"
	"path"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean/reach"
)

// unreachableRule is the key of gantline.yaml that leaves unreachable Python
// out.
const unreachableRule = "context.unreachable_python"

// reach finds who reaches the files that would go into the image, writes it
// into their verdicts, and gives the sum of Python files for each class.
func (t Tree) reach(files []Verdict, policy Policy) map[reach.Class]Totals {
	result := reach.Trace(t.reachInput(files, policy))
	sums := map[reach.Class]Totals{}
	for i := range files {
		v := &files[i]
		found, ok := result.Files[v.Path]
		if !ok {
			continue
		}
		v.Reach, v.Because = found.Class, found.Chain
		if path.Ext(v.Path) != ".py" || !v.Reason.Includes() {
			continue
		}
		sum := sums[v.Reach]
		sum.Add(v.Bytes())
		sums[v.Reach] = sum
		if policy.Python == Drop && v.Elsewhere == Included && v.Reach == reach.Unreached {
			v.Elsewhere = UnreachablePython
		}
		if policy.Python == Drop && v.Unreached() {
			v.Reason, v.Rule = UnreachablePython, unreachableRule
		}
	}
	return sums
}

// reachInput is what reach decides from: the files of the image, and those
// outside it that say what runs there. Pointers that stay out are named too,
// so that one which the code asks for can be told.
func (t Tree) reachInput(files []Verdict, policy Policy) reach.Input {
	in := reach.Input{Links: map[string]string{}, Texts: map[string][]byte{}, Outside: policy.Runs, Named: map[string]reach.Step{}}
	for _, v := range files {
		if !v.Reason.Includes() && v.Reason != LFSPointer {
			continue
		}
		in.Paths = append(in.Paths, v.Path)
		if v.Named && path.Ext(v.Path) == ".py" {
			in.Named[v.Path] = reach.Step{How: fmt.Sprintf("the pattern %q in context.exclude names %s", v.Rule, v.Path)}
		}
		if v.Mode == gitrepo.Symlink {
			in.Links[v.Path] = t.Links[v.Hash]
		}
		if text, ok := t.Texts[v.Hash]; ok && v.OID == "" && v.Mode != gitrepo.Symlink {
			in.Texts[v.Path] = text
		}
	}
	return in
}

// texts are the blobs that reach wants to read.
func (t *Tree) texts() map[string]bool {
	wanted := map[string]bool{}
	for _, e := range t.Entries {
		if (e.Mode == gitrepo.File || e.Mode == gitrepo.Executable) && reach.Wants(e.Path, e.Size, e.Mode == gitrepo.Executable) {
			wanted[e.Hash] = true
		}
	}
	return wanted
}
