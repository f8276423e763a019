package envimage

import (
	_ "embed" // the scripts of the steps
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/client/llb"
)

// epoch is the time of files that steps write, and of the image's creation: 2
// January 1980. It lies after the earliest time that zip archives can hold in
// any time zone.
const epoch = 315619200

var (
	//go:embed script/begin.sh
	beginScript string
	//go:embed script/apt.sh
	aptScript string
	//go:embed script/python.sh
	pythonScript string
	//go:embed script/ensurepip.sh
	ensurePipScript string
	//go:embed script/setup.sh
	setupScript string
	//go:embed script/home.sh
	homeScript string
	//go:embed script/end.sh
	endScript string
)

// StepKind says what a layer of the environment is for.
type StepKind string

// The kinds of steps, in their order.
const (
	SystemStep StepKind = "system" // apt packages
	PythonStep StepKind = "python" // what pip installs
	SetupStep  StepKind = "setup"  // a set-up command
	UserStep   StepKind = "user"   // the user's home and passwd entry
	FinishStep StepKind = "finish" // a command on the code, in an image of its own
)

// step is one command of the build: one layer.
type step struct {
	kind StepKind
	// name is what progress and errors call it.
	name    string
	script  string
	args    []string
	options []llb.RunOption
	// as says who runs it; nil is root.
	as *process
}

// steps are what has to run, in order.
func steps(in Inputs) []step {
	var all []step
	if len(in.System) > 0 {
		all = append(all, step{
			kind:   SystemStep,
			name:   "system packages: " + strings.Join(in.System, " "),
			script: aptScript,
			args:   in.System,
		})
	}
	if len(in.Requirements) > 0 {
		all = append(all, pythonStep(in))
	}
	if in.EnsurePip {
		all = append(all, step{kind: SetupStep, name: "pip, for set-up commands", script: ensurePipScript, args: []string{Venv}})
	}
	for i, command := range in.Setup {
		all = append(all, step{
			kind:   SetupStep,
			name:   fmt.Sprintf("setup %d of %d: %s", i+1, len(in.Setup), firstLine(command)),
			script: setupScript,
			args:   []string{command},
		})
	}
	if u := in.User; u != (User{}) && u.UID != 0 {
		all = append(all, step{
			kind:   UserStep,
			name:   fmt.Sprintf("user %d:%d with home %s", u.UID, u.GID, u.Home),
			script: homeScript,
			args:   []string{strconv.Itoa(u.UID), strconv.Itoa(u.GID), u.Name, u.Home},
		})
	}
	return all
}

// pythonStep has pip install all requirements files in one go.
func pythonStep(in Inputs) step {
	names := make([]string, 0, len(in.Requirements))
	var args []string
	hashed := false
	for _, f := range in.Requirements {
		names = append(names, f.Path)
		args = append(args, "--requirement", f.Path)
		hashed = hashed || Hashed(f)
	}
	if hashed {
		args = append(args, "--require-hashes")
	}
	constraints := "none"
	if in.BaseConstrains {
		constraints = "base"
	}
	return step{
		kind:   PythonStep,
		name:   "Python packages: " + strings.Join(names, " "),
		script: pythonScript,
		args:   args,
		options: []llb.RunOption{
			llb.AddEnv("GANTLINE_VENV", Venv),
			llb.AddEnv("GANTLINE_CONSTRAINTS", constraints),
			llb.AddEnv("GANTLINE_EXTRA_INDEXES", strings.Join(in.Indexes, " ")),
			llb.AddMount(scratchDir+"/requirements", fileTree(append(in.Requirements, in.Included...)), llb.Readonly),
			// Downloads only: what is installed is checked against the hashes.
			llb.AddMount(scratchDir+"/pip-cache", llb.Scratch(), llb.AsPersistentCacheDir("gantline-pip", llb.CacheMountShared)),
		},
	}
}

// scratchDir is a directory that exists only while a step runs.
const scratchDir = "/run/gantline"

