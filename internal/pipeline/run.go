package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/reach"
)

// RunOptions say what a run does beyond the stages that every run has.
type RunOptions struct {
	// Deploy says where to; without a target nothing is deployed.
	Deploy DeployOptions
	// Dir is where the record is kept: run.json and rendered/. Empty keeps
	// none.
	Dir string
}

// Outcome is what a run leaves: its record, and the values that a report draws
// from.
type Outcome struct {
	Record *Record
	Diff   Diff
}

// Run takes the commit through the stages in order and stops at the first that
// fails or refuses. The record is written after every stage, so that a run
// that is killed leaves what it did; running again starts over, and finds what
// was published already. Two runs with one record come one after the other.
// The outcome is there for a failed run too.
func Run(ctx context.Context, p *Project, means *Means, options RunOptions) (*Outcome, error) {
	r := &runner{project: p, means: means, options: options, outcome: &Outcome{Record: &Record{
		APIVersion: "gantline.dev/v1", Kind: "PipelineRun", Tool: means.Tool,
		Commit: p.Commit.Hash, Subject: p.Commit.Subject(),
		Started: means.Now().UTC(), Verdict: Running, Problems: []diag.Problem{},
	}}}
	if p.Config != nil {
		r.record().Project = p.Config.Project
	}
	if options.Dir != "" {
		unlock, err := lockDir(ctx, options.Dir, func() {
			means.Printer.Say("another gantline works on this commit's record: waiting for it")
		})
		if err != nil {
			return nil, err
		}
		defer unlock()
		if err := r.record().write(options.Dir); err != nil {
			return nil, err
		}
	}
	err := r.stages(ctx)
	return r.outcome, r.finish(ctx, err)
}

type runner struct {
	project *Project
	means   *Means
	options RunOptions
	outcome *Outcome
	// task shows the stage that is under way.
	task *streams.Task
	// What one stage hands to later ones.
	base    gitrepo.Commit
	note    string
	files   repoclean.Context
	images  []build.Image
	objects []kube.Object
}

func (r *runner) record() *Record { return r.outcome.Record }

// result is what a stage says of itself.
type result struct {
	summary string
	bytes   int64
	skipped bool
}

type stage struct {
	name, title string
	work        func(context.Context) (result, error)
}

func (r *runner) stages(ctx context.Context) error {
	all := []stage{
		{"check", "checking gantline.yaml and the flows", r.check},
		{"audit", "auditing what the commit adds", r.audit},
		{"files", "choosing the files of the image", r.selectFiles},
		{"build", "building the images", r.build},
		{"render", "rendering the flows", r.render},
		{"diff", "comparing with the base", r.diff},
	}
	if r.options.Deploy.Target != "" {
		all = append(all, stage{"deploy", "deploying to " + r.options.Deploy.Target, r.deploy})
	}
	for i, s := range all {
		if err := r.run(ctx, s); err != nil {
			for _, rest := range all[i+1:] {
				r.record().Stages = append(r.record().Stages, StageRecord{Name: rest.name, Verdict: Skipped})
			}
			return err
		}
	}
	return nil
}

// run does one stage and records it.
func (r *runner) run(ctx context.Context, s stage) error {
	task := r.means.Printer.Start(s.title)
	r.task = task
	started := r.means.Now()
	res, err := s.work(ctx)
	entry := StageRecord{
		Name: s.name, Verdict: VerdictOf(ctx, err), Summary: res.summary, Bytes: res.bytes,
		Seconds: seconds(r.means.Now().Sub(started)),
	}
	switch {
	case err != nil:
		entry.Error = err.Error()
		task.Fail(string(entry.Verdict))
	case res.skipped:
		task.Skip(res.summary)
	default:
		task.Done(res.summary)
	}
	r.record().Stages = append(r.record().Stages, entry)
	if r.options.Dir != "" {
		if writeErr := r.record().write(r.options.Dir); err == nil {
			err = writeErr
		}
	}
	return err
}

// finish closes the record.
func (r *runner) finish(ctx context.Context, err error) error {
	r.record().Verdict = VerdictOf(ctx, err)
	r.record().Seconds = seconds(r.means.Now().Sub(r.record().Started))
	if r.options.Dir == "" {
		return err
	}
	if writeErr := r.record().write(r.options.Dir); err == nil {
		return writeErr
	}
	return err
}

// seconds is a duration in seconds, to the millisecond.
func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// VerdictOf is how something ended that gave this error.
func VerdictOf(ctx context.Context, err error) Verdict {
	var refused *RefusedError
	switch {
	case err == nil:
		return Passed
	case ctx.Err() != nil:
		return Interrupted
	case errors.As(err, &refused):
		return Refused
	}
	return Failed
}

