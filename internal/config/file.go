package config

import (
	"gantline.dev/gantline/internal/diag"
)

// File is gantline.yaml as it is written, every scalar with its position. The
// tags are the reference: the JSON schema and the docs are made from them.
type File struct {
	Pos      diag.Position
	Version  *diag.Value[int]      `yaml:"version" default:"1" doc:"Version of this format."`
	Project  diag.Value[string]    `yaml:"project" required:"true" doc:"Name of the project, a DNS label: prefix of image repositories, object names and the inventory." example:"agent"`
	Registry *diag.Value[string]   `yaml:"registry" doc:"Registry and path under which images are pushed; the embedded registry on loopback where none is given." example:"registry.example.com/ml"`
	Argo     *diag.Value[string]   `yaml:"argo" enum:"3.7,4.0,4.1" default:"3.7" doc:"The oldest Argo Workflows that must take what is rendered."`
	Flows    []FlowSource          `yaml:"flows" doc:"Where the flows stand: patterns of files in Gantline's own language, {argo: pattern} or {metaflow: pattern}."`
	Images   diag.Dict[*ImageFile] `yaml:"images" doc:"Images by name; each becomes the repository <registry>/<project>/<name>."`
	Context  *ContextFile          `yaml:"context" doc:"What of a commit reaches an image."`
	Budgets  *BudgetsFile          `yaml:"budgets" doc:"Sizes past which audit and pipeline refuse (exit code 3)."`
	Queues   diag.Dict[*QueueFile] `yaml:"queues" later:"queueing" doc:"Names for a step's queue."`
	Slurm    diag.Dict[*SlurmFile] `yaml:"slurm" later:"running steps on Slurm" doc:"Slurm clusters by profile name."`
	Notify   *NotifyFile           `yaml:"notify" later:"notifying" doc:"Who hears of runs."`
	Deploy   *DeployFile           `yaml:"deploy" doc:"What may be deployed, and where to."`
	Run      *RunFile              `yaml:"run" doc:"Where gantline run goes."`
}

// FlowSource is one entry of flows: exactly one of its fields is set.
type FlowSource struct {
	Pos      diag.Position
	Own      *diag.Value[string]
	Argo     *diag.Value[string] `yaml:"argo" later:"taking Argo YAML as it is" doc:"WorkflowTemplates and CronWorkflows as they are."`
	Metaflow *diag.Value[string] `yaml:"metaflow" later:"compiling Metaflow flows" doc:"Metaflow flows, compiled by Metaflow."`
}

// DecodeNode implements diag.Decoder.
func (f *FlowSource) DecodeNode(d *diag.Decoding, n *diag.Node) {
	f.Pos = n.Pos
	if n.Kind == diag.Map {
		type long FlowSource // without this method
		d.Into(n, (*long)(f))
		return
	}
	f.Own = &diag.Value[string]{}
	d.Into(n, f.Own)
}

// JSONSchema implements diag.Schemer.
func (f *FlowSource) JSONSchema(*diag.SchemaWriter) map[string]any {
	pattern := map[string]any{"type": "string"}
	return diag.OneOf(pattern, map[string]any{
		"type": "object", "additionalProperties": false,
		"properties": map[string]any{"argo": pattern, "metaflow": pattern},
	})
}

