package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/pipeline"
)

type renderOptions struct {
	app       *app
	output    output
	pins      []string
	bootstrap bootstrapOptions
}

func (a *app) renderCommand() *cobra.Command {
	opts := &renderOptions{app: a}
	cmd := &cobra.Command{
		Use:   "render [REV]",
		Short: "Print the Argo objects of a commit's flows, pinned to its images",
		Long: `Renders every flow into Argo Workflows objects pinned by digest to the images
that the registry has for the commit, or to those given with --image. The same
commit and images give the same bytes.

With --bootstrap it prints instead what an administrator applies once to the
namespace of a target: the accounts and rights that deploys, runs and the pods
of the flows need, each with a comment.`,
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRevs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd.Context(), revArg(args, "HEAD"))
		},
	}
	opts.output.bindFormat(cmd, "yaml", "json")
	cmd.Flags().StringVar(&opts.output.to, "to", "", "directory to write one file an object into; with --bootstrap, the file")
	cmd.Flags().StringArrayVar(&opts.pins, "image", nil, "NAME=REF@DIGEST: the image to pin to")
	opts.bootstrap.bind(opts.app, cmd)
	return cmd
}

func (o *renderOptions) run(ctx context.Context, rev string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if err := o.bootstrap.check(o); err != nil || o.bootstrap.on {
		if err == nil {
			err = o.writeBootstrap(ctx, rev)
		}
		return err
	}
	pinned, err := parsePins(o.pins)
	if err != nil {
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
	objects, err := project.RenderPinned(ctx, means, pinned)
	if err != nil {
		return o.app.shown(err)
	}
	if o.output.to != "" {
		return o.writeDir(objects)
	}
	return o.writeStream(o.app.Streams.Out, objects)
}

var pinForm = regexp.MustCompile(`^([a-z0-9-]+)=(.+@sha256:[0-9a-f]{64})$`)

// parsePins reads --image NAME=REF@DIGEST.
func parsePins(texts []string) (map[string]string, error) {
	pins := map[string]string{}
	for _, text := range texts {
		match := pinForm.FindStringSubmatch(text)
		if match == nil {
			return nil, usageError{fmt.Errorf("--image %q: write NAME=REPOSITORY@sha256:…; only a digest pins", text)}
		}
		pins[match[1]] = match[2]
	}
	return pins, nil
}

func (o *renderOptions) writeStream(w io.Writer, objects []kube.Object) error {
	if o.output.format == "json" {
		list := make([]json.RawMessage, 0, len(objects))
		for _, object := range objects {
			list = append(list, object.JSON())
		}
		return writeJSON(w, map[string]any{"apiVersion": "v1", "kind": "List", "items": list})
	}
	var out bytes.Buffer
	for i, object := range objects {
		text, err := object.YAML()
		if err != nil {
			return err
		}
		if i > 0 {
			out.WriteString("---\n")
		}
		out.Write(text)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func (o *renderOptions) writeDir(objects []kube.Object) error {
	if err := os.MkdirAll(o.output.to, 0o755); err != nil {
		return fmt.Errorf("making %q: %w", o.output.to, err)
	}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, object := range objects {
		group.Go(func() error { return o.writeObject(object) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	o.app.printer().Say("wrote %d files to %s", len(objects), o.output.to)
	return nil
}

func (o *renderOptions) writeObject(object kube.Object) error {
	name := object.FileName()
	if o.output.format == "json" {
		name = strings.TrimSuffix(name, ".yaml") + ".json"
		return updateFile(filepath.Join(o.output.to, name), append(bytes.Clone(object.JSON()), '\n'))
	}
	text, err := object.YAML()
	if err != nil {
		return err
	}
	return updateFile(filepath.Join(o.output.to, name), text)
}

// shown prints the problems of an error that carries some.
func (a *app) shown(err error) error {
	var invalid *pipeline.InvalidError
	if errors.As(err, &invalid) {
		return a.invalid(invalid.Problems)
	}
	return err
}
