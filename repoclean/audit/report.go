package audit

import (
	"time"

	"gantline.dev/gantline/repoclean"
)

// ReportKind is the kind of a Report.
const ReportKind = "AuditReport"

// Report is what commits weigh, where, and who brought it: all commits that a
// revision reaches, or those of a range. All sizes are in bytes. Each object
// counts once, for the commit and path that brought it first; packed sizes are
// what the store takes on disk now, which a repack changes.
type Report struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Revision is what was asked for, Commit the commit it stands for.
	Revision string `json:"revision"`
	Commit   string `json:"commit"`
	// AllRefs says that History is everything that any ref reaches.
	AllRefs bool `json:"allRefs"`
	// Unknown is what this clone can't tell.
	Unknown Unknown `json:"unknown"`
	// History is the audited commits: everything reachable, or of a range what
	// it adds.
	History History `json:"history"`
	// Tree is the files of Commit, a submodule among them counting as no file.
	Tree Totals `json:"tree"`
	// Measures are the figures of git-sizer with its levels of concern, over
	// the audited commits; those of refs and tags over the repository. A range
	// has those of its objects alone: none of checkouts, entries of trees,
	// depth, tags and refs. maxCheckoutBlobSize is left out where a blob's size
	// is unknown.
	Measures []Measure `json:"measures"`
	// Paths, Directories, Extensions, Kinds and Authors are the heaviest first,
	// by packed size in History. A directory includes those below it; an author
	// is a name and has what their commits brought first.
	Paths       []Weight `json:"paths"`
	Directories []Weight `json:"directories"`
	Extensions  []Weight `json:"extensions"`
	Kinds       []Weight `json:"kinds"`
	Authors     []Weight `json:"authors"`
	// Months is how History grew, without gaps from the first month to the
	// last; a commit counts in the month of its committer's date, in UTC.
	Months []Month `json:"months"`
	// Largest is the largest blobs of History, by size.
	Largest []Blob `json:"largest"`
	// LargestInTree is the largest files of Commit.
	LargestInTree []Blob `json:"largestInTree"`
	// TreeMap and HistoryMap are the directories as nested areas: by the bytes
	// of Commit's files, and by the packed bytes of History.
	TreeMap    Area `json:"treeMap"`
	HistoryMap Area `json:"historyMap"`
	LFS        LFS  `json:"lfs"`
	// Duplicates is contents that Commit has at several paths, those first that
	// waste most: git stores one, a checkout and an image hold all.
	Duplicates []Duplicate `json:"duplicates"`
	// Wasted is how many files, with how many bytes, are such copies beyond the
	// first, those of contents that the list left out among them.
	Wasted Totals `json:"wasted"`
	// Finds is files of Commit that seldom belong in git: archives,
	// checkpoints, notebooks with outputs; the largest first.
	Finds []Find `json:"finds"`
	// Found is the sum of all of them, those that the list left out too.
	Found Totals `json:"found"`
	// Store is the repository's store as a whole; of a range it is left out.
	Store *Store `json:"store,omitempty"`
	// Growth is the range that was audited; nil where it was no range.
	Growth *Growth `json:"growth,omitempty"`
	// Budgets is what the report was held to; nil where nothing was set.
	Budgets *Limits `json:"budgets,omitempty"`
	// Breaches is the budgets that are passed; see Judged.
	Breaches []repoclean.Breach `json:"breaches"`
}

// Limits are budgets in bytes; one that is absent was not set.
type Limits struct {
	// CommitGrowth is for all that a range adds, packed.
	CommitGrowth int64 `json:"commitGrowth,omitempty"`
	// File is for each file that a range brings, or else each of the commit.
	File int64 `json:"file,omitempty"`
}

// Totals counts files and their bytes.
type Totals = repoclean.Totals

