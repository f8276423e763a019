package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/runs"
	"gantline.dev/gantline/render"
)

// runStart is a run on its way to the cluster.
type runStart struct {
	app     *app
	opened  *revision
	project *pipeline.Project
	flow    string
	target  *runTarget
	// params are encoded values by name.
	params map[string]string
}

// refuseLarge says what the snapshot adds to the commit below, and refuses one
// that adds more than the limit.
func (s *runStart) refuseLarge(ctx context.Context) error {
	commit := s.opened.commit
	if !commit.Snapshot {
		return nil
	}
	parent := s.parent()
	stats, err := s.opened.repo.DiffStat(ctx, parent, commit.Hash)
	if err != nil {
		return err
	}
	s.sayChanges(ctx, parent, stats)
	return refuseOver(s.project.Config.Run.SnapshotLimit, stats)
}

// refuseWorkTree refuses a work tree that nobody means to run, before a
// snapshot reads it: one in the middle of a merge, whose files have conflict
// markers, and one with large untracked files that are to come along.
func (o *runOptions) refuseWorkTree(ctx context.Context) error {
	if o.rev != workTree {
		return nil
	}
	repo, err := o.app.openRepo(ctx)
	if err != nil {
		return err
	}
	unmerged, err := repo.Unmerged(ctx)
	if err != nil {
		return err
	}
	if len(unmerged) > 0 {
		return &pipeline.RefusedError{
			Reasons: []string{"the work tree has conflicts that are not resolved: " + namedFew(unmerged)},
			Hints:   []string{"resolve them and git add the files, or run what is committed with --clean"},
		}
	}
	if !o.untracked {
		return nil
	}
	c, err := o.app.currentConfig(ctx, repo)
	if err != nil {
		return err
	}
	files, err := repo.UntrackedFiles(ctx)
	if err != nil {
		return err
	}
	return refuseOver(c.Run.SnapshotLimit, files)
}

// refuseOver refuses files that are more bytes than the limit, and names the
// largest.
func refuseOver(limit int64, files []gitrepo.FileStat) error {
	var bytes int64
	for _, file := range files {
		bytes += file.Bytes
	}
	if bytes <= limit {
		return nil
	}
	slices.SortStableFunc(files, func(a, b gitrepo.FileStat) int { return cmp.Compare(b.Bytes, a.Bytes) })
	refused := &pipeline.RefusedError{
		Reasons: []string{fmt.Sprintf("the snapshot adds %s to its parent, more than run.snapshot_limit, %s; the largest files:", diag.Size(bytes), diag.Size(limit))},
		Hints:   []string{"have git ignore what is no source, or raise the limit: run: {snapshot_limit: …} in gantline.yaml"},
	}
	for _, file := range files[:min(len(files), mostNamed)] {
		refused.Reasons = append(refused.Reasons, fmt.Sprintf("%9s  %s", diag.Size(file.Bytes), file.Path))
	}
	return refused
}

// mostNamed is how many changed files are named.
const mostNamed = 5

func (s *runStart) parent() string {
	if len(s.opened.commit.Parents) == 0 {
		return ""
	}
	return s.opened.commit.Parents[0]
}

// sayChanges is a short diffstat.
func (s *runStart) sayChanges(ctx context.Context, parent string, stats []gitrepo.FileStat) {
	added, deleted := 0, 0
	var lines []string
	for _, stat := range stats {
		added, deleted = added+max(stat.Added, 0), deleted+max(stat.Deleted, 0)
		lines = append(lines, fmt.Sprintf("%c %s %s", stat.Status, stat.Path, changeText(stat)))
	}
	below := "nothing: the branch has no commit yet"
	if parent != "" {
		below = "commit " + parent[:12]
		if commit, err := s.opened.repo.Resolve(ctx, parent); err == nil {
			below += " (" + commit.Subject() + ")"
		}
	}
	printer := s.app.printer()
	printer.Say("on top of %s: %s changed, +%d -%d lines", below, counted(len(stats), "file"), added, deleted)
	for _, line := range lines[:min(len(lines), mostNamed)] {
		printer.Say("  %s", line)
	}
	if more := len(lines) - mostNamed; more > 0 {
		printer.Say("  and %d more", more)
	}
}

func changeText(stat gitrepo.FileStat) string {
	if stat.Added < 0 {
		return diag.Size(stat.Bytes).String()
	}
	return "+" + strconv.Itoa(stat.Added) + " -" + strconv.Itoa(stat.Deleted)
}

