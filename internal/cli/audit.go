package cli

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/report"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

type auditOptions struct {
	app    *app
	output output
	top    int
}

func (a *app) auditCommand() *cobra.Command {
	opts := &auditOptions{app: a}
	cmd := &cobra.Command{
		Use:   "audit [REV | A..B]",
		Short: "Show where the weight of the history and the tree is",
		Long: `Measures a commit's history and tree by path, extension and kind, the largest
blobs with the commit that brought them, what Git LFS holds, and with a range
what its commits add. Exit code 3 where a budget of gantline.yaml is passed.`,
		Args: atMostOne(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd.Context(), revArg(args, "HEAD"))
		},
	}
	opts.output.bind(cmd, "text", "json", "markdown", "html")
	cmd.Flags().IntVar(&opts.top, "top", 20, "how many entries each list has")
	return cmd
}

func (o *auditOptions) run(ctx context.Context, rev string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.top < 1 {
		return usageError{errors.New("--top must be at least 1")}
	}
	head := rev
	if _, to, isRange := strings.Cut(rev, ".."); isRange {
		head = strings.TrimPrefix(to, ".")
	}
	if head == "" {
		head = "HEAD"
	}
	opened, err := o.app.open(ctx, head, false)
	if err != nil {
		return err
	}
	defer opened.Close()
	request := audit.Request{Rev: rev, Top: o.top}
	if rev == workTree {
		request.Rev = opened.commit.Hash
	}
	task := o.app.printer().Start("measuring history")
	request.Progress = progressOn(task)
	measured, err := audit.Run(ctx, opened.repo, request)
	if err != nil {
		task.Fail("failed")
		return err
	}
	task.Done("")
	budgets, err := o.budgets(ctx, opened)
	if err != nil {
		return err
	}
	measured = measured.Judged(budgets)
	if err := o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.show(w, measured) }); err != nil {
		return err
	}
	return pipeline.RefuseBreaches(measured.Breaches)
}

func progressOn(task *streams.Task) func(stage string, done, total int64) {
	return func(stage string, done, total int64) { task.Count(done, total, stage) }
}

func (o *auditOptions) show(w io.Writer, r audit.Report) error {
	switch o.output.format {
	case "json":
		return report.AuditJSON(w, r)
	case "markdown":
		return report.AuditMarkdown(w, r)
	case "html":
		return report.AuditHTML(w, r)
	}
	return report.AuditText(w, r, o.app.Streams.OutPalette(), o.app.Streams.Width())
}

// budgets are those of the commit's gantline.yaml; a repository without one has
// none.
func (o *auditOptions) budgets(ctx context.Context, opened *revision) (repoclean.Budgets, error) {
	project, err := pipeline.Load(ctx, opened.repo, opened.commit)
	var none *pipeline.NoConfigError
	if errors.As(err, &none) {
		o.app.printer().Detail("no gantline.yaml: no budgets to judge by")
		return repoclean.Budgets{}, nil
	}
	if err != nil || project.Config == nil {
		return repoclean.Budgets{}, err
	}
	return pipeline.Budgets(project.Config), nil
}
