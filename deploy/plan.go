package deploy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/kube"
)

// Action is what a deploy does with one object.
type Action string

// The actions of a plan.
const (
	Create    Action = "create"
	Change    Action = "change"
	Delete    Action = "delete"
	Unchanged Action = "unchanged"
)

// Source is the commit that is deployed.
type Source struct {
	Project string `json:"project"`
	Commit  string `json:"commit"`
	Subject string `json:"subject"`
}

// Branch is a git branch that holds rendered manifests.
type Branch struct {
	// Target is the target's name in gantline.yaml.
	Target string `json:"target"`
	// Name is the branch, without refs/heads/.
	Name string `json:"branch"`
	// Remote is where the branch is pushed to; empty for a local branch.
	Remote string `json:"remote,omitempty"`
}

func (b Branch) ref() string { return "refs/heads/" + b.Name }

// Step is what happens to one object.
type Step struct {
	Action Action `json:"action"`
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	// File is the path on the branch.
	File string `json:"file"`
	// Before and After are the SHA-256 of the file; empty where there is none.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Plan is what a deploy would do: data, without handles.
type Plan struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Source
	Branch
	// Base is the branch's commit that the plan was made from; empty where the
	// branch does not exist.
	Base string `json:"base,omitempty"`
	// Steps is one for each object, in the order of their files.
	Steps []Step `json:"steps"`
}

// Changes says whether the plan does anything.
func (p Plan) Changes() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Action != Unchanged })
}

// Count is the number of steps of an action.
func (p Plan) Count(action Action) int {
	n := 0
	for _, step := range p.Steps {
		if step.Action == action {
			n++
		}
	}
	return n
}

// Summary is the plan in a few words: 2 created, 1 changed, 3 unchanged.
func (p Plan) Summary() string {
	var parts []string
	for _, word := range []struct {
		action Action
		past   string
	}{{Create, "created"}, {Change, "changed"}, {Delete, "removed"}, {Unchanged, "unchanged"}} {
		if n := p.Count(word.action); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word.past))
		}
	}
	if len(parts) == 0 {
		return "no objects"
	}
	return strings.Join(parts, ", ")
}

// ErrStale says that the branch has moved since the plan was made.
var ErrStale = errors.New("the branch has moved since the plan was made; plan again")

// PlanBranch compares the objects that the source wants with what stands on
// the branch: on the remote where the target is pushed, else in the
// repository itself.
func PlanBranch(ctx context.Context, repo *gitrepo.Repo, branch Branch, source Source, objects []kube.Object) (Plan, error) {
	plan := Plan{APIVersion: "gantline.dev/v1", Kind: "DeployPlan", Source: source, Branch: branch}
	base, err := tip(ctx, repo, branch)
	if err != nil {
		return Plan{}, err
	}
	plan.Base = base
	before, err := readFiles(ctx, repo, base, source.Project)
	if err != nil {
		return Plan{}, err
	}
	after, err := files(source.Project, objects)
	if err != nil {
		return Plan{}, err
	}
	plan.Steps = steps(before, after)
	return plan, nil
}

// tip is the commit that the branch stands at, "" where there is none. A
// branch that exists here and not yet on its remote counts as it is here.
func tip(ctx context.Context, repo *gitrepo.Repo, branch Branch) (string, error) {
	if branch.Remote != "" {
		hash, err := repo.FetchRef(ctx, branch.Remote, branch.ref())
		if err != nil {
			return "", fmt.Errorf("reading branch %q of remote %q: %w", branch.Name, branch.Remote, err)
		}
		if hash != "" {
			return hash, nil
		}
	}
	hash, err := repo.ReadRef(ctx, branch.ref())
	if err != nil {
		return "", fmt.Errorf("reading branch %q: %w", branch.Name, err)
	}
	return hash, nil
}

// file is one manifest on the branch, or one to be.
type file struct {
	kind, name string
	content    []byte
}

// files is the manifests of the objects by their path on the branch.
func files(project string, objects []kube.Object) (map[string]file, error) {
	out := map[string]file{}
	for _, object := range objects {
		content, err := object.YAML()
		if err != nil {
			return nil, err
		}
		name := path.Join(project, object.FileName())
		if _, taken := out[name]; taken {
			return nil, fmt.Errorf("two objects would be file %q: %s is declared twice", name, object.ID)
		}
		out[name] = file{kind: object.ID.Kind, name: object.Name, content: content}
	}
	return out, nil
}

// readFiles is the manifests below the project's directory on the branch.
func readFiles(ctx context.Context, repo *gitrepo.Repo, commit, project string) (map[string]file, error) {
	out := map[string]file{}
	if commit == "" {
		return out, nil
	}
	entries, err := repo.Tree(ctx, commit)
	if err != nil {
		return nil, fmt.Errorf("reading the rendered branch: %w", err)
	}
	var names, hashes []string
	for _, entry := range entries {
		if strings.HasPrefix(entry.Path, project+"/") && entry.Mode.IsBlob() {
			names, hashes = append(names, entry.Path), append(hashes, entry.Hash)
		}
	}
	contents, err := repo.ReadBlobs(ctx, hashes)
	if err != nil {
		return nil, fmt.Errorf("reading the rendered branch: %w", err)
	}
	for i, name := range names {
		kind, rest, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".yaml"), "-")
		out[name] = file{kind: kind, name: rest, content: contents[i]}
	}
	return out, nil
}

func steps(before, after map[string]file) []Step {
	var out []Step
	for name, f := range after {
		step := Step{Action: Create, Kind: f.kind, Name: f.name, File: name, After: sum(f.content)}
		if old, ok := before[name]; ok {
			step.Before, step.Action = sum(old.content), Change
			if step.Before == step.After {
				step.Action = Unchanged
			}
		}
		out = append(out, step)
	}
	for name, f := range before {
		if _, kept := after[name]; !kept {
			out = append(out, Step{Action: Delete, Kind: f.kind, Name: f.name, File: name, Before: sum(f.content)})
		}
	}
	slices.SortFunc(out, func(a, b Step) int { return strings.Compare(a.File, b.File) })
	return out
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}
