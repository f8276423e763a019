package build

import (
	"context"
	"io"
	"time"
)

// Spec is everything that one image of one commit is made of. It is a value:
// two equal Specs give the same digest on any machine.
type Spec struct {
	// Project and Name say whose image it is: gantline.yaml's project and the
	// key under images.
	Project, Name string
	// Repository is where the image is published: registry/project/name. The
	// base must be in the same repository.
	Repository string
	// Commit is the full hash of the commit that asks; it names the tag and
	// nothing else.
	Commit string
	// Origin is the commit that the image belongs to.
	Origin Origin
	// Neighbours are full hashes of commits whose images probably share
	// layers with this one, best first: the origins of the first parents.
	// BranchTags among them are asked for last.
	Neighbours []string
	// Base is what the code stands on.
	Base Base
	// Platform is os/arch[/variant]; empty means linux/amd64.
	Platform string
	// Files are the context's files, in any order.
	Files []File
	// To is code.to: the absolute directory of the code in the image.
	To string
	// User owns the code and runs the steps.
	User User
	// Env is set above the environment's variables.
	Env map[string]string
	// Labels are the user's, below Gantline's own.
	Labels map[string]string
	// Source is the URL of the repository, for the label; may be empty.
	Source string
	// Step is the gantline-step binary of the platform.
	Step Binary
	// Compression is that of data layers; empty means GzipWhereItPays.
	Compression Compression
	// Finish are commands that need the code, in their order.
	Finish []Finish
}

// Origin is the oldest commit, along first parents, that the image is the same
// for.
type Origin struct {
	// Commit is the full hash.
	Commit string `json:"commit"`
	// Time is the committer's time; it becomes the image's creation time.
	Time time.Time `json:"time"`
}

// Base is what the code's layers are put on.
type Base struct {
	// Environment is the environment image, repository@sha256:…, in the
	// image's own repository. Empty means scratch: an image of code alone.
	Environment string
	// Name and Digest are what the environment itself was made from, for the
	// labels: nvcr.io/nvidia/pytorch:25.08-py3 and its locked digest. Empty
	// for scratch.
	Name, Digest string
}

// Scratch says that there is no environment below the code.
func (b Base) Scratch() bool { return b.Environment == "" }

// File is one path of the context, as git has it.
type File struct {
	// Path is relative to the repository's root, with slashes.
	Path string
	// Mode is git's: ModeFile, ModeExecutable, ModeSymlink or ModeSubmodule.
	Mode Mode
	// Hash is the blob's object id in hexadecimal; for a submodule, the
	// commit's.
	Hash string
	// Size is the blob's size in bytes; negative where nobody has looked.
	Size int64
	// Content, where it is set, says that the file is data: its content lies in
	// a layer by itself, and the code has a link to it.
	Content *Content
}

// Content is what a file of data holds, and where the image has it.
type Content struct {
	// OID is the SHA-256 of the content, in hex; it may be left to
	// Options.Digests for what git has.
	OID string
	// Size is the content's, in bytes.
	Size int64
	// InGit says that the file's blob is the content. Otherwise it is a pointer
	// to what Git LFS keeps.
	InGit bool
	// Name is what gantline.yaml calls the data; it may be empty.
	Name string
	// Volume is the name of the volume that has the content, a DNS label; empty
	// where a layer of the image has it.
	Volume string
}

// Mode is a tree entry's mode in octal digits, as git writes it.
type Mode string

// The modes of a File.
const (
	ModeFile       Mode = "100644"
	ModeExecutable Mode = "100755"
	ModeSymlink    Mode = "120000"
	ModeSubmodule  Mode = "160000"
)

// User is whom the steps run as and whom the code belongs to. Ids are numeric,
// so that no passwd file decides what they mean.
type User struct {
	UID, GID int
	// Name is what USER and passwd say.
	Name string
	// Home is the home directory, made and owned by the user.
	Home string
}

// Blobs opens the content of files by hash: a git repository. One goroutine
// uses it at a time, and closes a blob before it opens the next.
type Blobs interface {
	// Open is the blob's content and its size in bytes.
	Open(hash string) (io.ReadCloser, int64, error)
}

// Contents brings and opens what Git LFS keeps.
type Contents interface {
	// Fetch makes the contents of the files ready to be opened. It is called
	// where a layer with such files is written, before the first Open: an image
	// that exists costs no transfer.
	Fetch(ctx context.Context, files []File) error
	// Open is the content with that OID and its size in bytes.
	Open(oid string) (io.ReadCloser, int64, error)
}
