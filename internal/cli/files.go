package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
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
		Args:              atMostOne(),
		ValidArgsFunction: a.completeRevs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd.Context(), revArg(args, workTree))
		},
	}
	opts.output.bind(cmd, "text", "json", "markdown", "tar")
	cmd.Flags().StringVar(&opts.why, "why", "", "explain the verdict about one file or directory, by its path from the repository's root")
	cmd.Flags().BoolVar(&opts.all, "all", false, "list every file; with --why, every file of the directory")
	cmd.Flags().BoolVar(&opts.untracked, "untracked", false, "with the work tree, read files that git does not track too")
	return cmd
}

func (o *filesOptions) check() error {
	if err := o.output.check(); err != nil {
		return err
	}
	if o.why != "" && o.output.format != "text" && o.output.format != "json" {
		return usageError{fmt.Errorf("--why answers as text or json, not as %s", o.output.format)}
	}
	return nil
}

func (o *filesOptions) run(ctx context.Context, rev string) error {
	if err := o.check(); err != nil {
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
	file := o.wanted(project.Repo.Root())
	if verdict, ok := files.Why(file); ok {
		return o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.showVerdict(w, project, verdict) })
	}
	if dir, ok := report.WhyDirectory(files, file); ok {
		return o.output.write(o.app.Streams.Out, func(w io.Writer) error { return o.showDirectory(w, dir) })
	}
	text := fmt.Sprintf("the revision has no file %q; paths are from the repository's root", o.why)
	if near := nearPaths(file, files.Files); len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usageError{errors.New(text)}
}

// wanted is the path that --why names, from the repository's root: a leading
// slash means the root, as in a pattern, where it isn't the machine's own path
// of the work tree.
func (o *filesOptions) wanted(root string) string {
	if root != "" && filepath.IsAbs(o.why) {
		if below, err := filepath.Rel(root, o.why); err == nil && filepath.IsLocal(below) {
			return filepath.ToSlash(below)
		}
	}
	return strings.TrimPrefix(path.Clean(o.why), "/")
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
	return report.DirectoryWhyText(w, dir, o.app.Streams.OutPalette(), o.all)
}

// mostNear is how many names are suggested for one that isn't there.
const mostNear = 3

// nearPaths are files and directories with the same name elsewhere, or else the
// one whose path looks most like it.
func nearPaths(wanted string, files []repoclean.Verdict) []string {
	var near []string
	paths := withDirectories(files)
	for _, name := range paths {
		if path.Base(name) == path.Base(wanted) && len(near) < mostNear {
			near = append(near, name)
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

// withDirectories are the paths of files and of all directories above them.
func withDirectories(files []repoclean.Verdict) []string {
	var paths []string
	seen := map[string]bool{".": true}
	for _, v := range files {
		paths = append(paths, v.Path)
		for dir := path.Dir(v.Path); !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			paths = append(paths, dir)
		}
	}
	return paths
}

// invalid shows the problems and gives the error that they are.
func (a *app) invalid(problems []diag.Problem) error {
	_ = report.ProblemsText(a.Streams.Err, problems, a.Streams.ErrPalette())
	return &pipeline.InvalidError{Problems: problems}
}