// ImageFile is one entry of images.
type ImageFile struct {
	Pos         diag.Position
	Default     *diag.Value[bool]             `yaml:"default" doc:"What a step without image: runs in; needed when there are several images."`
	Base        diag.Value[string]            `yaml:"base" required:"true" doc:"Base image; its digest stands in gantline.lock. scratch makes an image of code alone." example:"nvcr.io/nvidia/pytorch:25.08-py3"`
	Platforms   []diag.Value[string]          `yaml:"platforms" default:"[\"linux/amd64\"]" doc:"Platforms to build for."`
	System      []diag.Value[string]          `yaml:"system" doc:"apt packages." example:"[\"git\", \"openssh-client\"]"`
	Python      *PythonFile                   `yaml:"python" doc:"Python packages."`
	Setup       []diag.Value[string]          `yaml:"setup,single" doc:"Commands after the dependencies, before the code." example:"[\"pip check\"]"`
	Code        *CodeFile                     `yaml:"code" doc:"Where the code goes."`
	Data        diag.Dict[*DataFile]          `yaml:"data" doc:"Large files, and those that Git LFS keeps, as layers of their own that no change of code sends again: a name for each, and a file, a directory or a pattern. The code has links to them. {files, volume: true}: they are an image of their own, which pods mount; the cluster must have image volumes." example:"{\"tokenizer\": \"assets/tokenizer.model\", \"weights\": {\"files\": \"assets/*.safetensors\", \"volume\": true}}"`
	Env         diag.Dict[diag.Value[string]] `yaml:"env" doc:"Environment variables of the image."`
	User        *diag.Value[string]           `yaml:"user" default:"1000:1000" doc:"Numeric user and group of the processes and owner of the code."`
	Labels      diag.Dict[diag.Value[string]] `yaml:"labels" doc:"Labels of the image."`
	Compression *diag.Value[string]           `yaml:"compression" enum:"gzip,zstd" default:"gzip" doc:"Compression of environment and data layers; code is always gzip."`
}

// PythonFile is what pip installs.
type PythonFile struct {
	Pos          diag.Position
	Requirements []diag.Value[string] `yaml:"requirements,single" required:"true" doc:"Lock of the packages: requirements files with hashes, uv.lock, pyproject.toml (with the uv.lock beside it) or pylock.toml. Without hashes a build is not repeatable." example:"[\"requirements.lock\"]"`
	Index        *IndexFile           `yaml:"index" doc:"Extra package index; a private one is {url, secret}." example:"{\"url\": \"https://pypi.example.com/simple\", \"secret\": \"pypi\"}"`
	Constraints  *diag.Value[string]  `yaml:"constraints" enum:"base" doc:"base: never replace what the base image pins."`
}

// IndexFile is an extra package index: an address, or {url, secret}.
type IndexFile struct {
	Pos    diag.Position
	URL    *diag.Value[string] `yaml:"url" doc:"Address of the index."`
	Secret *diag.Value[string] `yaml:"secret" doc:"Name of the secret that holds its credentials: GANTLINE_SECRET_NAME of the environment, user:password or a token."`
}

// DecodeNode implements diag.Decoder.
func (f *IndexFile) DecodeNode(d *diag.Decoding, n *diag.Node) {
	f.Pos = n.Pos
	if n.Kind == diag.Map {
		type long IndexFile // without this method
		d.Into(n, (*long)(f))
		return
	}
	f.URL = &diag.Value[string]{}
	d.Into(n, f.URL)
}

// JSONSchema implements diag.Schemer.
func (f *IndexFile) JSONSchema(*diag.SchemaWriter) map[string]any {
	text := map[string]any{"type": "string"}
	return diag.OneOf(text, map[string]any{
		"type": "object", "additionalProperties": false,
		"properties": map[string]any{"url": text, "secret": text},
	})
}

// CodeFile is where the code goes.
type CodeFile struct {
	Pos    diag.Position
	To     *diag.Value[string] `yaml:"to" default:"/workspace" doc:"Directory of the code, working directory and PYTHONPATH."`
	Finish []FinishFile        `yaml:"finish,single" doc:"Commands that need the code, each a layer; they run as the image's user, in the directory of the code. {run, inputs}: the command sees only the files that these patterns match (as in .gitignore), and runs again where one of them changes." example:"[{\"run\": \"python setup.py build_ext --inplace\", \"inputs\": [\"setup.py\", \"csrc/\"]}]"`
}

// FinishFile is a command that needs the code: a text, or {run, inputs}.
type FinishFile struct {
	Pos    diag.Position
	Run    diag.Value[string]   `yaml:"run" required:"true" doc:"The command, for sh."`
	Inputs []diag.Value[string] `yaml:"inputs,single" doc:"Patterns as in .gitignore of the files that the command sees; it runs again where one of them changes. Without them it sees all of the code." example:"[\"setup.py\", \"csrc/\"]"`
}

