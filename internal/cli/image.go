package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/report"
)

type imageOptions struct {
	app      *app
	output   output
	against  string
	platform string
	files    bool
	top      int
}

func (a *app) imageCommand() *cobra.Command {
	opts := &imageOptions{app: a}
	cmd := &cobra.Command{
		Use:   "image [REV | REF]",
		Short: "Show what images are made of: layers, files, waste",
		Long: `Shows the images of a commit, or any image by its reference in a registry
(host/name:tag, host/name@sha256:…): the layers, their sizes and what each is
made from; with --against what a node pulls that has another image; with --files
the largest files, equal ones, and those that are sent and never seen. Only
--files reads layers, each once: what was in it is kept by its digest.`,
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRevs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("top") && opts.top < 1 {
				return usageError{errors.New("--top must be at least 1")}
			}
			return opts.run(cmd.Context(), revArg(args, "HEAD"))
		},
	}
	opts.output.bind(cmd, "text", "json", "html")
	cmd.Flags().StringVar(&opts.against, "against", "", "what a node pulls and unpacks that has the image of this `REV`, or this REF")
	_ = cmd.RegisterFlagCompletionFunc("against", a.completeRevs)
	cmd.Flags().BoolVar(&opts.files, "files", false, "read the layers: the largest files, copies, what is replaced or deleted")
	cmd.Flags().IntVar(&opts.top, "top", 0, "how many entries each list of files has (default 10 in text, 50 in other formats)")
	cmd.Flags().StringVar(&opts.platform, "platform", "", "which image of a REF that has several, as os/arch (default linux/amd64)")
	return cmd
}

func (o *imageOptions) run(ctx context.Context, arg string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	finder := &imageFinder{app: o.app, platform: o.platform}
	defer finder.close()
	found, err := finder.find(ctx, arg)
	if err != nil {
		return err
	}
	absent := found.absent()
	if absent != nil && o.against != "" {
		return absent
	}
	if err := o.compare(ctx, finder, found.images); err != nil {
		return err
	}
	if o.files {
		if err := o.lookInside(ctx, finder.means, found.images); err != nil {
			return err
		}
	}
	err = o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.show(w, found) })
	return errors.Join(err, absent)
}

// compare adds what a node pulls that has the other images.
func (o *imageOptions) compare(ctx context.Context, finder *imageFinder, images []report.Image) error {
	if o.against == "" {
		return nil
	}
	had, err := finder.find(ctx, o.against)
	if err != nil {
		return err
	}
	if absent := had.absent(); absent != nil {
		return absent
	}
	for i, image := range images {
		other, err := counterpart(image, had.images)
		if err != nil {
			return err
		}
		layers, theirs := image.View.Layers(), other.View.Layers()
		volumes, err := build.PullVolumes(ctx, finder.means.Remote, image.View.Image, other.View.Image)
		if err != nil {
			return err
		}
		images[i].Against = &report.ImageAgainst{
			Name: had.has, Digest: other.View.Digest,
			Pull: build.PullOf(layers, theirs), Each: build.LayerPulls(layers, theirs), Volumes: volumes,
		}
	}
	return nil
}

// counterpart is the image of others that one is compared with: the only one,
// or that of the same name, or of the same repository.
func counterpart(image report.Image, others []report.Image) (report.Image, error) {
	if len(others) == 1 {
		return others[0], nil
	}
	for _, other := range others {
		if other.Name == image.Name || other.View.Repository == image.View.Repository {
			return other, nil
		}
	}
	return report.Image{}, usageError{fmt.Errorf("--against names a commit of %d images, none of %s; name one by its reference", len(others), image.View.Repository)}
}

// lookInside reads the layers of images, as far as no earlier call did.
func (o *imageOptions) lookInside(ctx context.Context, means *pipeline.Means, images []report.Image) error {
	for i, image := range images {
		if image.View == nil {
			continue
		}
		task := o.app.printer().Start("reading the layers of " + image.Name)
		summary := ""
		options := build.InsideOptions{
			Dir: o.app.layersDir(), Top: o.entries(), Progress: task.Bytes,
			Announce: func(layers int, bytes int64, known int) {
				summary = readText(layers, bytes, known)
				task.Note("%s", summary)
			},
		}
		inside, err := build.LookInside(ctx, means.Remote, options, image.View.Ref(), image.View.Layers())
		if err != nil {
			task.Fail("failed")
			return err
		}
		task.Done(summary)
		images[i].Inside = &inside
	}
	return nil
}

// readText says what is read of an image.
func readText(layers int, bytes int64, known int) string {
	switch {
	case layers == 0:
		return fmt.Sprintf("%s known from earlier", counted(known, "layer"))
	case known == 0:
		return fmt.Sprintf("%s, %s", counted(layers, "layer"), diag.Size(bytes))
	}
	return fmt.Sprintf("%s, %s; %d known from earlier", counted(layers, "layer"), diag.Size(bytes), known)
}

