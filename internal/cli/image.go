package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

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
		Use:   "image [REV]",
		Short: "Show the images of a commit: layers, origin, sizes",
		Args:  atMostOne(),
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
	opened, project, err := o.app.openProject(ctx, rev, false)
	if err != nil {
		return err
	}
	defer opened.Close()
	if err := project.Valid(); err != nil {
		return o.app.invalid(project.Problems)
	}
	means, closeMeans, err := o.app.means(meansFlags{})
	if err != nil {
		return err
	}
	defer closeMeans()
	images, err := pipeline.BuildJob{Project: project, Means: means}.Published(ctx)
	if err != nil {
		return err
	}
	if o.output.format == "json" {
		return writeJSON(o.app.Streams.Out, imagesDocument(images))
	}
	missing := 0
	for _, image := range images {
		if image.Digest == "" {
			fmt.Fprintf(o.app.Streams.Out, "%s  not built\n", image.Name)
			missing++
			continue
		}
		writeImage(o.app.Streams.Out, image)
	}
	if missing > 0 {
		return fmt.Errorf("%d of %d images of commit %s are not built; build them with: gantline build %s", missing, len(images), project.Commit.Short(), project.Commit.Short())
	}
	return nil
}
