package repoclean

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean/reach"
)

// APIVersion is that of every document this package makes.
const APIVersion = "gantline.dev/v1"

// ContextKind is the kind of a Context.
const ContextKind = "ContextReport"

// Policy is what a project says about its images' content.
type Policy struct {
	// Exclude is context.exclude. A pattern with ! that brings a file back
	// names it, which lifts MaxFile.
	Exclude gitrepo.Patterns
	// MaxFile is context.max_file in bytes; 0 is no limit.
	MaxFile int64
	// Data is what images have in layers of their own. It names its files, which
	// lifts MaxFile, and goes above Exclude.
	Data []DataRule
	// Keep is paths that another rule names, which lifts MaxFile.
	Keep []string
	// Fetch is context.lfs.fetch: the files whose content is taken from Git LFS,
	// of whatever size. The zero value takes none.
	Fetch gitrepo.Patterns
	// Python is context.unreachable_python.
	Python Python
	// Runs is what says, from outside the image, what runs in it: flows and
	// gantline.yaml.
	Runs []reach.Text
}

// DataRule is files that one image has in layers, or a volume, of their own.
type DataRule struct {
	// Image is the image, Name what it calls the data, Path what stands for the
	// files in gantline.yaml.
	Image, Name, Path string
	// Files are the files themselves.
	Files gitrepo.Patterns
	// Volume says that they are an image of their own, and no layers.
	Volume bool
}

// Python is what becomes of Python files that nothing reaches.
type Python int

// The ways to treat them. To look takes reading the texts of the tree.
const (
	Unasked Python = iota // nobody looks
	Report                // their verdicts say so
	Drop                  // they stay out of the image
)

// Select decides about every file of a tree. The rules apply in this order:
// data layers, patterns, names that no image can hold, submodules, LFS pointers,
// size, and last, among what is left, whether anything reaches it.
func Select(tree Tree, policy Policy) Context {
	c := Context{
		APIVersion: APIVersion, Kind: ContextKind,
		Files: make([]Verdict, 0, len(tree.Entries)), Reasons: map[Reason]Totals{},
	}
	for _, e := range tree.Entries {
		c.Files = append(c.Files, tree.judge(e, policy))
	}
	if policy.Python != Unasked {
		c.Reach = tree.reach(c.Files, policy)
	}
	for i := range c.Files {
		v := &c.Files[i]
		v.Included = v.Reason.Includes()
		c.count(*v)
		if v.Reason.Refuses() {
			c.Refusals = append(c.Refusals, refusal(*v, policy))
		}
	}
	c.Clashes = clashes(c.Files)
	return c
}

// count adds a file to the sums.
func (c *Context) count(v Verdict) {
	c.Total.Add(v.Bytes())
	if v.Included {
		c.Included.Add(v.Bytes())
	}
	sum := c.Reasons[v.Reason]
	sum.Add(v.Bytes())
	c.Reasons[v.Reason] = sum
}

// judge finds the reason for one file. What is neither a link nor a submodule
// may be data of some images; in the others the context decides.
func (t Tree) judge(e gitrepo.Entry, policy Policy) Verdict {
	v := t.judgeCode(e, policy)
	uses := policy.usesOf(e)
	if len(uses) == 0 {
		return v
	}
	v.Elsewhere, v.Data = v.Reason, uses
	if v.Reason == TooLarge {
		v.Elsewhere = Included
	}
	v.Reason, v.Rule, v.Named = DataLayer, uses[0].Path, false
	pointer, isPointer := t.Pointers[e.Hash]
	if isPointer {
		v.OID, v.LFSSize = pointer.OID, pointer.Size
	}
	if bad := badName(e.Path); bad != "" {
		v.Reason = bad
	} else if pointer.Extended {
		v.Reason = LFSExtended
	}
	return v
}

// usesOf are the images that have a file as data, each once.
func (p Policy) usesOf(e gitrepo.Entry) []DataUse {
	var uses []DataUse
	if e.Mode != gitrepo.File && e.Mode != gitrepo.Executable {
		return nil
	}
	for _, d := range p.Data {
		known := slices.ContainsFunc(uses, func(use DataUse) bool { return use.Image == d.Image })
		if !known && d.Files.Excludes(e.Path) {
			uses = append(uses, DataUse{Image: d.Image, Name: d.Name, Path: d.Path, Volume: d.Volume})
		}
	}
	return uses
}

