package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/report"
	"gantline.dev/gantline/workflows"
)

type checkOptions struct {
	app     *app
	output  output
	explain string
	online  bool
	rev     string
	files   []string
}

func (a *app) checkCommand() *cobra.Command {
	opts := &checkOptions{app: a}
	cmd := &cobra.Command{
		Use:   "check [FILES]",
		Short: "Find every problem of gantline.yaml and the flows, at its position",
		Long: `Reads gantline.yaml, gantline.lock and every flow of the work tree, untracked
files included, and prints every problem as file:line:col. Exit code 2 where
one of them is an error. With FILES, only their problems are shown.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.files = args
			return opts.run(cmd.Context())
		},
	}
	opts.output.bind(cmd, "text", "json", "github", "sarif")
	cmd.Flags().StringVar(&opts.explain, "explain", "", "explain the rule whose name stands in brackets behind a problem")
	cmd.Flags().StringVar(&opts.rev, "rev", workTree, "revision to check")
	cmd.Flags().BoolVar(&opts.online, "online", false, "compile the CircleCI config by its API (does not exist yet)")
	return cmd
}

func (o *checkOptions) run(ctx context.Context) error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.explain != "" {
		return o.explainRule()
	}
	if o.online {
		return usageError{fmt.Errorf("--online does not exist yet in this version")}
	}
	rev, project, err := o.app.openProject(ctx, o.rev, true)
	if err != nil {
		return err
	}
	defer rev.Close()
	problems := o.chosen(project.Check())
	if err := o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.show(w, problems) }); err != nil {
		return err
	}
	if diag.HasErrors(problems) {
		return &pipeline.InvalidError{Problems: problems}
	}
	o.app.printer().Say("%s and %d flows: no problem that stops them", "gantline.yaml", len(project.Flows))
	return nil
}

// chosen is the problems of the files that were named, or all.
func (o *checkOptions) chosen(problems []diag.Problem) []diag.Problem {
	if len(o.files) == 0 {
		return problems
	}
	return slices.DeleteFunc(slices.Clone(problems), func(p diag.Problem) bool {
		return !slices.ContainsFunc(o.files, func(file string) bool { return filepath.Clean(file) == p.File })
	})
}

func (o *checkOptions) show(w io.Writer, problems []diag.Problem) error {
	switch o.output.format {
	case "json":
		return report.ProblemsJSON(w, problems)
	case "github":
		return report.ProblemsGitHub(w, problems)
	case "sarif":
		return report.ProblemsSARIF(w, problems, o.app.Version)
	}
	return report.ProblemsText(w, problems, o.app.Streams.OutPalette())
}

func (o *checkOptions) explainRule() error {
	var names []string
	for _, rule := range workflows.Rules() {
		if rule.Name == o.explain {
			_, err := fmt.Fprintf(o.app.Streams.Out, "%s: %s\n", rule.Name, rule.Doc)
			return err
		}
		names = append(names, rule.Name)
	}
	err := fmt.Errorf("there is no rule %q", o.explain)
	if near, ok := diag.Nearest(o.explain, names); ok {
		err = fmt.Errorf("there is no rule %q; did you mean %q?", o.explain, near)
	}
	return usageError{err}
}
