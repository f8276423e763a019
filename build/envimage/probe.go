package envimage

import (
	"context"
	_ "embed" // the scripts that look
	"encoding/json"
	"fmt"
	"strings"

	"github.com/moby/buildkit/client"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
)

// Facts are what an image has that decides how packages and a user are put on
// top of it. They are a function of the image, probed once.
type Facts struct {
	// Users and Groups are /etc/passwd and /etc/group.
	Users, Groups string
	// Python is its Python 3, or nil.
	Python *Python
}

// Python is an interpreter and what is installed for it.
type Python struct {
	// Implementation is sys.implementation.name: "cpython".
	Implementation string `json:"implementation"`
	// Version is all of it: "3.11.2".
	Version string `json:"version"`
	// ABI is the tag of wheels with extensions for it alone: "cp311".
	ABI string `json:"abi"`
	// Interpreter is its absolute path, outside any virtual environment.
	Interpreter string `json:"interpreter"`
	// GLibc is the version of the C library, "2.36"; empty where Musl is.
	GLibc string `json:"glibc"`
	// Musl is the version of musl, "1.2"; empty where GLibc is.
	Musl string `json:"musl"`
	// Machine is what uname calls the processor: "x86_64".
	Machine string `json:"machine"`
	// Installed are versions by normalized name.
	Installed map[string]string `json:"installed"`
	// HasPip and HasEnsurepip say what can install pip's own packages.
	HasPip       bool `json:"hasPip"`
	HasEnsurepip bool `json:"hasEnsurepip"`
	// Sites are the directories of packages of the virtual environment that the
	// interpreter lives in; none where it lives in none.
	Sites []string `json:"sites"`
	// Pins is /etc/pip/constraint.txt, by which NVIDIA's images say what must
	// not be replaced.
	Pins string `json:"pins"`
}

var (
	//go:embed script/facts.sh
	factsScript string
	//go:embed script/facts.py
	factsProgram string
)

const factsDir = "/run/gantline-facts"

// Probe has the daemon pull the base, put the system packages on it, run its
// Python there and say what was found. Of the inputs only the base, the
// platform and the system packages count.
func Probe(ctx context.Context, c *client.Client, in Inputs, o Options) (Facts, error) {
	in = Inputs{Base: in.Base, Platform: in.Platform, System: in.System}
	if err := in.Validate(); err != nil {
		return Facts{}, err
	}
	if err := checkPlatformOf(ctx, c, in); err != nil {
		return Facts{}, err
	}
	var facts Facts
	_, err := o.solve(ctx, c, client.SolveOpt{}, func(ctx context.Context, c gateway.Client) (_ *gateway.Result, err error) {
		facts, err = in.probe(ctx, c)
		return gateway.NewResult(), err
	})
	return facts, err
}

// probe runs beside the daemon.
func (in Inputs) probe(ctx context.Context, c gateway.Client) (Facts, error) {
	_, state, err := in.onBase(ctx, c)
	if err != nil {
		return Facts{}, err
	}
	look := step{
		name:   "looking at " + in.Base,
		script: factsScript,
		args:   []string{withoutComments(factsProgram)},
	}
	result, err := in.evaluate(ctx, c, look.output(state, factsDir))
	if err != nil {
		return Facts{}, err
	}
	ref, err := result.SingleRef()
	if err != nil {
		return Facts{}, err
	}
	return readFacts(ctx, ref)
}

func readFacts(ctx context.Context, ref gateway.Reference) (Facts, error) {
	found := map[string][]byte{}
	for _, name := range []string{"passwd", "group", "python.json"} {
		content, err := ref.ReadFile(ctx, gateway.ReadRequest{Filename: name})
		if err != nil && name != "python.json" {
			return Facts{}, fmt.Errorf("reading what was found: %w", err)
		}
		found[name] = content
	}
	facts := Facts{Users: string(found["passwd"]), Groups: string(found["group"])}
	if len(found["python.json"]) == 0 {
		return facts, nil
	}
	facts.Python = &Python{}
	if err := json.Unmarshal(found["python.json"], facts.Python); err != nil {
		return Facts{}, fmt.Errorf("reading what the base's Python said of itself: %w", err)
	}
	if !strings.HasPrefix(facts.Python.Version, "3.") {
		facts.Python = nil
	}
	return facts, nil
}