// Unknown is what a clone that lacks something can't tell.
type Unknown struct {
	// Shallow says that older history is cut off here, at so many commits.
	Shallow      bool `json:"shallow"`
	CutOffCommit int  `json:"cutOffCommits"`
	// Partial says that this clone lends objects from a remote. MissingBlobs is
	// the blobs of History that are not here: their sizes are unknown and
	// counted nowhere, and nothing was fetched. MissingInTree is those among
	// the files of Commit.
	Partial       bool `json:"partial"`
	MissingBlobs  int  `json:"missingBlobs"`
	MissingInTree int  `json:"missingInTree"`
	// LFSAbsent is LFS objects of Commit that are not on this machine.
	LFSAbsent int `json:"lfsAbsent"`
	// Damaged is objects that could not be read, with git's words.
	Damaged []string `json:"damaged"`
}

// History is the sum of the audited commits.
type History struct {
	Commits int `json:"commits"`
	// First and Last are the dates of the oldest and newest commit.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// Blobs, Trees, CommitObjects and Tags are the objects of each type; Tags
	// only with all refs.
	Blobs         Objects `json:"blobs"`
	Trees         Objects `json:"trees"`
	CommitObjects Objects `json:"commitObjects"`
	Tags          Objects `json:"tags"`
	// Now is the blobs that Commit still has, Deleted the others.
	Now     Objects `json:"now"`
	Deleted Objects `json:"deleted"`
}

// All is the sum over all types of objects.
func (h History) All() Objects {
	return h.Blobs.Plus(h.Trees).Plus(h.CommitObjects).Plus(h.Tags)
}

// Packed is what the history takes on disk.
func (h History) Packed() int64 { return h.All().Packed }

// Objects counts objects, their contents and what they take on disk.
type Objects struct {
	Count  int   `json:"count"`
	Bytes  int64 `json:"bytes"`
	Packed int64 `json:"packed"`
}

// Plus is the sum of two counts.
func (o Objects) Plus(other Objects) Objects {
	return Objects{o.Count + other.Count, o.Bytes + other.Bytes, o.Packed + other.Packed}
}

// Measure is one of git-sizer's figures.
type Measure struct {
	// Group is "overall", "biggest", "history" or "checkout". Name is stable:
	// git-sizer's symbol, such as "uniqueCommitCount" or "maxBlobSize". Text
	// says it in words.
	Group string `json:"group"`
	Name  string `json:"name"`
	Text  string `json:"text"`
	// Value is in Unit: "bytes", or "" for a count.
	Value int64  `json:"value"`
	Unit  string `json:"unit,omitempty"`
	// Reference is the value at which git-sizer's concern begins, Concern is
	// Value / Reference: 1 and above is one of its stars, above 30 is alarm.
	Reference float64 `json:"reference"`
	Concern   float64 `json:"concern"`
	// Object and Path name the one that has the value, of a maximum.
	Object string `json:"object,omitempty"`
	Path   string `json:"path,omitempty"`
}

// Weight is what one name adds up to.
type Weight struct {
	// Name is a path, a directory, an extension with its dot ("" for none), a
	// kind or an author.
	Name string `json:"name"`
	// History is the blobs that came under this name, Now those of them that
	// Commit still has. What is not in Now has been deleted or replaced.
	History Objects `json:"history"`
	Now     Objects `json:"now"`
	// Tree is Commit's files of this name; an author has none.
	Tree Totals `json:"tree"`
}

// Month is what one month brought.
type Month struct {
	// Month is "2006-01".
	Month   string `json:"month"`
	Commits int    `json:"commits"`
	// Added is every object that came, of any type; Kinds the packed bytes of
	// its blobs by kind of file.
	Added Objects                      `json:"added"`
	Kinds map[repoclean.FileKind]int64 `json:"kinds"`
	// LFS is the bytes of the contents that came with new LFS pointers.
	LFS int64 `json:"lfs"`
}

// Blob is one large blob and who brought it.
type Blob struct {
	Hash   string             `json:"hash"`
	Path   string             `json:"path"`
	Kind   repoclean.FileKind `json:"fileKind"`
	Bytes  int64              `json:"bytes"`
	Packed int64              `json:"packed"`
	// Commit is the first that had it, with its author and date; "" where this
	// clone doesn't know it.
	Commit string    `json:"commit"`
	Author string    `json:"author"`
	Date   time.Time `json:"date"`
	// InTree says that Commit still has it.
	InTree bool `json:"inTree"`
}