func (r *runner) check(context.Context) (result, error) {
	problems := r.project.Check()
	r.record().Problems = append(r.record().Problems, problems...)
	if diag.HasErrors(problems) {
		return result{}, &InvalidError{Problems: problems}
	}
	if r.options.Deploy.Target != "" {
		if _, err := r.project.Target(r.options.Deploy.Target); err != nil {
			return result{}, err
		}
	}
	return result{summary: counted(len(r.project.Flows), "flow") + ", no errors"}, nil
}

func (r *runner) selectFiles(ctx context.Context) (result, error) {
	files, err := r.project.Reached(ctx)
	if err != nil {
		return result{}, err
	}
	recorded := withoutChains(files)
	r.files, r.record().Context = files, &recorded
	if err := r.project.CheckContext(files); err != nil {
		return result{}, err
	}
	return result{summary: fmt.Sprintf("%d of %d files, %s", files.Included.Files, files.Total.Files, diag.Size(files.Included.Bytes))}, nil
}

// withoutChains is a context as a record keeps it: the reasons of what is
// reached as it should be would be most of it. gantline files --why tells them.
func withoutChains(c repoclean.Context) repoclean.Context {
	c.Files = slices.Clone(c.Files)
	for i, v := range c.Files {
		if v.Reach == reach.Run && v.Reason == repoclean.Included {
			c.Files[i].Because = nil
		}
	}
	return c
}

func (r *runner) build(ctx context.Context) (result, error) {
	images, err := BuildJob{Project: r.project, Means: r.means, Files: r.files}.Run(ctx, Destination{})
	if err != nil {
		return result{}, err
	}
	r.images, r.record().Images = images, images
	return summarise(images), nil
}

// summarise says how the images were had.
func summarise(images []build.Image) result {
	res := result{skipped: true}
	for i, image := range images {
		if i > 0 {
			res.summary += "; "
		}
		switch image.How {
		case build.Found:
			res.summary += image.Name + " exists"
		case build.Tagged:
			res.summary += fmt.Sprintf("%s is that of %s: one tag", image.Name, image.Origin.Commit[:12])
		default:
			res.skipped = false
			res.summary += fmt.Sprintf("%s built, %s sent", image.Name, diag.Size(image.Moved.Sent))
		}
		res.bytes += image.Moved.Sent + image.Moved.Received
	}
	return res
}

func (r *runner) render(context.Context) (result, error) {
	objects, err := r.project.Render(r.images)
	if err != nil {
		return result{}, err
	}
	r.objects = objects
	if r.options.Dir != "" {
		if err := writeBundle(filepath.Join(r.options.Dir, "rendered"), r.record(), objects, r.images); err != nil {
			return result{}, err
		}
	}
	return result{summary: counted(len(objects), "object")}, nil
}

func (r *runner) diff(ctx context.Context) (result, error) {
	base, note, err := LoadSide(ctx, r.project.Repo, r.base, r.means)
	if err != nil {
		return result{}, err
	}
	if note == "" {
		note = r.note
	}
	r.outcome.Diff = Compare(base, Side{Commit: r.project.Commit, Flows: r.project.Flows, Objects: r.objects}, note)
	changes := r.outcome.Diff.Changes
	r.record().Base, r.record().Changes = r.base.Hash, &changes
	if changes.Empty() && len(changes.Images) == 0 {
		return result{summary: "nothing changes", skipped: true}, nil
	}
	return result{summary: fmt.Sprintf("%d added, %d removed, %d changed", len(changes.Added), len(changes.Removed), len(changes.Changed))}, nil
}

func (r *runner) deploy(ctx context.Context) (result, error) {
	deployed, err := r.project.Deploy(ctx, r.means, r.options.Deploy, r.task, r.objects)
	if err == nil || deployed.Written {
		r.record().Deploy = &deployed
	}
	switch {
	case err != nil:
		return result{}, err
	case !deployed.Written:
		return result{summary: "nothing changed, nothing written", skipped: true}, nil
	case deployed.Plan.Branch != "":
		return result{summary: fmt.Sprintf("%s on branch %s", deployed.Plan.Summary(), deployed.Plan.Branch)}, nil
	}
	return result{summary: fmt.Sprintf("%s in %s", deployed.Plan.Summary(), deployed.Plan.Destination)}, nil
}

// counted is a number and its noun: 1 flow, 3 flows.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
