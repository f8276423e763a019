package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/repoclean"
)

// BuildJob is the images of one commit to be built.
type BuildJob struct {
	Project *Project
	Means   *Means
	// Files is the context: what goes into the images.
	Files repoclean.Context
	// Branch is the one whose movable tags follow the commit, where it is its
	// tip; empty is none but that of the means.
	Branch string
	// offline says that no registry is needed: none is started for nothing.
	offline bool
}

// imageBuild is one image of a job on its way.
type imageBuild struct {
	BuildJob
	image      config.Image
	repository string
	origins    Origins
	// made are the digests of the environment's layers that were made just now.
	made []string
}

// Destination is where images go that are not published. The zero value
// publishes them.
type Destination struct {
	// Layout is a directory: each image becomes an OCI layout in a directory of
	// its name there.
	Layout string
	// Archive is a file that docker load takes, of a project with one image.
	Archive string
}

// Run builds or finds every image and publishes it under the commit's tag, or
// takes it where the destination says. Nothing is asked of BuildKit where the
// images exist.
func (j BuildJob) Run(ctx context.Context, to Destination) ([]build.Image, error) {
	if n := len(j.Project.Config.Images); to.Archive != "" && n != 1 {
		return nil, &RefusedError{
			Reasons: []string{fmt.Sprintf("an archive holds one image, and %s declares %d", config.FileName, n)},
			Hints:   []string{"write OCI layouts: --to oci:DIR"},
		}
	}
	if image, data, ok := j.Project.firstVolume(); ok && to.Archive != "" {
		return nil, &RefusedError{
			Reasons: []string{fmt.Sprintf("an archive holds one image, and images.%s.data.%s is a volume, an image of its own", image, data)},
			Hints:   []string{"write OCI layouts, which hold both: --to oci:DIR"},
		}
	}
	images := make([]build.Image, 0, len(j.Project.Config.Images))
	if to != (Destination{}) && j.Project.onScratch() {
		j.offline = true
	}
	if to == (Destination{}) && j.Project.Repo.Shallow() {
		if found, err := j.published(ctx); found != nil || err != nil {
			j.moveTags(ctx, found)
			return found, err
		}
	}
	err := j.each(ctx, func(b *imageBuild) error {
		image, err := b.run(ctx, to)
		images = append(images, image)
		return err
	})
	if err == nil && to == (Destination{}) {
		j.moveTags(ctx, images)
	}
	return images, err
}

// each prepares the images one after the other, the lock checked first.
func (j BuildJob) each(ctx context.Context, work func(*imageBuild) error) error {
	if err := j.Project.checkLock(j.Means); err != nil {
		return err
	}
	registry, err := j.registry(ctx)
	if err != nil {
		return err
	}
	if err := j.Project.ReadHistory(ctx, j.Means); err != nil {
		return err
	}
	origins, err := j.Project.Origins(ctx)
	if err != nil {
		return err
	}
	for _, image := range j.Project.Config.Images {
		b := &imageBuild{BuildJob: j, image: image, origins: origins, repository: j.Project.repository(registry, image.Name)}
		if err := work(b); err != nil {
			return ofImage(image.Name, err)
		}
	}
	return nil
}

// ofImage is an error that says once which image it is of.
func ofImage(name string, err error) error {
	what := fmt.Sprintf("building image %q", name)
	if strings.HasPrefix(err.Error(), what) {
		return err
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (j BuildJob) registry(ctx context.Context) (string, error) {
	if j.offline {
		return "", nil
	}
	return j.Means.Registry(ctx, j.Project.Config.Registry)
}

// repository is where an image of the project is published: under no registry
// for one that is not.
func (p *Project) repository(registry, image string) string {
	return path.Join(registry, p.Config.Project, image)
}

// firstVolume is the first entry of data that is a volume.
func (p *Project) firstVolume() (image, data string, ok bool) {
	for _, image := range p.Config.Images {
		for _, data := range image.Data {
			if data.Volume {
				return image.Name, data.Name, true
			}
		}
	}
	return "", "", false
}

// onScratch says whether every image is one of code alone.
func (p *Project) onScratch() bool {
	return !slices.ContainsFunc(p.Config.Images, func(image config.Image) bool { return image.Base != config.Scratch })
}

// checkLock holds gantline.lock to what the build is about to use.
func (p *Project) checkLock(means *Means) error {
	var all []error
	for _, image := range p.Config.Images {
		step, err := means.Step(image.Platform)
		if err != nil {
			return err
		}
		all = append(all, p.Lock.Check(build.LockWants{
			Bases:     []string{image.Base},
			Platforms: []string{image.Platform},
			Step:      map[string]string{image.Platform: step.Digest},
		}))
	}
	return refusedByLock(errors.Join(all...))
}

// refusedByLock makes one refusal of everything that does not fit the lock.
func refusedByLock(err error) error {
	var one *build.LockError
	if !errors.As(err, &one) {
		return err
	}
	refused := &RefusedError{}
	for _, reason := range leaves(err) {
		refused.add(reason.Error(), "")
	}
	return refused
}

// leaves are the errors that were joined to one.
func leaves(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, leaves(e)...)
	}
	return out
}

