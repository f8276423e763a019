package repoclean

import "time"

// ReportKind is the kind of a Report.
const ReportKind = "AuditReport"

// Report is what a repository weighs, where, and who brought it. All sizes are
// in bytes. Each object counts once, for the commit and path that brought it
// first; packed sizes are what the store takes on disk now, which a repack
// changes.
type Report struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Revision is what was asked for, Commit the commit it stands for.
	Revision string `json:"revision"`
	Commit   string `json:"commit"`
	// Shallow says that this clone lacks the older history; Partial that it
	// lacks objects, whose sizes are unknown and left out.
	Shallow bool `json:"shallow"`
	Partial bool `json:"partial"`
	// History is everything reachable from the commit, Tree the commit's files.
	History History `json:"history"`
	Tree    Totals  `json:"tree"`
	// Paths, Directories, Extensions and Kinds are the heaviest first, by
	// packed size in history. A directory includes those below it.
	Paths       []Weight `json:"paths"`
	Directories []Weight `json:"directories"`
	Extensions  []Weight `json:"extensions"`
	Kinds       []Weight `json:"kinds"`
	// Largest is the largest blobs of history, by size.
	Largest []Blob `json:"largest"`
	// LargestInTree is the largest files of the commit.
	LargestInTree []Blob `json:"largestInTree"`
	LFS           LFS    `json:"lfs"`
	// Growth is what a range adds to history; nil where none was asked for.
	Growth *Growth `json:"growth,omitempty"`
}

// History is the sum of a commit's history.
type History struct {
	Commits int `json:"commits"`
	// First and Last are the dates of the oldest and newest commit.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// Blobs, Trees and CommitObjects are the objects of each type.
	Blobs         Objects `json:"blobs"`
	Trees         Objects `json:"trees"`
	CommitObjects Objects `json:"commitObjects"`
	// Elsewhere is what the store holds beside this history: other branches,
	// tags, and what no ref leads to any more.
	Elsewhere Objects `json:"elsewhere"`
}

// Packed is what the history takes on disk.
func (h History) Packed() int64 { return h.Blobs.Packed + h.Trees.Packed + h.CommitObjects.Packed }

// Objects counts objects, their contents and what they take on disk.
type Objects struct {
	Count  int   `json:"count"`
	Bytes  int64 `json:"bytes"`
	Packed int64 `json:"packed"`
}

func (o *Objects) add(size weight) {
	o.Count++
	o.Bytes += size.bytes
	o.Packed += size.packed
}

// Weight is what one name adds up to.
type Weight struct {
	// Name is a path, a directory, an extension with its dot ("" for none) or a
	// kind.
	Name string `json:"name"`
	// History is the blobs that came under this name, Tree the commit's files.
	History Objects `json:"history"`
	Tree    Totals  `json:"tree"`
}

// Blob is one large blob and who brought it.
type Blob struct {
	Hash   string   `json:"hash"`
	Path   string   `json:"path"`
	Kind   FileKind `json:"fileKind"`
	Bytes  int64    `json:"bytes"`
	Packed int64    `json:"packed"`
	// Commit is the first that had it, with its author and date.
	Commit string    `json:"commit"`
	Author string    `json:"author"`
	Date   time.Time `json:"date"`
	// InTree says that the audited commit still has it.
	InTree bool `json:"inTree"`
}

// LFS is what Git LFS keeps for this history.
type LFS struct {
	// History is the objects that pointers anywhere in history name, Tree those
	// of the commit. Bytes are the contents'; nothing is packed.
	History Totals `json:"history"`
	Tree    Totals `json:"tree"`
	// Local is the objects of History whose content is on this machine.
	Local Totals `json:"local"`
	// Largest is the largest objects of history.
	Largest []LFSObject `json:"largest"`
	// Raw is files of the commit that .gitattributes gives to LFS but that are
	// stored in git itself.
	Raw []string `json:"raw"`
}

// LFSObject is one content that Git LFS keeps.
type LFSObject struct {
	OID    string `json:"oid"`
	Bytes  int64  `json:"bytes"`
	Path   string `json:"path"`
	Commit string `json:"commit"`
	InTree bool   `json:"inTree"`
	Local  bool   `json:"local"`
}

// Growth is what a range of commits adds to the history before it.
type Growth struct {
	// Base and Head are the ends of the range: what Head has and Base has not.
	Base string `json:"base"`
	Head string `json:"head"`
	// Added is every object that is new, of any type.
	Added Objects `json:"added"`
	// Commits is every commit of the range, the oldest first.
	Commits []CommitGrowth `json:"commits"`
	// Largest is the largest new blobs.
	Largest []Blob `json:"largest"`
}

// CommitGrowth is what one commit of a range adds.
type CommitGrowth struct {
	Commit  string    `json:"commit"`
	Subject string    `json:"subject"`
	Author  string    `json:"author"`
	Date    time.Time `json:"date"`
	Added   Objects   `json:"added"`
}
