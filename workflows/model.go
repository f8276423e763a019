package workflows

import "gantline.dev/gantline/internal/diag"

// Flow is one flow file.
type Flow struct {
	Pos         diag.Position
	APIVersion  diag.Value[string]            `yaml:"apiVersion" required:"true" enum:"gantline.dev/v1" doc:"Version of the flow language."`
	Kind        diag.Value[string]            `yaml:"kind" required:"true" enum:"Flow" doc:"Always Flow."`
	Name        diag.Value[string]            `yaml:"name" required:"true" doc:"Name of the flow: a DNS label. Objects are named <project>-<name>, 52 characters at most." example:"finetune-eval"`
	Description *diag.Value[string]           `yaml:"description" doc:"What the flow is for, in a sentence."`
	Owner       *diag.Value[string]           `yaml:"owner" doc:"Team or person to ask; shown in previews and on the objects." example:"ml-infra"`
	Params      diag.Dict[*Param]             `yaml:"params" doc:"Parameters of a run."`
	Schedule    *Schedule                     `yaml:"schedule" doc:"When the flow starts by itself."`
	Notify      *Notify                       `yaml:"notify" doc:"Who hears of a run's start and end."`
	Keep        *Keep                         `yaml:"keep" doc:"How long finished runs and their pods stay."`
	Parallelism *diag.Value[int]              `yaml:"parallelism" doc:"Most pods of one run at a time." example:"16"`
	Timeout     *diag.Value[diag.Duration]    `yaml:"timeout" doc:"How long a whole run may take, waiting included." example:"12h"`
	Priority    *diag.Value[int]              `yaml:"priority" doc:"Order among runs that wait for a queue; higher goes first."`
	Defaults    *Step                         `yaml:"defaults" doc:"Fields that every step has unless it sets its own; env, files, node_selector and links are merged key by key."`
	Steps       diag.Dict[*Step]              `yaml:"steps" required:"true" doc:"The steps by name."`
	OnExit      diag.Dict[*Step]              `yaml:"on_exit" doc:"Steps that run when the others ended, whatever the verdict."`
	Labels      diag.Dict[diag.Value[string]] `yaml:"labels" doc:"Labels of the objects, beside gantline.dev/…."`
	Annotations diag.Dict[diag.Value[string]] `yaml:"annotations" doc:"Annotations of the objects."`
	Concurrency *diag.Value[string]           `yaml:"concurrency_key" doc:"One run at a time for each value of this expression." example:"${{ params.model }}"`
	Protected   *diag.Value[bool]             `yaml:"protected" default:"false" doc:"Started only as deployed, never from a local commit."`

	// root is the YAML that the flow was read from, nil for a flow made in code.
	root *diag.Node
}

// Param is one parameter of a flow.
type Param struct {
	Pos      diag.Position
	Type     *diag.Value[string]  `yaml:"type" enum:"string,int,float,bool,json" default:"string" doc:"Type of the value."`
	Default  *Any                 `yaml:"default" doc:"Value of a run that sets none."`
	Enum     []diag.Value[string] `yaml:"enum" doc:"The only values."`
	Required *diag.Value[bool]    `yaml:"required" default:"false" doc:"A run must set it; a schedule then must too."`
	Help     *diag.Value[string]  `yaml:"help" doc:"What the parameter does."`
}

// Schedule starts a flow at times of the clock.
type Schedule struct {
	Pos         diag.Position
	Cron        []diag.Value[string]       `yaml:"cron,single" required:"true" doc:"Five-field cron expression, or a list of them." example:"0 2 * * *"`
	Timezone    diag.Value[string]         `yaml:"timezone" required:"true" doc:"IANA time zone of the cron expressions." example:"America/Los_Angeles"`
	Concurrency *diag.Value[string]        `yaml:"concurrency" enum:"forbid,replace,allow" default:"forbid" doc:"What happens when a run is due while another runs."`
	Deadline    *diag.Value[diag.Duration] `yaml:"deadline" doc:"How late a missed start may still start." example:"30m"`
	Params      diag.Dict[*Any]            `yaml:"params" doc:"Parameters of scheduled runs."`
}

// Notify says who hears of a run.
type Notify struct {
	Pos     diag.Position
	When    []diag.Value[string] `yaml:"when,single" enum:"start,failure,success" doc:"Which events are told."`
	Channel *diag.Value[string]  `yaml:"channel" doc:"Slack channel." example:"#finetune"`
}

// Keep says how long finished runs stay on the cluster.
type Keep struct {
	Pos     diag.Position
	Success *diag.Value[diag.Duration] `yaml:"success" default:"3d" doc:"How long a run that succeeded stays."`
	Failure *diag.Value[diag.Duration] `yaml:"failure" default:"14d" doc:"How long a run that failed stays."`
	Pods    *diag.Value[string]        `yaml:"pods" enum:"all,failed,none" default:"all" doc:"Which finished pods stay until the run goes."`
}

