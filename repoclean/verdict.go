package repoclean

import (
	"slices"
	"strings"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean/reach"
)

// Reason is why a file is in the image or not.
type Reason string

// The reasons, each with what becomes of the file.
const (
	// Included: the file goes into the image as it is.
	Included Reason = "included"
	// LinkOutside: a symlink that goes in as it is but points out of the
	// repository, where an image has something else or nothing.
	LinkOutside Reason = "link-outside"
	// SubmoduleDirectory: a submodule becomes an empty directory, as after a
	// clone that doesn't follow submodules.
	SubmoduleDirectory Reason = "submodule"
	// ExcludedByPattern: a pattern of context.exclude leaves it out.
	ExcludedByPattern Reason = "pattern"
	// LFSPointer: the content is kept by Git LFS; the text that stands for it
	// would only confuse a program that opens it.
	LFSPointer Reason = "lfs-pointer"
	// LFSFetched: kept by Git LFS, and a pattern of context.lfs.fetch takes its
	// content into the image.
	LFSFetched Reason = "lfs-fetched"
	// LFSExtended: a pattern of context.lfs.fetch names it, but an extension of
	// Git LFS changed what is kept, so that only a program of the repository's
	// own could restore the file. Refused.
	LFSExtended Reason = "lfs-extended"
	// UnreachablePython: a Python file that nothing reaches, which
	// context.unreachable_python leaves out.
	UnreachablePython Reason = "unreachable-python"
	// DataLayer: images have it in a layer, or a volume, of its own, which Data
	// names.
	DataLayer Reason = "data-layer"
	// TooLarge: larger than context.max_file, and no rule names it. Refused.
	TooLarge Reason = "too-large"
	// WhiteoutName: a name beginning with .wh. means a deletion in an image
	// layer. Refused.
	WhiteoutName Reason = "whiteout-name"
	// NotUTF8: a name that isn't UTF-8 can't be written to an image layer that
	// every engine reads the same way. Refused.
	NotUTF8 Reason = "not-utf-8"
)

// Text says the reason in words.
func (r Reason) Text() string {
	switch r {
	case Included:
		return "goes into the image"
	case LinkOutside:
		return "goes into the image, but points out of the repository"
	case SubmoduleDirectory:
		return "is a submodule: an empty directory in the image"
	case ExcludedByPattern:
		return "is left out by a pattern"
	case LFSPointer:
		return "is kept by Git LFS and left out"
	case LFSFetched:
		return "goes into the image, with the content that Git LFS keeps"
	case LFSExtended:
		return "is kept by Git LFS through an extension, which Gantline can't undo"
	case UnreachablePython:
		return "is Python that nothing reaches, and is left out"
	case DataLayer:
		return "goes into the image as data, outside of the code"
	case TooLarge:
		return "is larger than context.max_file, and no rule names it"
	case WhiteoutName:
		return "has a name that means a deletion in an image layer (.wh.)"
	case NotUTF8:
		return "has a name that is not UTF-8"
	}
	return string(r)
}

// Includes says whether a file of this reason goes into the image.
func (r Reason) Includes() bool {
	return r == Included || r == LinkOutside || r == LFSFetched || r == DataLayer
}

// Refuses says whether a file of this reason keeps the image from being built.
func (r Reason) Refuses() bool {
	return r == TooLarge || r == WhiteoutName || r == NotUTF8 || r == LFSExtended
}

