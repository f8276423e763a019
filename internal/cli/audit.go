package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/report"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean/audit"
)

type auditOptions struct {
	app     *app
	output  output
	top     int
	all     bool
	lacking string
}

func (a *app) auditCommand() *cobra.Command {
	opts := &auditOptions{app: a}
	cmd := &cobra.Command{
		Use:   "audit [REV | A..B]",
		Short: "Show where the weight of the history and the tree is",
		Long: `Measures a commit's history and tree by path, directory, extension and author,
the largest blobs with the commit that brought them, what Git LFS holds, and
with a range what its commits add. Exit code 3 where a budget of the commit's
gantline.yaml is passed.`,
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRanges,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("top") && opts.top < 1 {
				return usageError{errors.New("--top must be at least 1")}
			}
			return opts.run(cmd.Context(), revArg(args, "HEAD"))
		},
	}
	opts.output.bind(cmd, "text", "json", "markdown", "html")
	cmd.Flags().IntVar(&opts.top, "top", 0, "how many entries each list has (default 10 in text, 20 in other formats)")
	cmd.Flags().BoolVar(&opts.all, "all", false, "count what any ref reaches, not only REV's history")
	cmd.Flags().StringVar(&opts.lacking, "lacking", "", "audit what this `remote` lacks of REV: what a push of it would send; '*' is all remotes")
	_ = cmd.RegisterFlagCompletionFunc("lacking", a.completeRemotes)
	return cmd
}

// headOf is the revision whose tree is looked at, the end of a range; a range
// is told apart.
func headOf(rev string) (head string, isRange bool) {
	_, to, isRange := strings.Cut(rev, "..")
	if !isRange {
		return rev, false
	}
	if to = strings.TrimPrefix(to, "."); to == "" {
		to = "HEAD"
	}
	return to, true
}

func (o *auditOptions) check(rev string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	_, isRange := headOf(rev)
	switch {
	case isRange && (o.all || o.lacking != ""):
		return usageError{errors.New("a range says which commits are audited; --all and --lacking go with one revision")}
	case o.all && o.lacking != "":
		return usageError{errors.New("--all and --lacking are two questions; ask one")}
	}
	return nil
}

func (o *auditOptions) run(ctx context.Context, rev string) error {
	if err := o.check(rev); err != nil {
		return err
	}
	head, _ := headOf(rev)
	opened, err := o.app.open(ctx, head, false)
	if err != nil {
		return err
	}
	defer opened.Close()
	if err := o.checkRemote(ctx, opened.repo); err != nil {
		return err
	}
	request := audit.Request{Rev: rev, Top: o.entries(), AllRefs: o.all, Lacking: o.lacking}
	if rev == workTree {
		request.Rev = opened.commit.Hash
	}
	measured, err := o.measure(ctx, opened, request)
	if err != nil {
		return err
	}
	if rev == workTree {
		measured.Revision = "the work tree"
	}
	holds, err := budgetCommits(ctx, opened, measured)
	if err != nil {
		return err
	}
	budgets, note, err := pipeline.CommitBudgets(ctx, opened.repo, holds...)
	if err != nil {
		return err
	}
	if note != "" {
		o.app.printer().Warn("%s: no budgets to judge by", note)
	}
	measured = measured.Judged(budgets)
	if err := o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.show(w, measured) }); err != nil {
		return err
	}
	return pipeline.RefuseBreaches(measured.Breaches)
}

// budgetCommits is whose budgets hold: those of the audited commit or, of a
// range that ends before there was a gantline.yaml, those of what it is to be
// merged into.
func budgetCommits(ctx context.Context, opened *revision, r audit.Report) ([]gitrepo.Commit, error) {
	holds := []gitrepo.Commit{opened.commit}
	if r.Growth == nil || r.Growth.Base == "" {
		return holds, nil
	}
	base, err := opened.repo.Resolve(ctx, r.Growth.Base)
	return append(holds, base), err
}

// checkRemote refuses a remote that isn't there: it would lack everything. A
// pattern of names, '*' above all, is asked about whatever it matches.
func (o *auditOptions) checkRemote(ctx context.Context, repo *gitrepo.Repo) error {
	if o.lacking == "" || strings.ContainsAny(o.lacking, "*?[") {
		return nil
	}
	remotes, err := repo.Remotes(ctx)
	if err != nil || slices.Contains(remotes, o.lacking) {
		return err
	}
	text := fmt.Sprintf("--lacking: there is no remote %q", gitrepo.Redact(o.lacking))
	switch near, ok := diag.Nearest(o.lacking, remotes); {
	case ok:
		text += fmt.Sprintf("; did you mean %q?", near)
	case len(remotes) > 0:
		text += "; there is " + strings.Join(remotes, ", ")
	default:
		text += ", nor any other; add it with git remote add NAME URL"
	}
	return usageError{errors.New(text)}
}

// entries is how long lists are: a terminal is read from top to bottom.
func (o *auditOptions) entries() int {
	const inText, elsewhere = 10, 20
	switch {
	case o.top > 0:
		return o.top
	case o.output.format == "text":
		return inText
	}
	return elsewhere
}

func (o *auditOptions) measure(ctx context.Context, opened *revision, request audit.Request) (audit.Report, error) {
	task := o.app.printer().Start("measuring history")
	request.Progress = progressOn(task)
	measured, err := audit.Run(ctx, opened.repo, request)
	if err != nil {
		task.Fail("failed")
		return audit.Report{}, err
	}
	task.Done("")
	return measured, nil
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