func (b *imageBuild) run(ctx context.Context, to Destination) (build.Image, error) {
	image, err := b.once(ctx, to)
	if !b.Project.forgoHistory(err) {
		return image, err
	}
	if b.origins, err = b.Project.Origins(ctx); err != nil {
		return build.Image{}, err
	}
	return b.once(ctx, to)
}

func (b *imageBuild) once(ctx context.Context, to Destination) (build.Image, error) {
	spec, err := b.spec(ctx)
	if err != nil {
		return build.Image{}, err
	}
	// Environment and layers are made only where the registry has no image yet.
	work := build.Func(func(ctx context.Context, spec build.Spec) (build.Image, error) {
		var err error
		if spec.Base, err = b.base(ctx); err != nil {
			return build.Image{}, err
		}
		options, done, err := b.options(ctx)
		if err != nil {
			return build.Image{}, err
		}
		defer done()
		switch {
		case to.Layout != "":
			return build.ToLayout(ctx, b.Means.Remote, options, spec, filepath.Join(to.Layout, b.image.Name))
		case to.Archive != "":
			return build.ToArchive(ctx, b.Means.Remote, options, spec, to.Archive)
		}
		image, err := build.NewPublisher(b.Means.Remote, options).Build(ctx, spec)
		b.ownUp(image)
		return image, err
	})
	if to != (Destination{}) {
		return work.Build(ctx, spec)
	}
	return build.Existing(work, b.Means.Remote).Build(ctx, spec)
}

// ownUp has the image say of the environment's layers that were made just now
// that they were; its publisher found them in the registry.
func (b *imageBuild) ownUp(image build.Image) {
	for _, manifest := range image.Manifests {
		for i := range manifest.Layers {
			if slices.Contains(b.made, manifest.Layers[i].Digest) {
				manifest.Layers[i].Reused = false
			}
		}
	}
}

// options are the publisher's means; done ends the process that reads blobs.
func (b *imageBuild) options(ctx context.Context) (options build.Options, done func(), err error) {
	stages, err := b.Project.stages(ctx, b.origins.Origin.Commit, b.image.Name, b.Files)
	if err != nil {
		return build.Options{}, nil, err
	}
	if len(stages) == 0 {
		b.Project.noteShallow(b.Means.Printer)
	}
	blobs, err := b.Project.past().Blobs(ctx)
	if err != nil {
		return build.Options{}, nil, err
	}
	contents, err := b.Project.Contents(ctx, b.Means.ContentsDir, b.Means.Printer)
	if err != nil {
		blobs.Close()
		return build.Options{}, nil, err
	}
	digests := dataDigests{b.Project.Repo, b.Means.ContentsDir}
	return build.Options{
		Source: build.NewLadder(blobs, contents, stages...), TempDir: b.Means.TempDir, Digests: digests.fill, Finish: b.runFinish,
	}, blobs.Close, nil
}

func (b *imageBuild) spec(ctx context.Context) (build.Spec, error) {
	user, err := build.ParseUser(b.image.User)
	if err != nil {
		return build.Spec{}, err
	}
	step, err := b.Means.Step(b.image.Platform)
	if err != nil {
		return build.Spec{}, err
	}
	source, err := b.Project.Repo.RemoteURL(ctx, "origin")
	if err != nil {
		return build.Spec{}, err
	}
	files := imageFiles(b.image.Name, b.Files.Files)
	finish, err := finishes(b.image, files)
	if err != nil {
		return build.Spec{}, err
	}
	return build.Spec{
		Project: b.Project.Config.Project, Name: b.image.Name, Repository: b.repository,
		Commit: b.Project.Commit.Hash, Origin: b.origins.Origin, Neighbours: b.neighbours(),
		Platform: b.image.Platform, Files: files, To: b.image.CodeTo, User: user,
		Env: asMap(b.image.Env), Labels: asMap(b.image.Labels), Source: source, Step: step, Finish: finish,
		Compression: build.Compression(b.image.Compression),
	}, nil
}

func asMap(vars []config.EnvVar) map[string]string {
	out := make(map[string]string, len(vars))
	for _, v := range vars {
		out[v.Name] = v.Value
	}
	return out
}

// withoutDigest is a reference without its digest.
func withoutDigest(ref string) string {
	name, _, _ := strings.Cut(ref, "@")
	return name
}

// imageFiles are the files of the context that go into an image.
func imageFiles(image string, verdicts []repoclean.Verdict) []build.File {
	var files []build.File
	for _, v := range verdicts {
		v = v.In(image)
		if !v.Included && v.Reason != repoclean.SubmoduleDirectory {
			continue
		}
		files = append(files, build.File{
			Path: v.Path, Mode: build.Mode(v.Mode), Hash: v.Hash, Size: v.Size, Content: contentIn(image, v),
		})
	}
	return files
}
