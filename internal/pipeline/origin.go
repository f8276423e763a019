package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"path"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
)

// maxNeighbours is how many earlier origins are named to the builder, and
// maxNeighbourSteps how far back they are looked for: near ones share layers.
const (
	maxNeighbours     = 4
	maxNeighbourSteps = 64
)

// Origins is the commit that an image belongs to and the origins before it.
type Origins struct {
	Origin build.Origin
	// Earlier are the origins before it, nearest first: their images probably
	// share layers with this one.
	Earlier []string
}

// Origins finds the commit that the project's images belong to: the oldest
// one reached along first parents while nothing that an image is made of
// changes. So a commit that changes only documentation has the images of the
// commit before it.
//
// At the edge of a shallow clone the search ends early, with a younger commit;
// the images then have their own digest though their content is the same.
func (p *Project) Origins(ctx context.Context) (Origins, error) {
	inputs, err := p.imageInputs(ctx)
	if err != nil {
		return Origins{}, err
	}
	var out Origins
	steps := 0
	for step, err := range p.Repo.FirstParents(ctx, p.Commit.Hash) {
		if err != nil {
			return Origins{}, fmt.Errorf("looking for the origin of %s: %w", p.Commit.Short(), err)
		}
		touched, err := inputs.touched(ctx, step)
		if err != nil {
			return Origins{}, err
		}
		steps++
		last := step.Cut || len(step.Commit.Parents) == 0
		switch {
		case !touched && !last:
		case out.Origin.Commit == "":
			out.Origin = build.Origin{Commit: step.Commit.Hash, Time: step.Commit.Committer.When.UTC()}
			steps = 0
		default:
			out.Earlier = append(out.Earlier, step.Commit.Hash)
		}
		if len(out.Earlier) == maxNeighbours || out.Origin.Commit != "" && steps >= maxNeighbourSteps {
			break
		}
	}
	return out, nil
}

// imageInputs decides which changes concern the images.
type imageInputs struct {
	repo *gitrepo.Repo
	// included says of each path of the commit's tree whether it is in the
	// context.
	included map[string]bool
	// excludes are the policy's patterns, for paths that the tree has no more.
	excludes gitrepo.Patterns
	// locks are the files that environments are made of.
	locks map[string]bool
}

func (p *Project) imageInputs(ctx context.Context) (*imageInputs, error) {
	policy, err := p.policy()
	if err != nil {
		return nil, err
	}
	files, err := p.Context(ctx)
	if err != nil {
		return nil, err
	}
	inputs := &imageInputs{repo: p.Repo, included: map[string]bool{}, excludes: policy.Exclude, locks: map[string]bool{LockFile: true}}
	for _, file := range files.Files {
		inputs.included[file.Path] = file.Included || file.Mode == gitrepo.Submodule
	}
	for _, image := range p.Config.Images {
		if image.Python != nil {
			for _, file := range image.Python.Requirements {
				inputs.locks[file.Glob] = true
			}
		}
	}
	return inputs, nil
}

// touched says whether the step changed anything that an image is made of.
func (in *imageInputs) touched(ctx context.Context, step gitrepo.FirstParentStep) (bool, error) {
	for _, change := range step.Changes {
		switch {
		case in.locks[change.Path], path.Base(change.Path) == ".gitattributes":
			return true, nil
		case change.Path == config.FileName:
			same, err := in.sameImages(ctx, change)
			if err != nil || !same {
				return true, err
			}
		default:
			known, there := in.included[change.Path]
			if known || !there && !in.excludes.Excludes(change.Path) {
				return true, nil
			}
		}
	}
	return false, nil
}

// sameImages says whether two versions of gantline.yaml declare the same
// images and context.
func (in *imageInputs) sameImages(ctx context.Context, change gitrepo.PathChange) (bool, error) {
	if change.OldHash == "" || change.NewHash == "" {
		return false, nil
	}
	texts, err := in.repo.ReadBlobs(ctx, []string{change.OldHash, change.NewHash})
	if err != nil {
		return false, fmt.Errorf("reading an earlier %s: %w", config.FileName, err)
	}
	before, after := imagesKey(texts[0]), imagesKey(texts[1])
	return before != "" && before == after, nil
}

// imagesKey is what a gantline.yaml says of images and context; empty where it
// has errors.
func imagesKey(src []byte) string {
	c, problems := config.Parse(config.FileName, src)
	if c == nil || diag.HasErrors(problems) {
		return ""
	}
	images := make([]config.Image, 0, len(c.Images))
	for _, image := range c.Images {
		image.Pos, image.BasePos = diag.Position{}, diag.Position{}
		if image.Python != nil {
			python := *image.Python
			python.Requirements = nil
			for _, file := range image.Python.Requirements {
				python.Requirements = append(python.Requirements, config.Pattern{Glob: file.Glob})
			}
			image.Python = &python
		}
		images = append(images, image)
	}
	key, err := json.Marshal(struct {
		Project, Registry string
		Images            []config.Image
		Context           config.Context
	}{c.Project, c.Registry, images, c.Context})
	if err != nil {
		return ""
	}
	return string(key)
}
