package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/pipeline"
)

type buildOptions struct {
	app     *app
	output  output
	means   meansFlags
	to      string
	verify  bool
	explain bool
	rebuild bool
	branch  bool
}

func (a *app) buildCommand() *cobra.Command {
	opts := &buildOptions{app: a}
	cmd := &cobra.Command{
		Use:   "build [REV]",
		Short: "Build the images of a commit and publish them under its hash",
		Long: `Builds every image that gantline.yaml declares and publishes it under the
commit's full hash. A tag that exists is the answer: nothing is rebuilt, and
nothing moves it. A commit that changes nothing in the image costs one tag.
With --rebuild the image is made anew, by what this gantline writes, and gets a
tag of its own, with the digest's first 12 digits in it.`,
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRevs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd.Context(), revArg(args, "HEAD"))
		},
	}
	opts.output.bindFormat(cmd, "text", "json")
	cmd.Flags().StringVar(&opts.to, "to", "", "write instead of publishing: oci:DIR, an OCI layout, or docker-archive:FILE, which docker load takes")
	cmd.Flags().StringVar(&opts.means.builder, "builder", "", "address of a BuildKit daemon, such as unix:///run/buildkit/buildkitd.sock")
	cmd.Flags().BoolVar(&opts.verify, "verify", false, "make the published images' layers again and compare")
	cmd.Flags().BoolVar(&opts.branch, "tag-branch", false, "put branch-NAME, and latest on the deploy branch, where the commit is the branch's tip; CI jobs do so by themselves")
	cmd.Flags().BoolVar(&opts.rebuild, "rebuild", false, "make the images anew though the commit has them, and publish them beside, as COMMIT-DIGEST")
	cmd.Flags().BoolVar(&opts.explain, "explain", false, "say what would be built and why, and build nothing")
	return cmd
}

func (o *buildOptions) run(ctx context.Context, rev string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	to, err := parseTo(o.to)
	if err != nil {
		return err
	}
	if err := o.conflict(); err != nil {
		return err
	}
	opened, project, err := o.app.openValid(ctx, rev, false)
	if err != nil {
		return err
	}
	defer opened.Close()
	files, err := project.Context(ctx)
	if err != nil {
		return err
	}
	if err := project.CheckContext(files); err != nil {
		return err
	}
	means, closeMeans, err := o.app.means(o.means)
	if err != nil {
		return err
	}
	defer closeMeans()
	job := pipeline.BuildJob{Project: project, Means: means, Files: files}
	switch {
	case o.explain:
		return o.explainAll(ctx, job)
	case o.verify:
		return o.verifyAll(ctx, job)
	case o.rebuild:
		return o.rebuildAll(ctx, job)
	}
	if o.branch {
		if job.Branch, err = o.branchName(ctx, opened); err != nil {
			return err
		}
	}
	images, err := job.Run(ctx, to)
	if err != nil {
		return o.app.shown(err)
	}
	return o.show(images)
}

// conflict refuses flags that ask for two things.
func (o *buildOptions) conflict() error {
	switch {
	case o.explain && o.verify:
		return usageError{errors.New("--explain and --verify are two questions; ask one")}
	case o.to != "" && (o.explain || o.verify):
		return usageError{errors.New("--to says where built images go; --explain and --verify build none")}
	case o.branch && (o.to != "" || o.explain || o.verify || o.rebuild):
		return usageError{errors.New("--tag-branch puts tags on images that a build publishes for their commit: it goes with none of --to, --explain, --verify and --rebuild")}
	case o.rebuild && o.to != "":
		return usageError{errors.New("--rebuild publishes beside an image that exists; what --to writes is always made anew: leave --rebuild out")}
	case o.rebuild && o.verify:
		return usageError{errors.New("--verify makes the layers again and publishes none, --rebuild publishes them; ask for one")}
	case o.rebuild && o.explain:
		return usageError{errors.New("--explain builds nothing, --rebuild builds everything; ask for one")}
	}
	return nil
}

// branchName is the branch whose tags follow: the CI job's, or the one that is
// checked out.
func (o *buildOptions) branchName(ctx context.Context, opened *revision) (string, error) {
	if branch := o.app.ciBranch(); branch != "" {
		return branch, nil
	}
	branch, err := opened.repo.CurrentBranch(ctx)
	if err == nil && branch == "" {
		err = usageError{errors.New("--tag-branch: no branch is checked out; check one out, or leave the flag out")}
	}
	return branch, err
}

// parseTo reads the value of --to.
func parseTo(text string) (pipeline.Destination, error) {
	format, place, ok := strings.Cut(text, ":")
	switch {
	case text == "":
		return pipeline.Destination{}, nil
	case ok && place != "" && format == "oci":
		return pipeline.Destination{Layout: place}, nil
	case ok && place != "" && format == "docker-archive":
		return pipeline.Destination{Archive: place}, nil
	}
	return pipeline.Destination{}, usageError{fmt.Errorf("--to %q: write oci:DIR or docker-archive:FILE", text)}
}

func (o *buildOptions) show(images []build.Image) error {
	if o.output.format == "json" {
		return writeJSON(o.app.Streams.Out, imagesDocument(images))
	}
	for _, image := range images {
		writeImage(o.app.Streams.Out, image)
	}
	return nil
}