// IsData says whether a file is data of any image.
func (p Policy) IsData(e gitrepo.Entry) bool { return len(p.usesOf(e)) > 0 }

// DataOf says whether a file is data of an image.
func (p Policy) DataOf(image string, e gitrepo.Entry) bool {
	return slices.ContainsFunc(p.usesOf(e), func(use DataUse) bool { return use.Image == image })
}

// badName is the reason why no image can hold a file of the name; empty for
// most.
func badName(file string) Reason {
	switch {
	case !utf8.ValidString(file):
		return NotUTF8
	case whiteout(file):
		return WhiteoutName
	}
	return ""
}

func (t Tree) judgeCode(e gitrepo.Entry, policy Policy) Verdict {
	v := Verdict{Path: e.Path, Size: e.Size, Mode: e.Mode, Hash: e.Hash, Reason: Included}
	match, matched := policy.Exclude.Match(e.Path)
	if matched && match.Excluded {
		// What is left out needn't have a name that an image can hold.
		v.Reason, v.Rule = ExcludedByPattern, match.Pattern
		return v
	}
	_, kept := below(e.Path, policy.Keep)
	pointer, isPointer := t.Pointers[e.Hash]
	switch {
	case badName(e.Path) != "":
		v.Reason = badName(e.Path)
	case e.Mode == gitrepo.Submodule:
		v.Reason = SubmoduleDirectory
	case isPointer && e.Mode != gitrepo.Symlink:
		v.OID, v.LFSSize = pointer.OID, pointer.Size
		v.Reason, v.Rule = fetched(e.Path, pointer, policy.Fetch)
	case e.Mode == gitrepo.Symlink && leaves(e.Path, t.Links[e.Hash]):
		v.Reason, v.Target = LinkOutside, t.Links[e.Hash]
	case policy.MaxFile > 0 && e.Size > policy.MaxFile && !matched && !kept:
		v.Reason = TooLarge
	case matched:
		v.Rule, v.Named = match.Pattern, match.Itself
	}
	return v
}

// fetched says what becomes of an LFS pointer, by which pattern.
func fetched(file string, pointer gitrepo.Pointer, fetch gitrepo.Patterns) (reason Reason, rule string) {
	match, _ := fetch.Match(file)
	switch {
	case !match.Excluded: // none matches, or the last that does begins with !
		return LFSPointer, ""
	case pointer.Extended:
		return LFSExtended, match.Pattern
	}
	return LFSFetched, match.Pattern
}

// below finds the first of the paths that is the file or a directory above it.
func below(file string, paths []string) (string, bool) {
	for _, p := range paths {
		clean := strings.TrimSuffix(p, "/")
		if file == clean || strings.HasPrefix(file, clean+"/") {
			return p, true
		}
	}
	return "", false
}

// whiteout says whether any name of the path means a deletion.
func whiteout(file string) bool {
	return slices.ContainsFunc(strings.Split(file, "/"), func(name string) bool {
		return strings.HasPrefix(name, ".wh.")
	})
}

// leaves says whether a link's target is out of the tree that the link is in.
func leaves(link, target string) bool {
	if path.IsAbs(target) {
		return true
	}
	at := path.Join(path.Dir(link), target)
	return at == ".." || strings.HasPrefix(at, "../")
}

// refusal words what must be done about a file.
func refusal(v Verdict, policy Policy) Refusal {
	r := Refusal{Path: v.Path, Reason: v.Reason}
	switch v.Reason {
	case TooLarge:
		exact := gitrepo.LiteralPattern(v.Path)
		r.Message = fmt.Sprintf("%q has %s, more than context.max_file (%s)", v.Path, diag.Size(v.Size), diag.Size(policy.MaxFile))
		r.Hint = fmt.Sprintf("leave it out with the pattern %q in context.exclude, bring it in with %q, or raise context.max_file", exact, "!"+exact)
	case LFSExtended:
		r.Message = fmt.Sprintf("%q %s", v.Path, v.Reason.Text())
		r.Hint = fmt.Sprintf("take it out of context.lfs.fetch (%q matches it)", v.Rule)
		if len(v.Data) > 0 {
			r.Hint = fmt.Sprintf("take it out of images.%s.data (%q matches it)", v.Data[0].Image, v.Rule)
		}
	default:
		r.Message = fmt.Sprintf("%q %s", v.Path, v.Reason.Text())
		r.Hint = "rename it, or leave it out with a pattern in context.exclude"
	}
	return r
}