// layersDir keeps what was in layers.
func (a *app) layersDir() string { return filepath.Join(a.cacheDir(), "layers") }

// entries is how long lists of files are: a terminal is read from top to
// bottom.
func (o *imageOptions) entries() int {
	const inText, elsewhere = 10, 50
	switch {
	case o.top > 0:
		return o.top
	case o.output.format == "text":
		return inText
	}
	return elsewhere
}

func (o *imageOptions) show(w io.Writer, found foundImages) error {
	switch o.output.format {
	case "json":
		return report.ImagesJSON(w, found.images)
	case "html":
		return report.ImagesHTML(w, found.title, o.app.Version, found.images)
	}
	return report.ImagesText(w, found.images, o.app.Streams.OutPalette(), o.app.Streams.Width())
}

// foundImages is what a REV or a REF names.
type foundImages struct {
	images []report.Image
	// title is what they are called together, has is what a node has that has
	// them: "the image of 1234abcd", or a reference.
	title, has string
	// commit is how the commit is written; empty for a reference.
	commit string
}

// absent is nil, or an error for each image that the registry has not.
func (f foundImages) absent() error {
	var all []error
	for _, image := range f.images {
		if image.View == nil {
			all = append(all, &pipeline.NotBuiltError{Image: image.Name, Commit: f.commit})
		}
	}
	return errors.Join(all...)
}

// imageFinder finds images by revision or reference. The repository is opened
// where a revision is named, and once: a second one is of the first's project.
type imageFinder struct {
	app      *app
	platform string
	means    *pipeline.Means
	opened   *revision
	job      pipeline.BuildJob
	closers  []func()
}

func (f *imageFinder) close() {
	for _, c := range f.closers {
		c()
	}
}

func (f *imageFinder) find(ctx context.Context, arg string) (foundImages, error) {
	if build.IsReference(arg) {
		return f.reference(ctx, arg)
	}
	first := f.opened == nil
	if first {
		if err := f.open(ctx, arg); err != nil {
			return foundImages{}, err
		}
	}
	commit := f.job.Project.Commit
	if !first {
		var err error
		if commit, err = f.job.Project.Repo.Resolve(ctx, arg); err != nil {
			return foundImages{}, err
		}
	}
	views, err := f.job.Views(ctx, commit.Hash)
	if err != nil {
		return foundImages{}, err
	}
	found := foundImages{commit: commit.Short(), has: "the image of " + commit.Short(), title: commit.Subject()}
	if found.title == "" {
		found.title = commit.Short()
	}
	for i, view := range views {
		image := report.Image{Name: f.job.Project.Config.Images[i].Name, View: view}
		if view != nil {
			image.Inputs = view.Inputs()
		}
		if view != nil && first {
			if err := f.tellInputs(ctx, i, image); err != nil {
				return foundImages{}, err
			}
		}
		found.images = append(found.images, image)
	}
	return found, nil
}

// tellInputs names the commits behind an image's layers. A clone that lacks
// them leaves what the image says of itself.
func (f *imageFinder) tellInputs(ctx context.Context, i int, image report.Image) error {
	inputs, err := f.job.LayerInputs(ctx, f.job.Project.Config.Images[i], image.View.Origin.Commit)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		f.app.printer().Detail("the commits behind the layers of %s aren't told: %s", image.Name, err)
		return nil
	}
	for k, l := range image.View.Layers() {
		if name := inputs[l.Key]; name != "" {
			image.Inputs[k] = name
		}
	}
	return nil
}

func (f *imageFinder) open(ctx context.Context, rev string) error {
	opened, project, err := f.app.openValid(ctx, rev, false)
	if err != nil {
		return err
	}
	f.opened = opened
	f.closers = append(f.closers, func() { opened.Close() })
	if err := f.prepare(); err != nil {
		return err
	}
	f.job = pipeline.BuildJob{Project: project, Means: f.means}
	return nil
}

// prepare makes the way to registries, once.
func (f *imageFinder) prepare() error {
	if f.means != nil {
		return nil
	}
	means, closeMeans, err := f.app.means(meansFlags{})
	if err != nil {
		return err
	}
	f.means = means
	f.closers = append(f.closers, closeMeans)
	return nil
}

func (f *imageFinder) reference(ctx context.Context, ref string) (foundImages, error) {
	if err := f.prepare(); err != nil {
		return foundImages{}, err
	}
	f.app.printer().Say("reading image %s", ref)
	view, err := build.Look(ctx, f.means.Remote, ref, f.platform)
	if err != nil {
		return foundImages{}, err
	}
	name := strings.TrimPrefix(ref, "docker.io/")
	return foundImages{title: name, has: name, images: []report.Image{{Name: name, View: &view, Inputs: view.Inputs()}}}, nil
}