// imagesDocument is the JSON answer of build and image.
func imagesDocument(images []build.Image) any {
	return struct {
		header
		Images []build.Image `json:"images"`
	}{headed("Images"), images}
}

// writeImage is an image for people: what it is, and its layers.
func writeImage(w io.Writer, image build.Image) {
	fmt.Fprintf(w, "%s  %s\n", image.Name, image.Ref())
	fmt.Fprintf(w, "  tag     %s (%s)\n", image.Tag, howText(image))
	fmt.Fprintf(w, "  origin  %s\n", image.Origin.Commit)
	fmt.Fprintf(w, "  format  %s\n", formatText(image.Format))
	for _, manifest := range image.Manifests {
		for _, layer := range manifest.Layers {
			note := ""
			if layer.Reused {
				note = "  not moved"
			}
			fmt.Fprintf(w, "  %-14s %9s  %s%s\n", layer.Kind.Text(), diag.Size(layer.Size), short(layer.Digest), note)
		}
	}
	for _, v := range image.Volumes {
		fmt.Fprintf(w, "  %-14s %9s  %s\n", "volume "+v.Name, diag.Size(v.Bytes), short(v.Digest))
	}
	if image.How == build.Built {
		fmt.Fprintf(w, "  moved   %s sent, %s received, %d requests\n", diag.Size(image.Moved.Sent), diag.Size(image.Moved.Received), image.Moved.Requests)
	}
}

func howText(image build.Image) string {
	switch image.How {
	case build.Found:
		return "existed"
	case build.Tagged:
		return "the image of its origin, tagged"
	}
	return "built"
}

// formatText is the number of an image's encoding, and what is odd about it.
func formatText(format int) string {
	switch format {
	case 0:
		return "not one of gantline's"
	case build.Format:
		return strconv.Itoa(format)
	}
	return fmt.Sprintf("%d; this gantline writes %d, with: gantline build --rebuild", format, build.Format)
}

// short is a digest as people read it.
func short(digest string) string { return digest[:min(len(digest), 19)] }

func (o *buildOptions) explainAll(ctx context.Context, job pipeline.BuildJob) error {
	plans, err := job.Explain(ctx)
	if err != nil {
		return err
	}
	if o.output.format == "json" {
		return writeJSON(o.app.Streams.Out, struct {
			header
			Plans []pipeline.BuildPlan `json:"plans"`
		}{headed("BuildPlans"), plans})
	}
	for _, plan := range plans {
		fmt.Fprintf(o.app.Streams.Out, "%s  %s\n", plan.Name, plan.Text())
	}
	return nil
}

func (o *buildOptions) rebuildAll(ctx context.Context, job pipeline.BuildJob) error {
	all, err := job.Rebuild(ctx)
	if err != nil {
		return err
	}
	if o.output.format == "json" {
		return writeJSON(o.app.Streams.Out, struct {
			header
			Rebuilt []build.Rebuilt `json:"rebuilt"`
		}{headed("Rebuilt"), all})
	}
	for _, rebuilt := range all {
		writeImage(o.app.Streams.Out, rebuilt.Image)
		fmt.Fprintf(o.app.Streams.Out, "  %s\n", besideText(rebuilt))
	}
	return nil
}

// besideText compares an image that was made anew with the commit's.
func besideText(rebuilt build.Rebuilt) string {
	switch {
	case rebuilt.Before.Digest == "":
		return "the commit has no tag, and got none"
	case rebuilt.Same():
		return "the same digest as the commit's tag has"
	}
	return fmt.Sprintf("another digest than the commit's tag has, which stays at %s (format %s)",
		short(rebuilt.Before.Digest), formatText(rebuilt.Before.Format))
}

func (o *buildOptions) verifyAll(ctx context.Context, job pipeline.BuildJob) error {
	verifications, err := job.Verify(ctx)
	if err != nil {
		return err
	}
	if o.output.format == "json" {
		if err := writeJSON(o.app.Streams.Out, struct {
			header
			Verifications []pipeline.NamedVerification `json:"verifications"`
		}{headed("Verifications"), verifications}); err != nil {
			return err
		}
	}
	var different []string
	for _, v := range verifications {
		if !v.Same() {
			different = append(different, v.Name)
		}
		if o.output.format == "text" {
			writeVerification(o.app.Streams.Out, v)
		}
	}
	if len(different) > 0 {
		return fmt.Errorf("%s: the published bytes are not what the commit makes now", strings.Join(different, ", "))
	}
	return nil
}

func writeVerification(w io.Writer, v pipeline.NamedVerification) {
	word := "same"
	if !v.Same() {
		word = "different"
	}
	fmt.Fprintf(w, "%s  %s: published %s, made again %s\n", v.Name, word, short(v.Published), short(v.Rebuilt))
	for _, layer := range v.Layers {
		state := "same"
		if !layer.Same() {
			state = "different"
		}
		what := strings.TrimSpace(layer.Kind.Text() + " " + layer.Name)
		fmt.Fprintf(w, "  %-14s %s %s\n", what, short(layer.Rebuilt), state)
	}
}
