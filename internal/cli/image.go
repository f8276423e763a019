package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/pipeline"
)

type imageOptions struct {
	app     *app
	output  output
	against string
}

func (a *app) imageCommand() *cobra.Command {
	opts := &imageOptions{app: a}
	cmd := &cobra.Command{
		Use:               "image [REV]",
		Short:             "Show the images of a commit: layers, origin, sizes",
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRevs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd.Context(), revArg(args, "HEAD"))
		},
	}
	opts.output.bind(cmd, "text", "json")
	cmd.Flags().StringVar(&opts.against, "against", "", "what a node pulls and unpacks that has the image of this `REV`")
	_ = cmd.RegisterFlagCompletionFunc("against", a.completeRevs)
	return cmd
}

func (o *imageOptions) run(ctx context.Context, rev string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	opened, project, err := o.app.openValid(ctx, rev, false)
	if err != nil {
		return err
	}
	defer opened.Close()
	means, closeMeans, err := o.app.means(meansFlags{})
	if err != nil {
		return err
	}
	defer closeMeans()
	job := pipeline.BuildJob{Project: project, Means: means}
	images, err := job.Published(ctx, project.Commit.Hash)
	if err != nil {
		return err
	}
	absent := notBuilt(images, project.Commit.Short())
	if o.against != "" {
		if absent != nil {
			return absent
		}
		return o.compare(ctx, job, images)
	}
	err = o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.show(w, images) })
	return errors.Join(err, absent)
}

// imagePull is what an image costs a node that has an earlier one.
type imagePull struct {
	Name    string `json:"name"`
	Digest  string `json:"digest"`
	Against string `json:"against"` // the digest that the node has
	build.Pull
}

// compare tells what a node pulls that has the images of another commit.
func (o *imageOptions) compare(ctx context.Context, job pipeline.BuildJob, images []build.Image) error {
	commit, err := job.Project.Repo.Resolve(ctx, o.against)
	if err != nil {
		return err
	}
	had, err := job.Published(ctx, commit.Hash)
	if err != nil {
		return err
	}
	if absent := notBuilt(had, commit.Short()); absent != nil {
		return absent
	}
	var pulls []imagePull
	for i, image := range images {
		pulls = append(pulls, imagePull{image.Name, image.Digest, had[i].Digest, build.PullOf(layersOf(image), layersOf(had[i]))})
	}
	return o.output.write(o.app.Streams.Out, func(w io.Writer) error {
		if o.output.format == "json" {
			return writeJSON(w, struct {
				header
				Pulls []imagePull `json:"pulls"`
			}{headed("Pulls"), pulls})
		}
		for _, p := range pulls {
			fmt.Fprintf(w, "%s  a node with the image of %s downloads %s in %s and unpacks %s\n",
				p.Name, commit.Short(), diag.Size(p.Bytes), counted(p.Layers, "layer"), counted(p.Unpacked, "layer"))
		}
		return nil
	})
}

// layersOf is the layers of an image's first platform.
func layersOf(image build.Image) []build.Layer {
	if len(image.Manifests) == 0 {
		return nil
	}
	return image.Manifests[0].Layers
}

func (o *imageOptions) show(w io.Writer, images []build.Image) error {
	if o.output.format == "json" {
		return writeJSON(w, imagesDocument(images))
	}
	for _, image := range images {
		if image.Digest == "" {
			fmt.Fprintf(w, "%s  not built\n", image.Name)
			continue
		}
		writeImage(w, image)
	}
	return nil
}

// notBuilt is nil, or an error for each image that the registry has not.
func notBuilt(images []build.Image, commit string) error {
	var all []error
	for _, image := range images {
		if image.Digest == "" {
			all = append(all, &pipeline.NotBuiltError{Image: image.Name, Commit: commit})
		}
	}
	return errors.Join(all...)
}
