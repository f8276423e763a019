package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/build"
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
	cmd.Flags().StringVar(&opts.against, "against", "", "what a node pulls beyond this image (does not exist yet)")
	return cmd
}

func (o *imageOptions) run(ctx context.Context, rev string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.against != "" {
		return usageError{errors.New("--against does not exist yet in this version")}
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
	images, err := pipeline.BuildJob{Project: project, Means: means}.Published(ctx)
	if err != nil {
		return err
	}
	err = o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.show(w, images) })
	return errors.Join(err, notBuilt(images, project.Commit.Short()))
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