// Verdict is what becomes of one file.
type Verdict struct {
	// Path is from the root of the repository, with slashes.
	Path string `json:"path"`
	// Size is what git has, in bytes: of a pointer the pointer's, of a link its
	// target's, of a submodule -1.
	Size int64 `json:"size"`
	// Mode is git's.
	Mode gitrepo.Mode `json:"mode"`
	// Hash is the blob's.
	Hash string `json:"hash"`
	// Included says whether the file goes into the image.
	Included bool `json:"included"`
	// Reason says why, Rule which pattern or key decided, where one did.
	Reason Reason `json:"reason"`
	Rule   string `json:"rule,omitempty"`
	// Key is the key of gantline.yaml that the rule stands under, At its place as
	// file:line:column. Both are empty for a rule of Gantline's own.
	Key string `json:"key,omitempty"`
	At  string `json:"at,omitempty"`
	// Named says that the rule brings the file in by its own name, and not only
	// by that of a directory above it.
	Named bool `json:"named,omitempty"`
	// OID is the SHA-256 of the content that a pointer stands for, LFSSize its
	// size in bytes.
	OID     string `json:"oid,omitempty"`
	LFSSize int64  `json:"lfsSize,omitempty"`
	// Data is the images that have the file as data. Elsewhere is what becomes of
	// it in those that don't; empty where Data is.
	Data      []DataUse `json:"data,omitempty"`
	Elsewhere Reason    `json:"elsewhere,omitempty"`
	// Target is where a link that leaves the repository points to.
	Target string `json:"target,omitempty"`
	// Reach is who reaches the file, and Because the chain of reasons from a root
	// to it. Empty where nobody looked, and for a file of no Python that no
	// reached one names.
	Reach   reach.Class  `json:"reach,omitempty"`
	Because []reach.Step `json:"because,omitempty"`
}

// Bytes is what the file weighs where it is used: the content for one that is
// fetched from Git LFS, 0 where the size is unknown.
func (v Verdict) Bytes() int64 {
	if v.FromLFS() {
		return v.LFSSize
	}
	return max(v.Size, 0)
}

// FromLFS says that the file's content comes from Git LFS.
func (v Verdict) FromLFS() bool {
	return v.OID != "" && (v.Reason == LFSFetched || v.Reason == DataLayer)
}

// In is the verdict as it is in one image: data of others is what the context
// makes of it.
func (v Verdict) In(image string) Verdict {
	if v.Reason != DataLayer || slices.ContainsFunc(v.Data, func(use DataUse) bool { return use.Image == image }) {
		return v
	}
	v.Reason, v.Data = v.Elsewhere, nil
	v.Included = v.Reason.Includes()
	return v
}

// DataUse is how one image has a file as data.
type DataUse struct {
	Image string `json:"image"`
	// Name is what the image calls the data, Path what gantline.yaml says in its
	// place.
	Name string `json:"name"`
	Path string `json:"path"`
	// Volume says that the image's pods mount it, and that no layer has it.
	Volume bool `json:"volume,omitempty"`
}

// Unreached says that the file goes into the image though nothing reaches it,
// and though no pattern of the user's names it.
func (v Verdict) Unreached() bool {
	return v.Reason == Included && v.Reach == reach.Unreached && !v.Named
}

// Totals counts files and their bytes.
type Totals struct {
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Add counts one more file; a size below 0 is unknown and adds none.
func (t *Totals) Add(size int64) {
	t.Files++
	t.Bytes += max(size, 0)
}

// Refusal is a file that keeps the image from being built.
type Refusal struct {
	Path   string `json:"path"`
	Reason Reason `json:"reason"`
	// Message says what is wrong, Hint what the user can do.
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// Context is what of a commit reaches an image, and why each other file does
// not. The same tree and policy give the same value.
type Context struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Files holds every file of the commit, sorted by path.
	Files []Verdict `json:"files"`
	// Included is the sum of what goes into the image, Total of all files.
	Included Totals `json:"included"`
	Total    Totals `json:"total"`
	// Reasons is the sum for each reason that occurs.
	Reasons map[Reason]Totals `json:"reasons"`
	// Reach is the sum of Python files for each class, those that are left out
	// for it among them; nil where nobody looked.
	Reach map[reach.Class]Totals `json:"reach,omitempty"`
	// Clashes is paths of the image that are the same name to a system that
	// doesn't tell case or Unicode forms apart: there, a checkout has one of
	// them.
	Clashes [][]string `json:"clashes,omitempty"`
	// Refusals is the files that must be dealt with first; none means that the
	// image can be built.
	Refusals []Refusal `json:"refusals,omitempty"`
}

// Why finds the verdict about one path.
func (c Context) Why(path string) (Verdict, bool) {
	i, ok := slices.BinarySearchFunc(c.Files, path, func(v Verdict, path string) int { return strings.Compare(v.Path, path) })
	if !ok {
		return Verdict{}, false
	}
	return c.Files[i], true
}
