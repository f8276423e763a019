package gitbranch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"gantline.dev/gantline/deploy"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/kube"
)

// Plan compares the objects that the source wants with what stands on the
// branch: on the remote where the target is pushed, else in the repository
// itself.
func (b Branch) Plan(ctx context.Context, source deploy.Source, objects []kube.Object) (deploy.Plan, error) {
	plan := deploy.NewPlan(source, b.destination())
	base, err := b.tip(ctx)
	if err != nil {
		return deploy.Plan{}, err
	}
	plan.Base = base
	last, err := b.historyFrom(ctx, base, source.Project, 1)
	if err != nil {
		return deploy.Plan{}, err
	}
	if len(last) > 0 {
		plan.Deployed = last[0].Commit
	}
	before, err := readFiles(ctx, b.Repo, base, source.Project)
	if err != nil {
		return deploy.Plan{}, err
	}
	after, err := files(source.Project, objects)
	if err != nil {
		return deploy.Plan{}, err
	}
	plan.Steps = steps(before, after)
	return plan, nil
}

// tip is the commit that the branch stands at, "" where there is none. A
// branch that exists here and not yet on its remote counts as it is here.
func (b Branch) tip(ctx context.Context) (string, error) {
	if b.Remote != "" {
		hash, err := b.Repo.FetchRef(ctx, b.Remote, b.ref())
		if err != nil {
			return "", fmt.Errorf("reading branch %q of remote %q: %w", b.Name, b.Remote, err)
		}
		if hash != "" {
			return hash, nil
		}
	}
	hash, err := b.Repo.ReadRef(ctx, b.ref())
	if err != nil {
		return "", fmt.Errorf("reading branch %q: %w", b.Name, err)
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

func steps(before, after map[string]file) []deploy.Step {
	var out []deploy.Step
	for name, f := range after {
		step := deploy.Step{Action: deploy.Create, Kind: f.kind, Name: f.name, File: name, After: sum(f.content)}
		if old, ok := before[name]; ok {
			step.Before, step.Action = sum(old.content), deploy.Change
			if step.Before == step.After {
				step.Action = deploy.Unchanged
			}
		}
		out = append(out, step)
	}
	for name, f := range before {
		if _, kept := after[name]; !kept {
			out = append(out, deploy.Step{Action: deploy.Delete, Kind: f.kind, Name: f.name, File: name, Before: sum(f.content)})
		}
	}
	slices.SortFunc(out, func(a, b deploy.Step) int { return strings.Compare(a.File, b.File) })
	return out
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}
