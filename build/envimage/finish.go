package envimage

import (
	"context"
	_ "embed" // the script that runs the command
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/exporter/containerimage/exptypes"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
)

//go:embed script/finish.sh
var finishScript string

// Finish is a command that is run on an image with code in it.
type Finish struct {
	// Image is what it runs on, by digest. Its config says as whom, where and
	// with which variables; the user is numeric.
	Image string
	// Platform is the image's.
	Platform string
	// Command is for sh, Name what progress and errors call it.
	Command, Name string
	// Compression of the new layer: "gzip" (also if empty) or "zstd".
	Compression string
}

// RunFinish has the BuildKit daemon run the command, and push the image with
// what the command changed as one layer more to the repository, without a tag.
// What the command leaves in /tmp and /var/tmp is not kept. A command that fails
// is a *StepError.
func RunFinish(ctx context.Context, c *client.Client, f Finish, repository string, o Options) (Result, error) {
	in := Inputs{Base: f.Image, Platform: f.Platform, Compression: f.Compression}
	if err := in.Validate(); err != nil {
		return Result{}, err
	}
	if err := checkPlatformOf(ctx, c, in); err != nil {
		return Result{}, err
	}
	digest, err := o.push(ctx, c, repository, in, func(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
		return f.solve(ctx, c, in)
	})
	var step *StepError
	if errors.As(err, &step) {
		step.Of = "the image"
	}
	return Result{Repository: repository, Digest: digest}, err
}

// solve runs beside the daemon.
func (f Finish) solve(ctx context.Context, c gateway.Client, in Inputs) (*gateway.Result, error) {
	config, state, err := in.onBase(ctx, c)
	if err != nil {
		return nil, err
	}
	who, err := processOf(config)
	if err != nil {
		return nil, err
	}
	run := step{
		kind: FinishStep, name: f.Name, script: finishScript, args: []string{f.Command}, as: &who,
		options: []llb.RunOption{temporary("/tmp"), temporary("/var/tmp")},
	}
	result, err := in.evaluate(ctx, c, run.run(state))
	if err != nil {
		return nil, err
	}
	result.AddMeta(exptypes.ExporterImageConfigKey, config)
	return result, nil
}

// temporary is a directory that anyone may write to, and that nothing stays of.
func temporary(dir string) llb.RunOption {
	empty := llb.Scratch().File(llb.Mkdir("/tmp", 0o777), llb.WithCustomName("empty "+dir))
	return llb.AddMount(dir, empty, llb.SourcePath("/tmp"), llb.ForceNoOutput)
}

// process is as whom and where a step runs.
type process struct {
	user      string
	uid, gid  int
	dir, home string
}

// root is how the steps of an environment run.
func root() process { return process{user: "root", dir: "/", home: "/root"} }

// processOf reads from an image's config as whom and where its programs run.
func processOf(config []byte) (process, error) {
	var image struct {
		Config struct {
			User       string
			WorkingDir string
		} `json:"config"`
	}
	if err := json.Unmarshal(config, &image); err != nil {
		return process{}, fmt.Errorf("reading the image's configuration: %w", err)
	}
	env, err := environment(config)
	if err != nil {
		return process{}, err
	}
	user, group, _ := strings.Cut(image.Config.User, ":")
	uid, err := strconv.Atoi(user)
	if err != nil {
		return process{}, fmt.Errorf("reading user %q of the image: it is not numeric", image.Config.User)
	}
	gid, err := strconv.Atoi(group)
	if err != nil {
		return process{}, fmt.Errorf("reading user %q of the image: its group is not numeric", image.Config.User)
	}
	return process{user: image.Config.User, uid: uid, gid: gid, dir: image.Config.WorkingDir, home: env.get("HOME")}, nil
}
