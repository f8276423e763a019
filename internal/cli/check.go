package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/report"
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
		return usageError{errors.New("--online does not exist yet in this version")}
	}
	rev, project, err := o.app.openProject(ctx, o.rev, true)
	if err != nil {
		return err
	}
	defer rev.Close()
	chosen, err := o.chosenFiles(rev, project)
	if err != nil {
		return err
	}
	problems := slices.DeleteFunc(slices.Clone(project.Check()), func(p diag.Problem) bool {
		return len(chosen) > 0 && !slices.Contains(chosen, p.File)
	})
	if err := o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.show(w, problems) }); err != nil {
		return err
	}
	if diag.HasErrors(problems) {
		return &pipeline.InvalidError{Problems: problems}
	}
	if len(chosen) > 0 {
		o.app.printer().Say("%s: no errors", strings.Join(chosen, ", "))
		return nil
	}
	flows := "1 flow"
	if n := len(project.Flows); n != 1 {
		flows = fmt.Sprintf("%d flows", n)
	}
	o.app.printer().Say("%s and %s: no errors", config.FileName, flows)
	o.app.next(ctx, rev, "gantline files")
	return nil
}

// chosenFiles are the files that were named, as paths from the repository's
// root: a name counts from there or from the current directory.
func (o *checkOptions) chosenFiles(rev *revision, project *pipeline.Project) ([]string, error) {
	var known, chosen []string
	for _, entry := range project.Entries {
		known = append(known, entry.Path)
	}
	for _, file := range o.files {
		name := filepath.ToSlash(filepath.Clean(file))
		if absolute, err := filepath.Abs(file); err == nil && !slices.Contains(known, name) {
			if relative, err := filepath.Rel(rev.repo.Root(), absolute); err == nil {
				name = filepath.ToSlash(relative)
			}
		}
		if !slices.Contains(known, name) {
			text := fmt.Sprintf("the revision has no file %q", file)
			if near, ok := diag.Nearest(name, known); ok {
				text += fmt.Sprintf("; did you mean %q?", near)
			}
			return nil, usageError{errors.New(text)}
		}
		chosen = append(chosen, name)
	}
	return chosen, nil
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
