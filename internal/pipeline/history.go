package pipeline

import (
	"context"
	"errors"
	"fmt"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/streams"
)

// ReadHistory makes all of the commit's history known. A shallow clone, as CI
// systems check out, lacks it: it is read from the remote then, beside the
// clone. Where that can't be, Origins and the layers of the code are what the
// clone alone says. Without means nothing is read.
func (p *Project) ReadHistory(ctx context.Context, means *Means) error {
	if means == nil || means.HistoryDir == "" || p.history != nil || p.noPast != nil {
		return nil
	}
	history, err := p.Repo.WithHistory(ctx, p.Commit.Hash, gitrepo.HistoryOptions{
		Dir: means.HistoryDir,
		Observe: func(remote, what string) (func(string), func(error)) {
			return observe(means.Printer.Start(fmt.Sprintf("reading history of %s: %s", remote, what)))
		},
	})
	p.history = history
	if p.forgoHistory(err) {
		return nil
	}
	return err
}

func observe(task *streams.Task) (note func(string), done func(error)) {
	note = func(text string) { task.Note("%s", text) }
	done = func(err error) {
		if err != nil {
			task.Fail("failed")
			return
		}
		task.Done("")
	}
	return note, done
}

// past is the repository to read earlier commits from.
func (p *Project) past() *gitrepo.Repo {
	if p.history != nil {
		return p.history
	}
	return p.Repo
}

// forgoHistory goes back to what the clone alone knows, where the error is that
// its remote can't be read. It says whether that changes anything.
func (p *Project) forgoHistory(err error) bool {
	var lender *gitrepo.LenderError
	if !errors.As(err, &lender) || p.noPast != nil {
		return false
	}
	p.history, p.noPast = nil, err
	return true
}

// noteShallow tells why the code is one layer, where a shallow clone is.
func (p *Project) noteShallow(printer *streams.Printer) {
	var lender *gitrepo.LenderError
	switch {
	case !p.Repo.Shallow() || p.history != nil:
		return
	case errors.As(p.noPast, &lender) && lender.Remote != "":
		printer.Say("note: this clone is shallow, and its history can't be read from %s: %s", lender.Remote, lender.Reason())
	case lender != nil:
		printer.Say("note: this clone is shallow, and its history can't be read: %s", lender.Reason())
	default:
		printer.Say("note: this clone is shallow")
	}
	printer.Say("      so the code is one layer that no other commit shares, and the image has a digest of its own; get the history with: git fetch --unshallow")
}

// published is the commit's images where the registry has them all: then no
// history need be read.
func (j BuildJob) published(ctx context.Context) ([]build.Image, error) {
	if err := j.Project.checkLock(j.Means); err != nil {
		return nil, err
	}
	images, err := j.Published(ctx, j.Project.Commit.Hash)
	if err != nil {
		return nil, err
	}
	for _, image := range images {
		if image.Digest == "" {
			return nil, nil
		}
	}
	return images, nil
}
