package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/lfs"
	"gantline.dev/gantline/internal/streams"
	"gantline.dev/gantline/repoclean"
)

// Contents brings what Git LFS keeps of one commit, from the repository's own
// .git/lfs, from the cache, or from the server: where it is asked for, and no
// earlier. It is build.Contents and repoclean.Contents.
type Contents struct {
	project *Project
	store   *lfs.Store
	printer *streams.Printer
}

// Contents opens what Git LFS keeps of the commit. The directory caches what is
// fetched.
func (p *Project) Contents(ctx context.Context, dir string, printer *streams.Printer) (*Contents, error) {
	local, err := p.Repo.LFSStore(ctx)
	if err != nil {
		return nil, err
	}
	return &Contents{project: p, store: lfs.NewStore(dir, local), printer: printer}, nil
}

// Open implements build.Contents.
func (c *Contents) Open(oid string) (io.ReadCloser, int64, error) { return c.store.Open(oid) }

// Fetch implements build.Contents.
func (c *Contents) Fetch(ctx context.Context, files []build.File) error {
	wanted := make([]content, 0, len(files))
	for _, f := range files {
		wanted = append(wanted, content{f.Path, lfs.Object{OID: f.Content.OID, Size: f.Content.Size}})
	}
	return c.fetch(ctx, wanted)
}

// FetchFor brings what the files of a context need.
func (c *Contents) FetchFor(ctx context.Context, files repoclean.Context) error {
	var wanted []content
	for _, v := range files.Files {
		if v.FromLFS() {
			wanted = append(wanted, content{v.Path, lfs.Object{OID: v.OID, Size: v.LFSSize}})
		}
	}
	return c.fetch(ctx, wanted)
}

// content is a file of the commit and what stands for it in Git LFS.
type content struct {
	path   string
	object lfs.Object
}

func (c *Contents) fetch(ctx context.Context, wanted []content) error {
	if len(wanted) == 0 {
		return nil
	}
	source := lfs.Source{Repo: c.project.Repo, Tree: c.project.Commit.Hash}
	branch, err := c.project.Repo.CurrentBranch(ctx)
	if err != nil {
		return err
	}
	if branch != "" {
		source.Ref = "refs/heads/" + branch
	}
	objects := make([]lfs.Object, 0, len(wanted))
	for _, w := range wanted {
		objects = append(objects, w.object)
	}
	progress, done := c.progress()
	err = c.store.Fetch(ctx, source, objects, progress)
	done(err)
	if err != nil {
		return explainFetch(err, wanted)
	}
	return nil
}

// progress shows a transfer from its first byte on: where everything is here
// already there is nothing to show.
func (c *Contents) progress() (show func(lfs.Progress), done func(error)) {
	var task *streams.Task
	var last lfs.Progress
	show = func(p lfs.Progress) {
		if task == nil {
			task = c.printer.Start("fetching from Git LFS")
		}
		last = p
		task.Note("%d of %s, %s of %s", p.Objects, counted(p.OfObjects, "object"), diag.Size(p.Bytes), diag.Size(p.OfBytes))
	}
	done = func(err error) {
		switch {
		case task == nil:
		case err != nil:
			task.Fail("failed")
		default:
			task.Done(fmt.Sprintf("%s, %s", counted(last.OfObjects, "object"), diag.Size(last.OfBytes)))
		}
	}
	return show, done
}

// MissingContentError says which files can't be had from Git LFS.
type MissingContentError struct {
	// Server is where they were asked for, as messages show it; it may be empty.
	Server string
	Files  []MissingContent
}

// MissingContent is one such file, and why.
type MissingContent struct {
	Path   string
	OID    string
	Bytes  int64
	Reason string
}

// shownMissing is how many files the text names.
const shownMissing = 10

// Error names the files and what can be done.
func (e *MissingContentError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "fetching from Git LFS: %s can't be had", counted(len(e.Files), "file"))
	if e.Server != "" {
		fmt.Fprintf(&text, " from %s", e.Server)
	}
	for i, f := range e.Files {
		if i == shownMissing {
			fmt.Fprintf(&text, "\n  and %d more", len(e.Files)-i)
			break
		}
		fmt.Fprintf(&text, "\n  %q (%s, %s): %s", f.Path, f.OID[:min(12, len(f.OID))], diag.Size(f.Bytes), f.Reason)
	}
	text.WriteString("\n  push them from a clone that has them (git lfs push --all origin), or take their pattern out of context.lfs.fetch")
	return text.String()
}

// explainFetch names the files of the objects that could not be had.
func explainFetch(err error, wanted []content) error {
	var failed *lfs.FailedError
	if !errors.As(err, &failed) {
		return fmt.Errorf("fetching %s from Git LFS: %w", named(wanted), err)
	}
	missing := &MissingContentError{Server: failed.Server}
	for _, w := range wanted {
		i := slices.IndexFunc(failed.Objects, func(f lfs.Failed) bool { return f.OID == w.object.OID })
		if i >= 0 {
			missing.Files = append(missing.Files, MissingContent{w.path, w.object.OID, w.object.Size, failed.Objects[i].Reason})
		}
	}
	return missing
}

// named are the files, by name where they are few.
func named(wanted []content) string {
	const few = 3
	var paths []string
	for _, w := range wanted[:min(few, len(wanted))] {
		paths = append(paths, strconv.Quote(w.path))
	}
	text := strings.Join(paths, ", ")
	if more := len(wanted) - few; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
