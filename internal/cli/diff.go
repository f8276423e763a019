package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/registry"
	"gantline.dev/gantline/internal/report"
)

type diffOptions struct {
	app       *app
	output    output
	exitCode  bool
	live      bool
	comment   bool
	untracked bool
	target    string
}

func (a *app) diffCommand() *cobra.Command {
	opts := &diffOptions{app: a}
	cmd := &cobra.Command{
		Use:   "diff [BASE..HEAD | HEAD]",
		Short: "Preview what a commit changes in the workflows",
		Long: `Renders the flows of both commits with this gantline and compares the objects.
HEAD is the work tree where none is given. BASE is the merge base with the
deploy branch; on that branch, the last deployed commit. Images that are not
built appear as unbuilt:<origin>, all of them where the registry gives no
answer.`,
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRanges,
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd.Context(), revArg(args, workTree))
		},
	}
	opts.output.bind(cmd, "text", "json", "markdown", "html")
	cmd.Flags().BoolVar(&opts.exitCode, "exit-code", false, "exit with 4 where there are differences")
	cmd.Flags().StringVar(&opts.target, "target", "", "deploy target whose last deployed commit is the base on the deploy branch")
	_ = cmd.RegisterFlagCompletionFunc("target", a.completeTargets)
	cmd.Flags().BoolVar(&opts.untracked, "untracked", false, "with the work tree, read files that git does not track too")
	cmd.Flags().BoolVar(&opts.live, "live", false, "compare with a cluster (does not exist yet)")
	cmd.Flags().BoolVar(&opts.comment, "comment", false, "comment on the pull request (does not exist yet)")
	return cmd
}

func (o *diffOptions) run(ctx context.Context, revs string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.live || o.comment {
		return usageError{fmt.Errorf("--live and --comment do not exist yet in this version")}
	}
	from, to, forked := splitRange(revs)
	opened, project, err := o.app.openValid(ctx, to, o.untracked)
	if err != nil {
		return err
	}
	defer opened.Close()
	if o.target != "" {
		if _, err := project.Target(o.target); err != nil {
			return err
		}
	}
	means, closeMeans, err := o.app.readMeans(project.Config.Registry)
	if err != nil {
		return err
	}
	defer closeMeans()
	diff, err := o.compare(ctx, project, means, from, forked)
	if silent(err) {
		o.app.printer().Warn("no image is pinned in this preview: %s", err)
		diff, err = o.compare(ctx, project, nil, from, forked)
	}
	if err != nil {
		return o.app.shown(err)
	}
	if err := o.output.write(o.app.Streams.Out, func(w io.Writer) error {
		return o.show(w, report.DiffOf(project.Config.Project, o.app.Version, diff))
	}); err != nil {
		return err
	}
	if o.exitCode && !diff.Changes.Empty() {
		return errDiffers
	}
	return nil
}

// silent says whether a registry gave no answer, which a preview can do
// without: a fork's pull request has no login, a laptop no network.
func silent(err error) bool {
	return slices.ContainsFunc([]error{
		registry.ErrUnauthorized, registry.ErrForbidden, registry.ErrUnreachable, registry.ErrUnavailable, registry.ErrRateLimited,
	}, func(kind error) bool { return errors.Is(err, kind) })
}

// splitRange is A..B as its ends; A is empty where only one is named. Forked
// says that the range was written A...B: from where the two parted.
func splitRange(revs string) (from, to string, forked bool) {
	from, to, isRange := strings.Cut(revs, "..")
	if !isRange {
		return "", revs, false
	}
	to, forked = strings.CutPrefix(to, ".")
	if to == "" {
		to = workTree
	}
	return from, to, forked
}

// base is the commit to compare with, and why it is that one.
func (o *diffOptions) base(ctx context.Context, project *pipeline.Project, from string, forked bool) (base gitrepo.Commit, note string, err error) {
	if from == "" {
		return project.BaseCommit(ctx, o.target)
	}
	base, err = project.Repo.Resolve(ctx, from)
	if err != nil || !forked {
		return base, from, err
	}
	hash, err := project.Repo.MergeBase(ctx, base.Hash, project.Commit.Hash)
	if err != nil {
		return gitrepo.Commit{}, "", err
	}
	base, err = project.Repo.Resolve(ctx, hash)
	return base, "merge base with " + from, err
}

// compare renders both sides.
func (o *diffOptions) compare(ctx context.Context, project *pipeline.Project, means *pipeline.Means, from string, forked bool) (pipeline.Diff, error) {
	base, note, err := o.base(ctx, project, from, forked)
	if err != nil {
		return pipeline.Diff{}, err
	}
	side, why, err := pipeline.LoadSide(ctx, project.Repo, base, means)
	if err != nil {
		return pipeline.Diff{}, err
	}
	if why != "" {
		note = why
	}
	objects, err := project.RenderUnbuilt(ctx, means)
	if err != nil {
		return pipeline.Diff{}, err
	}
	head := pipeline.Side{Commit: project.Commit, Flows: project.Flows, Objects: objects}
	return pipeline.Compare(side, head, note), nil
}

func (o *diffOptions) show(w io.Writer, diff report.Diff) error {
	switch o.output.format {
	case "json":
		return report.DiffJSON(w, diff)
	case "markdown":
		return report.DiffMarkdown(w, diff)
	case "html":
		return report.DiffHTML(w, diff)
	}
	return report.DiffText(w, diff, o.app.Streams.OutPalette())
}