// Step is one step, a step of on_exit, or the defaults of all steps.
// Exactly one of Run, Launch, Approve and Sleep is set in a step.
type Step struct {
	Pos            diag.Position
	Run            *Run                          `yaml:"run" doc:"A shell script, or an argument list."`
	Launch         *Launch                       `yaml:"launch" doc:"Start another flow of the repository."`
	Approve        *Approve                      `yaml:"approve" doc:"Wait for a person."`
	Sleep          *diag.Value[diag.Duration]    `yaml:"sleep" doc:"Wait for a time." example:"10m"`
	After          After                         `yaml:"after" doc:"Steps that must have succeeded: a name, a list, or {step, allow: [skipped, failed]}."`
	If             *diag.Value[string]           `yaml:"if" doc:"Condition; an unmet one skips the step." example:"params.suite == \"full\""`
	Foreach        *Foreach                      `yaml:"foreach" doc:"One copy of the step for each item of a list."`
	Parallelism    *diag.Value[int]              `yaml:"parallelism" doc:"Most items of foreach at a time."`
	Shell          []diag.Value[string]          `yaml:"shell,single" default:"[\"bash\", \"-eo\", \"pipefail\"]" doc:"Interpreter of a script."`
	Workdir        *diag.Value[string]           `yaml:"workdir" doc:"Working directory; the image's code directory where none is given."`
	Image          *diag.Value[string]           `yaml:"image" doc:"A name under images: of gantline.yaml, or an outside reference pinned in gantline.lock."`
	Env            diag.Dict[diag.Value[string]] `yaml:"env" doc:"Environment variables."`
	Secrets        []*Secret                     `yaml:"secrets" doc:"Keys of Kubernetes secrets as environment variables or files."`
	Files          diag.Dict[diag.Value[string]] `yaml:"files" doc:"Small files by path."`
	Volumes        []*Volume                     `yaml:"volumes" doc:"Volumes by mount path."`
	RunsOn         *RunsOn                       `yaml:"runs_on" doc:"kubernetes (default), slurm, or slurm with settings."`
	Nodes          *diag.Value[int]              `yaml:"nodes" default:"1" doc:"Number of nodes that run the step together."`
	Resources      *Resources                    `yaml:"resources" doc:"What the step needs, per node."`
	Queue          *diag.Value[string]           `yaml:"queue" doc:"A name under queues: of gantline.yaml."`
	Priority       *diag.Value[string]           `yaml:"priority" doc:"Priority class of the pods."`
	NodeSelector   diag.Dict[diag.Value[string]] `yaml:"node_selector" doc:"Labels that a node must have."`
	Tolerations    []*Toleration                 `yaml:"tolerations" doc:"Taints that the pods tolerate."`
	ServiceAccount *diag.Value[string]           `yaml:"service_account" doc:"Service account of the pods."`
	Pod            *Any                          `yaml:"pod" doc:"Strategic-merge patch of the pod spec, for what has no field."`
	Timeout        *diag.Value[diag.Duration]    `yaml:"timeout" doc:"How long one attempt may run; waiting does not count." example:"6h"`
	Retry          *Retry                        `yaml:"retry" doc:"When a failed attempt is tried again."`
	Checkpoints    *diag.Value[bool]             `yaml:"checkpoints" doc:"Give the step a directory that survives attempts of a run."`
	OnFailure      *OnFailure                    `yaml:"on_failure" doc:"What happens when the step failed."`
	Outputs        Outputs                       `yaml:"outputs" doc:"Values that the step writes to $GANTLINE_OUTPUTS/<name>: a list of names, or names with type and default."`
	Artifacts      *Artifacts                    `yaml:"artifacts" doc:"Files kept in the cluster's artifact repository."`
	Cache          *Cache                        `yaml:"cache" doc:"Skip the step when its outputs for this key are known."`
	Once           *diag.Value[bool]             `yaml:"once" doc:"The step has side effects: never start it twice."`
	Links          diag.Dict[diag.Value[string]] `yaml:"links" doc:"Links shown with the step."`
	Notify         *Notify                       `yaml:"notify" doc:"Who hears of this step."`
}

// Secret gives a step one secret: a key as an environment variable, or a
// secret's keys as files below a path.
type Secret struct {
	Pos    diag.Position
	Secret diag.Value[string]  `yaml:"secret" required:"true" doc:"Name of the Kubernetes secret." example:"wandb"`
	Env    *diag.Value[string] `yaml:"env" doc:"Environment variable that receives the key." example:"WANDB_API_KEY"`
	Key    *diag.Value[string] `yaml:"key" doc:"Key of the secret; with path, only this key becomes a file."`
	Path   *diag.Value[string] `yaml:"path" doc:"Directory that receives the secret's keys as files." example:"/etc/gcp"`
}

