package config

import (
	"regexp"
	"strconv"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// maxDeletions is the default of max_deletions.
const maxDeletions = 0.2

// snapshotLimit is the default of run.snapshot_limit, in bytes.
const snapshotLimit = 20_000_000

func (c *checker) deploy(f *DeployFile, registry string) Deploy {
	out := Deploy{Branch: "main"}
	if f == nil {
		return out
	}
	out.Branch = orDefault(f.Branch, "main")
	if f.Branch != nil {
		c.branch(*f.Branch)
	}
	for _, entry := range f.Targets {
		c.label(entry.Key, "target", 40)
		switch target := entry.V; {
		case target == nil: // a problem already
		case target.Git != nil:
			out.Targets = append(out.Targets, c.branchTarget(entry.Key, target, out.Branch))
		case target.Namespace != nil:
			out.Targets = append(out.Targets, c.clusterTarget(entry.Key, target, registry))
		default:
			c.hintf(entry.Key.Pos, "target", "write git: BRANCH for a branch of rendered manifests, or namespace: NAME (and context:) for a cluster",
				"target %q is neither a branch nor a cluster", entry.Key.V)
		}
	}
	return out
}

func (c *checker) branchTarget(name diag.Value[string], f *TargetFile, deployBranch string) Target {
	c.branch(*f.Git)
	if f.Git.V == deployBranch {
		c.errorf(f.Git.Pos, "target", "target %q would write rendered manifests onto the deploy branch %q", name.V, deployBranch)
	}
	for _, key := range []struct {
		name string
		pos  *diag.Position
	}{
		{"context", position(f.Context)}, {"namespace", position(f.Namespace)}, {"argo_url", position(f.ArgoURL)},
		{"deploys", position(f.Deploys)}, {"max_deletions", position(f.MaxDeletions)},
	} {
		if key.pos != nil {
			c.errorf(*key.pos, "target", "%s belongs to a cluster, and target %q is a branch", key.name, name.V)
		}
	}
	return Target{Pos: name.Pos, Name: name.V, Branch: f.Git.V, Push: orDefault(f.Push, "")}
}

func (c *checker) clusterTarget(name diag.Value[string], f *TargetFile, registry string) Target {
	if f.Push != nil {
		c.errorf(f.Push.Pos, "target", "push belongs to a branch, and target %q is a cluster", name.V)
	}
	if registry == "" {
		c.hintf(name.Pos, "target", "name a registry that its nodes can pull from with registry:",
			"target %q is a cluster, which can't reach the embedded registry", name.V)
	}
	c.label(*f.Namespace, "namespace", 63)
	out := Target{
		Pos: name.Pos, Name: name.V, Namespace: f.Namespace.V, Context: orDefault(f.Context, ""),
		ArgoURL:      strings.TrimRight(orDefault(f.ArgoURL, ""), "/"),
		RunsOnly:     !orDefault(f.Deploys, true),
		MaxDeletions: maxDeletions,
	}
	if url := out.ArgoURL; url != "" && !strings.HasPrefix(url, "https://") && !strings.HasPrefix(url, "http://") {
		c.hintf(f.ArgoURL.Pos, "target", "write it as https://argo.example.com", "%q is not the address of a web page", f.ArgoURL.V)
	}
	if f.MaxDeletions != nil {
		share, ok := percent(f.MaxDeletions.V)
		if !ok {
			c.hintf(f.MaxDeletions.Pos, "target", "write it as 20%", "%q is not a share from 0%% to 100%%", f.MaxDeletions.V)
		}
		out.MaxDeletions = share
	}
	return out
}

// percent reads a share such as 20%.
func percent(text string) (share float64, ok bool) {
	digits, ok := strings.CutSuffix(text, "%")
	n, err := strconv.ParseUint(digits, 10, 8)
	return float64(n) / 100, ok && err == nil && n <= 100
}

// run finds where runs go: the target that is named, or the only one that is
// for runs alone.
func (c *checker) run(f *RunFile, targets []Target) Run {
	out := Run{SnapshotLimit: snapshotLimit}
	var runsOnly, clusters []string
	for _, target := range targets {
		if target.IsCluster() {
			clusters = append(clusters, target.Name)
		}
		if target.RunsOnly {
			runsOnly = append(runsOnly, target.Name)
		}
	}
	if len(runsOnly) == 1 {
		out.Target = runsOnly[0]
	}
	if f == nil {
		return out
	}
	out.SnapshotLimit = int64(orDefault(f.SnapshotLimit, snapshotLimit))
	if f.Target == nil {
		return out
	}
	out.Target = f.Target.V
	for _, name := range clusters {
		if name == out.Target {
			return out
		}
	}
	hint := "declare it under deploy.targets, with namespace: and context:"
	if near, ok := diag.Nearest(out.Target, clusters); ok {
		hint = "did you mean " + strconv.Quote(near) + "?"
	}
	c.hintf(f.Target.Pos, "target", hint, "there is no cluster target %q for runs to go to", out.Target)
	return out
}

func position[T any](v *diag.Value[T]) *diag.Position {
	if v == nil {
		return nil
	}
	return &v.Pos
}

// branchForm is what git takes for a branch and nobody has to quote: parts that
// don't start or end with a dot.
var branchForm = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_-])?(/[A-Za-z0-9_-]([A-Za-z0-9._-]*[A-Za-z0-9_-])?)*$`)

// branch checks the name of a branch. A branch HEAD is one to git, but makes
// HEAD ambiguous in every command that follows.
func (c *checker) branch(v diag.Value[string]) {
	if !branchForm.MatchString(v.V) || strings.Contains(v.V, "..") || strings.Contains(v.V+"/", ".lock/") ||
		strings.HasPrefix(v.V, "refs/") || v.V == "HEAD" {
		c.errorf(v.Pos, "branch", "%q is not the name of a branch", v.V)
	}
}
