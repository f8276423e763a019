package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean"
)

// maxNeighbours is how many earlier origins are named to the builder, and
// maxNeighbourSteps how far back they are looked for: near ones share layers.
const (
	maxNeighbours     = 8
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
// At the edge of a shallow clone whose history was not read the search ends
// early, with a younger commit; the images then have their own digest though
// their content is the same.
func (p *Project) Origins(ctx context.Context) (Origins, error) {
	origins, err := p.findOrigins(ctx)
	if p.forgoHistory(err) {
		return p.findOrigins(ctx)
	}
	return origins, err
}

func (p *Project) findOrigins(ctx context.Context) (Origins, error) {
	inputs, err := p.imageInputs(ctx)
	if err != nil {
		return Origins{}, err
	}
	var out Origins
	steps := 0
	for step, err := range p.past().FirstParents(ctx, p.Commit.Hash) {
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

// imageInputs decides which changes concern the images. It may take a change
// for one that does when it is not: an image then belongs to a younger commit
// than it could. The other mistake would give a commit the image of another.
type imageInputs struct {
	repo *gitrepo.Repo
	// excludes are the patterns that leave paths out. They are the only
	// verdict that holds for every version of a file: what is an LFS pointer
	// now may have been in the image a commit ago.
	excludes gitrepo.Patterns
	// data is what images have as data, whatever the patterns say.
	data repoclean.Policy
	// locks are the files that environments are made of.
	locks map[string]bool
	// pointers are the paths that are LFS pointers in the commit's own tree, and
	// are left out for it. Those that are fetched are files like others.
	pointers map[string]bool
	// reached are the patterns of the files that decide, from outside the image,
	// which Python is in it; nil where Python is not left out.
	reached []config.Pattern
}

func (p *Project) imageInputs(ctx context.Context) (*imageInputs, error) {
	policy, err := p.policy()
	if err != nil {
		return nil, err
	}
	inputs := &imageInputs{
		repo: p.past(), excludes: policy.Exclude, data: repoclean.Policy{Data: policy.Data},
		locks: map[string]bool{LockFile: true}, pointers: map[string]bool{},
	}
	files, err := p.Context(ctx)
	if err != nil {
		return nil, err
	}
	for _, file := range files.Files {
		inputs.pointers[file.Path] = file.Reason == repoclean.LFSPointer
	}
	if policy.Python == repoclean.Drop {
		inputs.reached = append([]config.Pattern{{Glob: config.FileName}}, p.Config.Flows...)
	}
	for _, image := range p.Config.Images {
		requirements, err := p.requirementFiles(ctx, image.Python)
		if err != nil {
			return nil, err
		}
		for _, file := range slices.Concat(requirements.named, requirements.included) {
			inputs.locks[file.Path] = true
		}
	}
	return inputs, nil
}

// touched says whether the step changed anything that an image is made of.
func (in *imageInputs) touched(ctx context.Context, step gitrepo.FirstParentStep) (bool, error) {
	for _, change := range step.Changes {
		switch {
		case in.locks[change.Path], path.Base(change.Path) == ".gitattributes", in.reaches(change):
			return true, nil
		case change.Path == config.FileName:
			same, err := in.sameImages(ctx, change)
			if err != nil || !same {
				return true, err
			}
		case in.excludes.Excludes(change.Path) && !in.isData(change):
		case !in.pointers[change.Path]:
			return true, nil
		default:
			unseen, err := in.pointersOnly(ctx, change)
			if err != nil || !unseen {
				return true, err
			}
		}
	}
	return false, nil
}

// isData says whether either side of a change is data of an image.
func (in *imageInputs) isData(change gitrepo.PathChange) bool {
	return in.data.IsData(gitrepo.Entry{Path: change.Path, Mode: change.OldMode}) ||
		in.data.IsData(gitrepo.Entry{Path: change.Path, Mode: change.NewMode})
}

// reaches says whether a change may make other Python files reached, where that
// decides what is in the image: one of what says what runs, or a pointer that
// comes or goes, which a name may mean.
func (in *imageInputs) reaches(change gitrepo.PathChange) bool {
	if in.reached == nil {
		return false
	}
	if in.pointers[change.Path] && (change.OldHash == "" || change.NewHash == "") {
		return true
	}
	return slices.ContainsFunc(in.reached, func(pattern config.Pattern) bool {
		return matchPath(strings.Split(pattern.Glob, "/"), strings.Split(change.Path, "/"))
	})
}

// pointersOnly says whether a file is an LFS pointer, or absent, on both sides
// of a change: then it is in neither image.
func (in *imageInputs) pointersOnly(ctx context.Context, change gitrepo.PathChange) (bool, error) {
	if err := in.repo.Prefetch(ctx, sides(change)); err != nil {
		return false, err
	}
	blobs, err := in.repo.Blobs(ctx)
	if err != nil {
		return false, err
	}
	defer blobs.Close()
	if change.OldHash != "" {
		if pointer, err := isPointer(blobs, change.OldMode, change.OldHash); err != nil || !pointer {
			return false, err
		}
	}
	if change.NewHash != "" {
		return isPointer(blobs, change.NewMode, change.NewHash)
	}
	return true, nil
}

// sides are the blobs of a change.
func sides(change gitrepo.PathChange) []string {
	var hashes []string
	if change.OldHash != "" && change.OldMode.IsBlob() {
		hashes = append(hashes, change.OldHash)
	}
	if change.NewHash != "" && change.NewMode.IsBlob() {
		hashes = append(hashes, change.NewHash)
	}
	return hashes
}

// isPointer looks into one side of a change, and not into a large blob: a
// pointer is small.
func isPointer(blobs *gitrepo.BlobReader, mode gitrepo.Mode, hash string) (bool, error) {
	if !isFile(mode) {
		return false, nil
	}
	content, size, err := blobs.Open(hash)
	if errors.Is(err, gitrepo.ErrMissing) {
		return false, nil // a partial clone: who doesn't know must build
	}
	if err != nil {
		return false, err
	}
	defer content.Close()
	if size >= gitrepo.MaxPointerBytes {
		return false, nil
	}
	text, err := io.ReadAll(content)
	if err != nil {
		return false, fmt.Errorf("reading blob %s: %w", hash, err)
	}
	_, ok := gitrepo.ParsePointer(text)
	return ok, nil
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

// imagesKey is what a gantline.yaml says of images and context, and of flows,
// whose files stay out of images; empty where it has errors.
func imagesKey(src []byte) string {
	c, problems := config.Parse(config.FileName, src)
	if c == nil || diag.HasErrors(problems) {
		return ""
	}
	images := make([]config.Image, 0, len(c.Images))
	for _, image := range c.Images {
		image.Pos, image.BasePos = diag.Position{}, diag.Position{}
		image.Data = slices.Clone(image.Data)
		for i := range image.Data {
			image.Data[i].Pos = diag.Position{}
		}
		image.Finish = withoutPlaces(image.Finish)
		if image.Python != nil {
			python := *image.Python
			python.Requirements = withoutPositions(python.Requirements)
			image.Python = &python
		}
		images = append(images, image)
	}
	rules := c.Context
	rules.Exclude, rules.Fetch = withoutPositions(rules.Exclude), withoutPositions(rules.Fetch)
	if rules.Unreachable == config.ReportUnreachable {
		rules.Unreachable = config.OffUnreachable // it changes no image
	}
	key, err := json.Marshal(struct {
		Project, Registry string
		Images            []config.Image
		Context           config.Context
		Flows             []config.Pattern
	}{c.Project, c.Registry, images, rules, withoutPositions(c.Flows)})
	if err != nil {
		return ""
	}
	return string(key)
}

// withoutPlaces are the commands as if they stood nowhere.
func withoutPlaces(commands []config.Finish) []config.Finish {
	out := make([]config.Finish, 0, len(commands))
	for _, command := range commands {
		out = append(out, config.Finish{Run: command.Run, Inputs: withoutPositions(command.Inputs)})
	}
	return out
}

// withoutPositions are the patterns as if they stood nowhere: what moves down
// a line is not changed.
func withoutPositions(patterns []config.Pattern) []config.Pattern {
	out := make([]config.Pattern, 0, len(patterns))
	for _, pattern := range patterns {
		out = append(out, config.Pattern{Glob: pattern.Glob})
	}
	return out
}
