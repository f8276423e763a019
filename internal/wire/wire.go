// Package wire is the contract between render, which writes what a step's pod
// is to do, and gantline-step, which does it. It imports nothing but the
// standard library, so that the shim stays small.
//
// # Why values travel encoded
//
// Argo and Kubernetes interpret {{…}}, {{=…}}, $(VAR) and $$ in every string
// they are given, and scan again what they substituted. So no user text stands
// raw in an Argo or Kubernetes string: scripts, arguments, parameters, outputs
// and items are JSON in ASCII in which whatever could be interpreted is
// \uXXXX (Encode). Encoding an encoded value's decoded form gives the same
// bytes, and no encoded value, nor two of them side by side, contains what
// Argo or Kubernetes would act on.
//
// # How a value reaches a process
//
// The container's only argument after "exec" is a Spec. Each container
// environment variable GANTLINE_IN_<key> holds one encoded value (an Argo
// input parameter, say); a Part of the Spec refers to it by key. The shim
// decodes, joins and indexes, and gives the process arguments and environment
// variables with exactly the value's bytes.
package wire

// Spec is what one step's process is and what is expected of it.
type Spec struct {
	// Flow and Step name the step in messages and JSON lines.
	Flow string `json:"flow"`
	Step string `json:"step"`
	// Shell is the interpreter of Script, such as [bash, -eo, pipefail]; the
	// shim adds -c, the script and nothing else. Empty when Args is used.
	Shell []string `json:"shell,omitempty"`
	// Script is the script's lines, without their line ends.
	Script []string `json:"script,omitempty"`
	// Args is the argument list of a step without a shell.
	Args []Text `json:"args,omitempty"`
	// Env is set for the process, in order, above the container's own.
	Env []Var `json:"env,omitempty"`
	// Mounts are directories that must be there before the process starts. An
	// API server that has image volumes switched off takes them out of a pod and
	// says nothing.
	Mounts []string `json:"mounts,omitempty"`
	// Outputs are read from $GANTLINE_OUTPUTS/<name> when the process ended
	// well, checked against their type and written encoded to
	// EncodedDir/<name>.
	Outputs []Output `json:"outputs,omitempty"`
	// Timeout is how long the process may run, as time.ParseDuration reads
	// it; empty is for ever.
	Timeout string `json:"timeout,omitempty"`
	// Grace is how long the process has between SIGTERM and SIGKILL; empty is
	// DefaultGrace.
	Grace string `json:"grace,omitempty"`
}

// Var is an environment variable of the process.
type Var struct {
	Name  string `json:"name"`
	Value Text   `json:"value"`
}

// Text is a string put together from parts.
type Text []Part

// Part is a literal or a reference to an input. Exactly one of Lit and In is
// used; Lit may be empty.
type Part struct {
	// Lit is text as it is.
	Lit string `json:"lit,omitempty"`
	// In names the input: the container's environment variable
	// GANTLINE_IN_<In>. A JSON string becomes its content, any other JSON
	// value its compact text, an absent variable an error.
	In string `json:"in,omitempty"`
	// At names an input that holds an index into the list In: a foreach
	// passes the whole list and an index.
	At string `json:"at,omitempty"`
	// Path is the keys into the value: item.action of a product.
	Path []string `json:"path,omitempty"`
	// Join says that In is the list that Argo made of a foreach's outputs:
	// each element is an encoded value in a string. The value is the list of
	// the decoded elements.
	Join bool `json:"join,omitempty"`
}

// Output is one declared output.
type Output struct {
	Name string `json:"name"`
	// Type is string, int, float, bool or json. A string output loses one
	// trailing newline, as $(…) of a shell would take it.
	Type string `json:"type"`
	// Default is the encoded value that stands in for a missing file; nil
	// makes the missing file fail the step.
	Default *string `json:"default,omitempty"`
}

// Places and names that both sides know.
const (
	// Shim is where the gantline-step layer puts the binary.
	Shim = "/opt/gantline/gantline-step"
	// RunDir is an emptyDir volume of every step's pod.
	RunDir = "/var/run/gantline"
	// OutputsDir is $GANTLINE_OUTPUTS.
	OutputsDir = RunDir + "/outputs"
	// EncodedDir holds what Argo reads as outputs.parameters.
	EncodedDir = RunDir + "/encoded"
	// InputPrefix starts the names of the variables that hold inputs.
	InputPrefix = "GANTLINE_IN_"
	// RetriesVar is the variable that says how many attempts of this step came
	// before this one, as Argo's {{retries}} counts. Absent where a step is
	// never retried.
	RetriesVar = "GANTLINE_RETRIES"
	// OutputsVar is the variable that tells the process where its outputs go.
	OutputsVar = "GANTLINE_OUTPUTS"
	// TerminationLog is where the cause of a failure is written.
	TerminationLog = "/dev/termination-log"
	// DefaultGrace is the time between SIGTERM and SIGKILL.
	DefaultGrace = "10s"
	// MaxArgBytes is the kernel's limit of one argument or of one environment
	// variable with its name, the byte that ends it taken off.
	MaxArgBytes = 128<<10 - 1
	// MaxValueBytes is the largest encoded value. It leaves 1 KiB of
	// MaxArgBytes for the name of the variable that carries the value.
	MaxValueBytes = 127 << 10
)

// Causes that the shim writes to the termination log as "gantline cause=…",
// for retry expressions to match.
const (
	CauseError   = "error"   // the program ended with a code that is not 0
	CauseTimeout = "timeout" // the running-time deadline passed
	CauseOutput  = "output"  // an output is missing or of a wrong type
	CauseStart   = "start"   // the program or its shell can't be started
	CauseSignal  = "signal"  // the program was killed by a signal from outside
)