// DecodeNode implements diag.Decoder.
func (f *FinishFile) DecodeNode(d *diag.Decoding, n *diag.Node) {
	f.Pos = n.Pos
	if n.Kind == diag.Map {
		type long FinishFile // without this method
		d.Into(n, (*long)(f))
		return
	}
	d.Into(n, &f.Run)
}

// JSONSchema implements diag.Schemer.
func (f *FinishFile) JSONSchema(*diag.SchemaWriter) map[string]any {
	text := map[string]any{"type": "string"}
	return diag.OneOf(text, map[string]any{
		"type": "object", "additionalProperties": false, "required": []string{"run"},
		"properties": map[string]any{
			"run":    text,
			"inputs": diag.OneOf(text, map[string]any{"type": "array", "items": text}),
		},
	})
}

// DataFile is one entry of data: files, or {files, volume}.
type DataFile struct {
	Pos    diag.Position
	Files  diag.Value[string] `yaml:"files" required:"true" doc:"A file, a directory or a pattern, from the repository's root." example:"assets/tokenizer.model"`
	Volume *diag.Value[bool]  `yaml:"volume" default:"false" doc:"true: the files are an image of their own, which every pod of the image mounts as a volume, and no layers."`
}

// DecodeNode implements diag.Decoder.
func (f *DataFile) DecodeNode(d *diag.Decoding, n *diag.Node) {
	f.Pos = n.Pos
	if n.Kind == diag.Map {
		type long DataFile // without this method
		d.Into(n, (*long)(f))
		return
	}
	d.Into(n, &f.Files)
}

// JSONSchema implements diag.Schemer.
func (f *DataFile) JSONSchema(*diag.SchemaWriter) map[string]any {
	text := map[string]any{"type": "string"}
	return diag.OneOf(text, map[string]any{
		"type": "object", "additionalProperties": false, "required": []string{"files"},
		"properties": map[string]any{"files": text, "volume": map[string]any{"type": "boolean"}},
	})
}

// ContextFile is what of a commit reaches an image.
type ContextFile struct {
	Pos         diag.Position
	Exclude     []diag.Value[string]   `yaml:"exclude" doc:"Patterns as in .gitignore; the last match wins, below an excluded directory too." example:"[\"notebooks/\", \"!docs/prompt.md\"]"`
	LFS         *LFSFile               `yaml:"lfs" doc:"LFS objects to fetch; other pointers stay out of the image."`
	MaxFile     *diag.Value[diag.Size] `yaml:"max_file" default:"10MB" doc:"A larger tracked file refuses the build unless a rule names it."`
	Unreachable *diag.Value[string]    `yaml:"unreachable_python" enum:"report,drop,off" default:"report" doc:"What becomes of Python files that nothing reaches: report names them, drop leaves them out of the image, off doesn't look."`
}

// LFSFile is which LFS objects are fetched.
type LFSFile struct {
	Pos   diag.Position
	Fetch []diag.Value[string] `yaml:"fetch" doc:"Patterns as in .gitignore of the LFS files whose content goes into the image, of whatever size." example:"[\"assets/tokenizer.model\"]"`
}

// BudgetsFile is the sizes past which audit and pipeline refuse.
type BudgetsFile struct {
	Pos          diag.Position
	CommitGrowth *diag.Value[diag.Size] `yaml:"commit_growth" doc:"Packed bytes that a range of commits may add to history." example:"5MB"`
	File         *diag.Value[diag.Size] `yaml:"file" doc:"Largest tracked file that a range of commits may add." example:"10MB"`
	Context      *diag.Value[diag.Size] `yaml:"context" doc:"Bytes of the files that go into an image." example:"100MB"`
	ImageGrowth  *diag.Value[diag.Size] `yaml:"image_growth" later:"measuring pulls against the deployed image" doc:"Bytes that a node pulls beyond the deployed image."`
}

