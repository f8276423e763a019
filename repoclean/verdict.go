package repoclean

import "gantline.dev/gantline/internal/gitrepo"

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
	// DataLayer: an image carries it in a layer of its own.
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
	case DataLayer:
		return "is in a data layer of its own"
	case TooLarge:
		return "is larger than context.max_file, and no rule names it"
	case WhiteoutName:
		return "has a name that means a deletion in an image layer (.wh.)"
	case NotUTF8:
		return "has a name that is not UTF-8"
	}
	return string(r)
}

// Refuses says whether a file of this reason keeps the image from being built.
func (r Reason) Refuses() bool { return r == TooLarge || r == WhiteoutName || r == NotUTF8 }

// Verdict is what becomes of one file.
type Verdict struct {
	// Path is from the root of the repository, with slashes.
	Path string `json:"path"`
	// Size is in bytes: of a pointer the pointer's, of a link its target's, of
	// a submodule -1.
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
	// LFSSize is the size in bytes of the content that a pointer stands for.
	LFSSize int64 `json:"lfsSize,omitempty"`
	// Target is where a link that leaves the repository points to.
	Target string `json:"target,omitempty"`
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
	// Refusals is the files that must be dealt with first; none means that the
	// image can be built.
	Refusals []Refusal `json:"refusals,omitempty"`
}

// Why finds the verdict about one path.
func (c Context) Why(path string) (Verdict, bool) {
	for _, v := range c.Files {
		if v.Path == path {
			return v, true
		}
	}
	return Verdict{}, false
}