// Volume is one mounted volume.
type Volume struct {
	Pos      diag.Position
	Path     diag.Value[string]  `yaml:"path" required:"true" doc:"Mount path." example:"/data"`
	Claim    *diag.Value[string] `yaml:"claim" doc:"PersistentVolumeClaim to mount."`
	Size     *diag.Value[string] `yaml:"size" doc:"Scratch volume of this size." example:"100Gi"`
	Memory   *diag.Value[string] `yaml:"memory" doc:"Volume in memory of this size." example:"64Gi"`
	ReadOnly *diag.Value[bool]   `yaml:"read_only" doc:"Mount without the right to write."`
}

// Resources is what a step needs on each node.
type Resources struct {
	Pos     diag.Position
	CPUs    *diag.Value[string] `yaml:"cpus" doc:"CPU cores; a request." example:"4"`
	Memory  *diag.Value[string] `yaml:"memory" doc:"Memory; request and limit." example:"16Gi"`
	GPUs    *diag.Value[int]    `yaml:"gpus" doc:"NVIDIA GPUs; request and limit." example:"8"`
	GPUType *diag.Value[string] `yaml:"gpu_type" doc:"Value of the node label nvidia.com/gpu.product." example:"NVIDIA-H100-80GB-HBM3"`
	Disk    *diag.Value[string] `yaml:"disk" doc:"Ephemeral storage; request and limit." example:"50Gi"`
}

// Toleration is a taint that a pod tolerates.
type Toleration struct {
	Pos      diag.Position
	Key      *diag.Value[string] `yaml:"key" doc:"Key of the taint."`
	Operator *diag.Value[string] `yaml:"operator" enum:"Exists,Equal" doc:"Exists or Equal."`
	Value    *diag.Value[string] `yaml:"value" doc:"Value of the taint."`
	Effect   *diag.Value[string] `yaml:"effect" enum:"NoSchedule,PreferNoSchedule,NoExecute" doc:"Effect of the taint."`
}

// OnFailure is what happens after a step's last attempt failed.
type OnFailure struct {
	Pos    diag.Position
	Run    *Run                `yaml:"run" doc:"A script or argument list to run."`
	Launch *Launch             `yaml:"launch" doc:"A flow to start."`
	Notify *Notify             `yaml:"notify" doc:"Who hears of it."`
	Then   *diag.Value[string] `yaml:"then" enum:"fail,continue,skip-dependents" default:"fail" doc:"What becomes of the run."`
}

// Launch starts another flow.
type Launch struct {
	Pos    diag.Position
	Flow   diag.Value[string] `yaml:"flow" required:"true" doc:"Name of the flow."`
	Params diag.Dict[*Any]    `yaml:"params" doc:"Its parameters."`
	Wait   *diag.Value[bool]  `yaml:"wait" doc:"Wait for its end and take its verdict."`
}

// Approve waits for a person's word.
type Approve struct {
	Pos     diag.Position
	Message diag.Value[string]         `yaml:"message" required:"true" doc:"What is asked."`
	Timeout *diag.Value[diag.Duration] `yaml:"timeout" doc:"How long to wait."`
	Then    *diag.Value[string]        `yaml:"then" enum:"fail,continue" default:"fail" doc:"What a timeout does."`
}

// Artifacts are files that outlive the pod.
type Artifacts struct {
	Pos diag.Position
	Out diag.Dict[diag.Value[string]] `yaml:"out" doc:"Paths to keep, by name."`
	In  diag.Dict[diag.Value[string]] `yaml:"in" doc:"Artifacts to fetch, by path."`
}

// Cache skips a step whose outputs are known.
type Cache struct {
	Pos diag.Position
	Key []diag.Value[string]       `yaml:"key" required:"true" doc:"Expressions that the outputs depend on."`
	TTL *diag.Value[diag.Duration] `yaml:"ttl" doc:"How long outputs stay known." example:"7d"`
}

// Retry says when a failed attempt is tried again.
type Retry struct {
	Pos     diag.Position
	Limit   *diag.Value[int] `yaml:"limit" default:"2" doc:"Attempts after the first."`
	For     RetryFor         `yaml:"for" doc:"Causes that are tried again: infra, preempted, oom, timeout, error, any, or {exit: [n]}."`
	Backoff *Backoff         `yaml:"backoff" doc:"Wait before attempts, from..to, doubling." example:"1m..30m"`
}