// QueueFile is one queue.
type QueueFile struct {
	Pos   diag.Position
	Slots *diag.Value[int]    `yaml:"slots" doc:"Runs at a time."`
	Kueue *diag.Value[string] `yaml:"kueue" doc:"Name of a Kueue LocalQueue."`
}

// SlurmFile is one Slurm profile.
type SlurmFile struct {
	Pos       diag.Position
	Host      diag.Value[string]  `yaml:"host" required:"true" doc:"ssh destination."`
	User      *diag.Value[string] `yaml:"user" doc:"ssh user."`
	Secret    *diag.Value[string] `yaml:"secret" doc:"Secret with the keys identity and known_hosts."`
	Workdir   *diag.Value[string] `yaml:"workdir" doc:"Directory seen by the compute nodes."`
	Container *diag.Value[string] `yaml:"container" enum:"pyxis,apptainer,none" doc:"How images run there."`
	Partition *diag.Value[string] `yaml:"partition" doc:"Default partition."`
	Account   *diag.Value[string] `yaml:"account" doc:"Account."`
}

// NotifyFile is who hears of runs.
type NotifyFile struct {
	Pos     diag.Position
	Slack   *SlackFile   `yaml:"slack" doc:"Slack."`
	Webhook *WebhookFile `yaml:"webhook" doc:"A webhook."`
}

// SlackFile is a Slack workspace.
type SlackFile struct {
	Pos     diag.Position
	Secret  diag.Value[string]  `yaml:"secret" required:"true" doc:"Secret with the key token."`
	Channel *diag.Value[string] `yaml:"channel" doc:"Channel."`
}

// WebhookFile is an address that is told of runs.
type WebhookFile struct {
	Pos    diag.Position
	Secret diag.Value[string] `yaml:"secret" required:"true" doc:"Secret with the address."`
}

// DeployFile is what may be deployed, and where to.
type DeployFile struct {
	Pos     diag.Position
	Branch  *diag.Value[string]    `yaml:"branch" default:"main" doc:"Commits not reachable from this branch (on the remote, where there is one) are refused."`
	Targets diag.Dict[*TargetFile] `yaml:"targets" doc:"Targets by name."`
}

// TargetFile is one deploy target: a git branch, or a cluster.
type TargetFile struct {
	Pos          diag.Position
	Git          *diag.Value[string] `yaml:"git" doc:"Branch that receives the rendered manifests." example:"gantline-rendered"`
	Push         *diag.Value[string] `yaml:"push" doc:"Remote that the branch is pushed to, with a lease; it stays local where none is given." example:"origin"`
	Context      *diag.Value[string] `yaml:"context" doc:"Context of the kubeconfig. Without it, the cluster is the one that gantline runs in, or the kubeconfig's only one." example:"prod"`
	Namespace    *diag.Value[string] `yaml:"namespace" doc:"Namespace of the cluster that objects go to. It makes the target a cluster." example:"ml"`
	ArgoURL      *diag.Value[string] `yaml:"argo_url" doc:"Address of Argo's UI, for links to runs." example:"https://argo.example.com"`
	Deploys      *diag.Value[bool]   `yaml:"deploys" default:"true" doc:"false: only runs of local commits go there, deploys are refused."`
	MaxDeletions *diag.Value[string] `yaml:"max_deletions" default:"20%" doc:"Share of the deployed flows that one deploy may remove without being confirmed; one may always be." example:"20%"`
	Verify       *diag.Value[bool]   `yaml:"verify_signatures" later:"signing images" doc:"Refuse images without a signature."`
}

// RunFile is where gantline run goes.
type RunFile struct {
	Pos           diag.Position
	Target        *diag.Value[string]    `yaml:"target" doc:"Deploy target that runs go to: a cluster. Without it, the only one with deploys: false." example:"dev"`
	SnapshotLimit *diag.Value[diag.Size] `yaml:"snapshot_limit" default:"20MB" doc:"Largest change of the work tree against HEAD that a run takes along."`
}

// Schema is the JSON schema of gantline.yaml.
func Schema() ([]byte, error) { return diag.Schema("gantline.yaml", File{}) }
