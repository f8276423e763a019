// Package config reads gantline.yaml into one validated, immutable value.
//
// A newcomer starts at Parse. It decodes the file (File, in file.go, is the
// file as written, every scalar with its position, and also where the JSON
// schema comes from), checks what the types can't say, and gives back a Config
// of plain values with every default filled in, which the rest of Gantline
// uses. All problems come in one go, each at its position; a key whose feature
// does not exist yet is one of them, never ignored.
package config

import (
	"gantline.dev/gantline/internal/diag"
)

// FileName is where a repository declares its project.
const FileName = "gantline.yaml"

// Config is what gantline.yaml says, with defaults filled in.
type Config struct {
	Project string
	// Registry is host[/path]; empty for the embedded registry.
	Registry string
	// Argo is the oldest Argo Workflows to render for, such as "3.7".
	Argo string
	// Flows are patterns of flow files, in the order of the file.
	Flows   []Pattern
	Images  []Image
	Context Context
	Budgets Budgets
	Deploy  Deploy
	Run     Run
}

// Pattern is a pattern of files and where it stands.
type Pattern struct {
	Glob string
	Pos  diag.Position
}

// Image is one image to build.
type Image struct {
	Pos     diag.Position
	Name    string
	Default bool
	// Base is a reference, or "scratch".
	Base    string
	BasePos diag.Position
	// Platform is os/arch.
	Platform string
	System   []string
	Python   *Python
	Setup    []string
	// CodeTo is the absolute directory of the code.
	CodeTo string
	// Data is what lies in layers, or images, of its own.
	Data []Data
	// Finish are commands that need the code, in their order.
	Finish []Finish
	Env    []EnvVar
	// User is uid:gid, numeric.
	User        string
	Labels      []EnvVar
	Compression string
}

// Scratch is the base of an image of code alone.
const Scratch = "scratch"

// Python is what pip installs.
type Python struct {
	Requirements []Pattern
	// Index is an extra package index; empty for none.
	Index string
	// IndexSecret names the secret with the index's credentials; empty for none.
	IndexSecret string
	// ConstrainToBase says that what the base image pins stays.
	ConstrainToBase bool
}

// Finish is a command that needs the code.
type Finish struct {
	Run string
	Pos diag.Position
	// Inputs are patterns of the files that the command sees; none for all.
	Inputs []Pattern
}

// EnvVar is a name and a value.
type EnvVar struct{ Name, Value string }

// Data is files of the commit that an image has in layers of their own, or as a
// volume that is an image of its own.
type Data struct {
	Pos diag.Position
	// Name is what people call it.
	Name string
	// Path is a file, a directory or a pattern, from the repository's root.
	Path string
	// Volume says that the files are an image of their own, which pods mount.
	Volume bool
}

// Context is what of a commit reaches an image.
type Context struct {
	Exclude []Pattern
	// Fetch are patterns of the LFS files whose content goes into an image.
	Fetch []Pattern
	// MaxFile is in bytes.
	MaxFile     int64
	Unreachable Unreachable
}

// Unreachable is what becomes of Python files that nothing reaches.
type Unreachable string

// The values of context.unreachable_python.
const (
	ReportUnreachable Unreachable = "report" // they go into the image, and are named
	DropUnreachable   Unreachable = "drop"   // they stay out
	OffUnreachable    Unreachable = "off"    // nobody looks
)

// Budgets are in bytes; 0 is no budget.
type Budgets struct {
	CommitGrowth, File, Context int64
}

// Deploy is what may be deployed, and where to.
type Deploy struct {
	Branch  string
	Targets []Target
}

// Target is one deploy target: a branch of rendered manifests, or a cluster.
type Target struct {
	Pos  diag.Position
	Name string
	// Branch receives the rendered manifests; empty for a cluster.
	Branch string
	// Push is the remote to push to; empty for none.
	Push string
	// Namespace of the cluster; empty for a branch.
	Namespace string
	// Context of the kubeconfig; empty for the cluster that gantline runs in,
	// or the kubeconfig's only one.
	Context string
	// ArgoURL is the address of Argo's UI without a slash at its end; empty
	// where none is known.
	ArgoURL string
	// RunsOnly says that only runs of local commits go there.
	RunsOnly bool
	// MaxDeletions is the share of the deployed flows, 0 to 1, that one deploy
	// may remove unconfirmed.
	MaxDeletions float64
}

// IsCluster says whether objects go to a cluster, and not to a branch.
func (t Target) IsCluster() bool { return t.Namespace != "" }

// Run is where gantline run goes.
type Run struct {
	// Target is the name of a cluster target; empty where several or none
	// would do.
	Target string
	// SnapshotLimit is in bytes.
	SnapshotLimit int64
}

// Image is the image of that name.
func (c *Config) Image(name string) (Image, bool) {
	for _, image := range c.Images {
		if image.Name == name {
			return image, true
		}
	}
	return Image{}, false
}

// DefaultImage is what a step without image: runs in.
func (c *Config) DefaultImage() (Image, bool) {
	for _, image := range c.Images {
		if image.Default || len(c.Images) == 1 {
			return image, true
		}
	}
	return Image{}, false
}

// Target is the deploy target of that name.
func (c *Config) Target(name string) (Target, bool) {
	for _, target := range c.Deploy.Targets {
		if target.Name == name {
			return target, true
		}
	}
	return Target{}, false
}

// ImageNames is the names of the images, in the order of the file.
func (c *Config) ImageNames() []string {
	names := make([]string, 0, len(c.Images))
	for _, image := range c.Images {
		names = append(names, image.Name)
	}
	return names
}

// TargetNames is the names of the deploy targets, in the order of the file.
func (c *Config) TargetNames() []string {
	names := make([]string, 0, len(c.Deploy.Targets))
	for _, target := range c.Deploy.Targets {
		names = append(names, target.Name)
	}
	return names
}

// Parse reads gantline.yaml. The Config is usable only where the problems hold
// no error.
func Parse(file string, src []byte) (*Config, []diag.Problem) {
	var f File
	problems := diag.Decode(file, src, &f)
	if diag.HasErrors(problems) && f.Project.V == "" && len(f.Images) == 0 {
		return nil, problems
	}
	c := &checker{}
	config := c.resolve(&f)
	return config, diag.Sorted(append(problems, c.problems...))
}
