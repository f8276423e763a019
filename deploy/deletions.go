package deploy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
)

// Deletions is what a plan removes, as it is confirmed.
type Deletions struct {
	Steps []Step
	// Flows is how many names they have, and Deployed how many there are: the
	// template and the schedule of a flow share one.
	Flows, Deployed int
	// Hash stands for exactly these objects; empty where there are none.
	Hash string
}

// Deletions is what the plan removes.
func (p Plan) Deletions() Deletions {
	out := Deletions{Steps: p.Only(Delete)}
	gone, known := map[string]bool{}, map[string]bool{}
	sum := sha256.New()
	for _, step := range p.Steps {
		if step.Action != Create {
			known[step.Name] = true
		}
		if step.Action == Delete {
			gone[step.Name] = true
			uid := ""
			if step.Live != nil {
				uid = step.Live.UID
			}
			fmt.Fprintf(sum, "%s %s\n", step.ID(), uid)
		}
	}
	out.Flows, out.Deployed = len(gone), len(known)
	if len(gone) > 0 {
		out.Hash = hex.EncodeToString(sum.Sum(nil))[:12]
	}
	return out
}

// CheckDeletions refuses a plan that removes more than a share, 0 to 1, of what
// is deployed, unless these very deletions were confirmed by their hash. One
// flow may always be removed; everything may not, whatever the share: a commit
// that renders nothing is more likely a mistake.
func CheckDeletions(plan Plan, share float64, confirmed string) error {
	d := plan.Deletions()
	most := max(1, int(math.Floor(share*float64(d.Deployed)+1e-9)))
	all := len(d.Steps) > 0 && len(d.Steps) == len(plan.Steps)
	if confirmed == d.Hash || d.Flows <= most && !all {
		return nil
	}
	what := fmt.Sprintf("this removes %d of %d flows from %s: %s", d.Flows, d.Deployed, plan.Destination, few(d.Steps))
	if all {
		what = fmt.Sprintf("commit %s has no flow, and %s has %d objects", plan.Commit[:min(12, len(plan.Commit))], plan.Destination, len(d.Steps))
	}
	return Refuse(what, fmt.Sprintf("if that is meant: gantline deploy --target %s --confirm-deletions %s", plan.Target, d.Hash))
}
