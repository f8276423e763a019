package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/report"
	"gantline.dev/gantline/repoclean"
)

type filesOptions struct {
	app       *app
	output    output
	why       string
	all       bool
	untracked bool
}

func (a *app) filesCommand() *cobra.Command {
	opts := &filesOptions{app: a}
	cmd := &cobra.Command{
		Use:   "files [REV]",
		Short: "Show what goes into the image, and why each other file does not",
		Long: `Decides about every file of a revision (the work tree where none is given) by
gantline.yaml's context, and names the Python files that nothing reaches. With
--why it prints the whole chain of reasons for one file, or the sums of a
directory. Exit code 3 where a file can't go into an image, or the budget for
all of them is passed.`,
		Args: atMostOne(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd.Context(), revArg(args, workTree))
		},
	}
	opts.output.bind(cmd, "text", "json", "markdown", "tar")
	cmd.Flags().StringVar(&opts.why, "why", "", "explain the verdict about one file or directory, by its path from the repository's root")
	cmd.Flags().BoolVar(&opts.all, "all", false, "list every file")
	cmd.Flags().BoolVar(&opts.untracked, "untracked", false, "with the work tree, read files that git does not track too")
	return cmd
}

func (o *filesOptions) run(ctx context.Context, rev string) error {
	if err := o.output.check(); err != nil {
		return err
	}
	opened, project, err := o.app.openValid(ctx, rev, o.untracked)
	if err != nil {
		return err
	}
	defer opened.Close()
	files, err := project.Reached(ctx)
	if err != nil {
		return err
	}
	if o.why != "" {
		return o.explain(project, files)
	}
	if o.output.format == "tar" {
		if err := project.CheckContext(files); err != nil {
			return err
		}
	}
	if err := o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.show(ctx, w, project, files) }); err != nil {
		return err
	}
	if err := project.CheckContext(files); err != nil {
		return err
	}
	o.app.next(ctx, opened, "git add -A && git commit -m 'Add Gantline' && gantline pipeline")
	return nil
}

func (o *filesOptions) show(ctx context.Context, w io.Writer, project *pipeline.Project, files repoclean.Context) error {
	switch o.output.format {
	case "json":
		return report.FilesJSON(w, files)
	case "markdown":
		return report.FilesMarkdown(w, files)
	case "tar":
		blobs, err := project.Repo.Blobs(ctx)
		if err != nil {
			return err
		}
		defer blobs.Close()
		contents, err := project.Contents(ctx, o.app.contentsDir(), o.app.printer())
		if err != nil {
			return err
		}
		if err := contents.FetchFor(ctx, files); err != nil {
			return err
		}
		return repoclean.WriteTar(ctx, w, files.Files, blobs, contents)
	}
	return report.FilesText(w, files, o.app.Streams.OutPalette(), o.all)
}

// explain says why one path is in the image or not, or what becomes of the
// files below a directory.
func (o *filesOptions) explain(project *pipeline.Project, files repoclean.Context) error {
	file := path.Clean(o.why)
	if verdict, ok := files.Why(file); ok {
		return o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.showVerdict(w, project, verdict) })
	}
	if dir, ok := report.WhyDirectory(files, file); ok {
		return o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.showDirectory(w, dir) })
	}
	text := fmt.Sprintf("the revision has no file %q; paths are from the repository's root", o.why)
	if near := nearPaths(file, files.Files); len(near) > 0 {
		text += "; near it are " + strings.Join(near, ", ")
	}
	return usageError{errors.New(text)}
}

func (o *filesOptions) showVerdict(w io.Writer, project *pipeline.Project, verdict repoclean.Verdict) error {
	if o.output.format == "json" {
		return writeJSON(w, struct {
			header
			repoclean.Verdict
		}{headed("FileVerdict"), verdict})
	}
	policy := report.WhyPolicy{MaxFile: project.Config.Context.MaxFile}
	return report.FileWhyText(w, verdict, policy, o.app.Streams.OutPalette())
}

func (o *filesOptions) showDirectory(w io.Writer, dir report.DirectoryWhy) error {
	if o.output.format == "json" {
		return writeJSON(w, struct {
			header
			report.DirectoryWhy
		}{headed("DirectoryVerdict"), dir})
	}
	return report.DirectoryWhyText(w, dir, o.app.Streams.OutPalette())
}

// mostNear is how many names are suggested for one that isn't there.
const mostNear = 3

// nearPaths are files with the same name elsewhere, or else the one whose path
// looks most like it.
func nearPaths(wanted string, files []repoclean.Verdict) []string {
	var paths, near []string
	for _, v := range files {
		paths = append(paths, v.Path)
		if path.Base(v.Path) == path.Base(wanted) && len(near) < mostNear {
			near = append(near, v.Path)
		}
	}
	if len(near) > 0 {
		return near
	}
	if nearest, ok := diag.Nearest(wanted, paths); ok {
		return []string{nearest}
	}
	return nil
}

// invalid shows the problems and gives the error that they are.
func (a *app) invalid(problems []diag.Problem) error {
	_ = report.ProblemsText(a.Streams.Err, problems, a.Streams.ErrPalette())
	return &pipeline.InvalidError{Problems: problems}
}