// Graph is the build as BuildKit's instructions. Config is the base's image
// configuration (JSON): the steps run in its environment.
func Graph(in Inputs, config []byte) (llb.State, error) {
	if err := in.Validate(); err != nil {
		return llb.State{}, err
	}
	in = in.normal()
	platform, err := platforms.Parse(in.Platform)
	if err != nil {
		return llb.State{}, fmt.Errorf("reading platform %q: %w", in.Platform, err)
	}
	env, err := environment(config)
	if err != nil {
		return llb.State{}, err
	}
	state := llb.Image(in.Base, llb.Platform(platform), llb.WithCustomName("base "+in.Base)).Platform(platform)
	if len(in.Requirements) > 0 {
		env = env.withVenv()
	}
	for _, v := range env {
		state = state.AddEnv(v.name, v.value)
	}
	for _, s := range steps(in) {
		state = s.run(state)
	}
	return state, nil
}

// run adds the step to the build.
func (s step) run(state llb.State) llb.State { return s.exec(state).Root() }

// output is what the step leaves in a directory that it sees empty.
func (s step) output(state llb.State, dir string) llb.State {
	return s.exec(state).AddMount(dir, llb.Scratch())
}

func (s step) exec(state llb.State) llb.ExecState {
	script, as := withoutComments(beginScript+s.script+endScript), root()
	if s.as != nil { // it can't date all files
		script, as = withoutComments(beginScript+s.script), *s.as
	}
	options := append([]llb.RunOption{
		llb.Args(append([]string{"/bin/sh", "-c", script, "gantline"}, s.args...)),
		llb.WithCustomName(s.name),
		llb.Dir(as.dir),
		llb.User(as.user),
		llb.AddEnv("LANG", "C.UTF-8"),
		llb.AddEnv("LC_ALL", "C.UTF-8"),
		llb.AddEnv("TZ", "UTC"),
		llb.AddEnv("PYTHONHASHSEED", "0"),
		llb.AddEnv("PYTHONDONTWRITEBYTECODE", "1"), // it holds the time of its source
		llb.AddEnv("HOME", as.home),
		llb.AddEnv("SOURCE_DATE_EPOCH", strconv.Itoa(epoch)),
		llb.AddEnv("PIP_CACHE_DIR", scratchDir+"/pip-cache"),
		llb.AddEnv("PIP_NO_INPUT", "1"),
		llb.AddEnv("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
		llb.AddEnv("PIP_ROOT_USER_ACTION", "ignore"),
		llb.AddEnv("GANTLINE_EPOCH", strconv.Itoa(epoch)),
		llb.AddMount(scratchDir, llb.Scratch(), llb.Tmpfs()),
		as.hostFile(secretCA, "ca.pem", 0o444), // apt and commands may read it as another user
		as.hostFile(secretEnv, "env", 0o400),
		as.hostFile(secretNetrc, "netrc", 0o400),
		as.hostFile(secretAptConf, "apt.conf", 0o400),
		as.hostFile(secretAptList, "sources.list", 0o444),
	}, s.options...)
	return state.Run(options...)
}

// hostFile mounts a secret of the host where it has one.
func (p process) hostFile(id, name string, mode int) llb.RunOption {
	return llb.AddSecret(path.Join(scratchDir, name), llb.SecretID(id), llb.SecretOptional, llb.SecretFileOpt(p.uid, p.gid, mode))
}

// fileTree is a file system that holds the files and their directories.
func fileTree(files []File) llb.State {
	state := llb.Scratch()
	made := map[string]bool{".": true}
	for _, f := range files {
		dir := path.Dir(f.Path)
		if !made[dir] {
			state = state.File(llb.Mkdir("/"+dir, 0o755, llb.WithParents(true)), llb.WithCustomName("requirements directory "+dir))
			made[dir] = true
		}
		state = state.File(llb.Mkfile("/"+f.Path, 0o644, f.Data), llb.WithCustomName("requirements "+f.Path))
	}
	return state
}

func firstLine(s string) string {
	first, rest, more := strings.Cut(strings.TrimSpace(s), "\n")
	if more && rest != "" {
		return first + " …"
	}
	return first
}

// withoutComments drops lines that only explain: they would be in the builder's
// cache keys and messages.
func withoutComments(script string) string {
	var kept strings.Builder
	for line := range strings.Lines(script) {
		if text := strings.TrimSpace(line); text != "" && !strings.HasPrefix(text, "#") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}