// Area is a directory or file as a part of the one above it.
type Area struct {
	// Name is the last part of the path; "" is the root, "…" what is too small
	// to be named, in sum.
	Name string `json:"name"`
	// Bytes is the area's size, with everything below.
	Bytes int64 `json:"bytes"`
	// Files is how many files, or blobs of history, it holds.
	Files int `json:"files"`
	// Kind is what most of its bytes are.
	Kind repoclean.FileKind `json:"fileKind,omitempty"`
	// Deleted says that Commit has nothing at this path.
	Deleted bool `json:"deleted,omitempty"`
	// Areas is the parts, the largest first; a file has none.
	Areas []Area `json:"areas,omitempty"`
}

// LFS is what Git LFS keeps for the audited commits. Bytes are the contents';
// nothing is packed.
type LFS struct {
	// History is the objects that pointers anywhere in history name, Tree those
	// of Commit.
	History Totals `json:"history"`
	Tree    Totals `json:"tree"`
	// Local and LocalTree are the objects of each whose content is on this
	// machine.
	Local     Totals `json:"local"`
	LocalTree Totals `json:"localTree"`
	// Largest is the largest objects of history.
	Largest []LFSObject `json:"largest"`
	// Raw is files of Commit that .gitattributes gives to LFS but that are
	// stored in git itself; Unattributed is pointers that no rule of
	// .gitattributes covers: a checkout leaves them pointers.
	Raw          []string `json:"raw"`
	Unattributed []string `json:"unattributed"`
	// Duplicates is objects that Commit has at several paths.
	Duplicates []Duplicate `json:"duplicates"`
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

// Duplicate is one content at several paths.
type Duplicate struct {
	// Hash is the blob's or, of Git LFS, the object's.
	Hash  string             `json:"hash"`
	Kind  repoclean.FileKind `json:"fileKind"`
	Bytes int64              `json:"bytes"`
	// Paths is all of them, sorted. All but one are waste.
	Paths []string `json:"paths"`
}

// Wasted is the bytes that the copies take beyond the first.
func (d Duplicate) Wasted() int64 { return d.Bytes * int64(len(d.Paths)-1) }

// Find is one file of Commit that seldom belongs in git.
type Find struct {
	Path string `json:"path"`
	// What is "archive", "checkpoint" or "notebook outputs".
	What string `json:"what"`
	// Bytes is the file's size; of a notebook that of its outputs.
	Bytes int64 `json:"bytes"`
}

// Store is all objects of the repository, wherever they come from.
type Store struct {
	// Packs is the pack files and their bytes, index files left out; Loose is
	// the objects that lie alone.
	Packs Totals `json:"packs"`
	Loose Totals `json:"loose"`
	// OtherRefs is what other branches and tags reach and History doesn't.
	OtherRefs Objects `json:"otherRefs"`
	// Unreachable is what no ref leads to. Reflogs, the index, stashes and
	// running commands may still need it; git gc removes the rest after some
	// weeks. LargestUnreachable is its largest blobs, without paths.
	Unreachable        Objects `json:"unreachable"`
	LargestUnreachable []Blob  `json:"largestUnreachable"`
	// Borrowed says that objects come from another repository (alternates).
	Borrowed bool `json:"borrowed"`
	// Repack is why a repack would pay, a sentence each; often none.
	Repack []string `json:"repack"`
}

// Growth is the range that was audited: what Head has and Base has not.
type Growth struct {
	// Base is where the range begins, "" where it is what a remote lacks.
	Base string `json:"base"`
	Head string `json:"head"`
	// Lacking is the remote that lacks the commits, where one was asked about.
	Lacking string `json:"lacking,omitempty"`
	// Commits is every commit of the range, the oldest first.
	Commits []CommitGrowth `json:"commits"`
	// LFS is the bytes of the contents that its LFS pointers add.
	LFS int64 `json:"lfs"`
}

// CommitGrowth is what one commit of a range adds.
type CommitGrowth struct {
	Commit  string    `json:"commit"`
	Subject string    `json:"subject"`
	Author  string    `json:"author"`
	Date    time.Time `json:"date"`
	// Added is the objects that are new, of any type; LFS the bytes of the
	// contents of new pointers.
	Added Objects `json:"added"`
	LFS   int64   `json:"lfs"`
}