// counted is a number of things, of which one has the name given.
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// ask finds out before anything is built whether the cluster would take the
// run: rights, namespace and Argo are there, and its schemas accept the object.
func (s *runStart) ask(ctx context.Context) error {
	objects, err := s.project.RenderUnbuilt(ctx, nil)
	if err != nil {
		return s.app.shown(err)
	}
	object, err := s.object(objects)
	if err != nil {
		return err
	}
	return s.target.client.Try(ctx, object)
}

// build makes the images and renders the run, pinned to them.
func (s *runStart) build(ctx context.Context, flags meansFlags) (kube.Object, error) {
	files, err := s.project.Context(ctx)
	if err != nil {
		return kube.Object{}, err
	}
	if err := s.project.CheckContext(files); err != nil {
		return kube.Object{}, err
	}
	means, closeMeans, err := s.app.means(flags)
	if err != nil {
		return kube.Object{}, err
	}
	defer closeMeans()
	task := means.Printer.Start("building the images")
	images, err := pipeline.BuildJob{Project: s.project, Means: means, Files: files}.Run(ctx, pipeline.Destination{})
	if err != nil {
		task.Fail("failed")
		return kube.Object{}, s.app.shown(err)
	}
	summary := ""
	for _, image := range images {
		summary = commas(summary, image.Name+" "+howText(image))
	}
	task.Done(summary)
	objects, err := s.project.Render(images)
	if err != nil {
		return kube.Object{}, err
	}
	return s.object(objects)
}

// object is the Workflow of the flow among the rendered objects, which Argo's
// own validation has passed.
func (s *runStart) object(objects []kube.Object) (kube.Object, error) {
	at := slices.IndexFunc(objects, func(o kube.Object) bool { return o.Kind == "WorkflowTemplate" && o.Flow == s.flow })
	if at < 0 {
		return kube.Object{}, fmt.Errorf("rendering flow %q: it gave no WorkflowTemplate", s.flow)
	}
	if problems := render.Validate(objects[at : at+1]); diag.HasErrors(problems) {
		return kube.Object{}, fmt.Errorf("validating the rendered flow as Argo would: %w", &pipeline.InvalidError{Problems: problems})
	}
	return render.Workflow(objects[at], render.Run{
		Name: runs.NewName(s.project.Config.Project, s.flow), Params: s.params,
		Labels: s.labels(), Annotations: s.annotations(),
	})
}

func (s *runStart) labels() map[string]string {
	commit := s.opened.commit.Hash
	return map[string]string{
		runs.LabelRun: "true", runs.LabelUser: s.target.user, runs.LabelCommit: commit[:min(len(commit), 63)],
	}
}

func (s *runStart) annotations() map[string]string {
	out := map[string]string{
		runs.AnnotationCommit:     s.opened.commit.Hash,
		runs.AnnotationSubmission: runs.NewSubmission(),
	}
	if s.opened.commit.Snapshot {
		out[runs.AnnotationUncommitted] = "true"
		out[runs.AnnotationRef] = s.ref()
		if parent := s.parent(); parent != "" {
			out[runs.AnnotationParent] = parent
		}
	}
	return out
}

// ref is the private ref of a snapshot.
func (s *runStart) ref() string {
	return "refs/gantline/runs/" + s.target.user + "/" + s.opened.commit.Hash
}

// names is how many names are tried for a run.
const names = 3

// submit keeps the snapshot and creates the Workflow.
func (s *runStart) submit(ctx context.Context, object kube.Object) (runs.Run, error) {
	if s.opened.commit.Snapshot {
		if err := s.opened.repo.Keep(ctx, s.opened.commit, s.ref()); err != nil {
			return runs.Run{}, err
		}
	}
	for attempt := 1; ; attempt++ {
		run, err := s.target.client.Submit(ctx, object)
		if runs.Unanswered(err) {
			return run, fmt.Errorf("%w\n  it may have been submitted all the same: gantline status %s%s", err, object.Name, s.target.flag)
		}
		if attempt == names || !errors.Is(err, runs.ErrNameTaken) {
			return run, err
		}
		if object, err = render.Workflow(object, render.Run{Name: runs.NewName(s.project.Config.Project, s.flow)}); err != nil {
			return runs.Run{}, err
		}
	}
}
