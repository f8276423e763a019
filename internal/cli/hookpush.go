package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/repoclean"
	"gantline.dev/gantline/repoclean/audit"
)

// everyRemote stands for a remote that has no name here: what any remote has is
// then taken to be known to it.
const everyRemote = "*"

// push is what is found about one push.
type push struct {
	app     *app
	repo    *gitrepo.Repo
	remote  string
	seen    map[string]bool // what was judged or refused already
	refused pipeline.RefusedError
	look    string // the command that shows more
}

// pushedTo is the remote of a push, as git names it to the hook: every remote
// where that is an address, which may be written shorter than it is.
func pushedTo(ctx context.Context, repo *gitrepo.Repo, name string) (string, error) {
	remotes, err := repo.Remotes(ctx)
	if err != nil || slices.Contains(remotes, name) {
		return name, err
	}
	return everyRemote, nil
}

// judge audits what the remote lacks of one commit, and notes what is over its
// budgets.
func (p *push) judge(ctx context.Context, ref pushed) error {
	tip, err := p.repo.Resolve(ctx, ref.localHash)
	if ctx.Err() != nil {
		return err
	}
	if err != nil { // a tag may be put on anything
		p.app.printer().Warn("%s is not held to budgets: %s", ref.remoteRef, err)
		return nil
	}
	request := p.request(ctx, ref, tip)
	if p.seen[request.Rev] {
		return ctx.Err()
	}
	p.seen[request.Rev] = true
	budgets, err := p.budgets(ctx, ref, tip)
	if err != nil || budgets == (repoclean.Budgets{}) {
		return err
	}
	report, err := audit.Run(ctx, p.repo, request)
	if err != nil {
		return err
	}
	breaches := report.Judged(budgets).Breaches
	for _, breach := range breaches {
		p.refuse(ref, breach)
	}
	if len(breaches) > 0 && p.look == "" {
		p.look = look(request, ref, tip)
	}
	return nil
}

// request is the audit of what the remote lacks. The refs that are known of a
// remote say that best, for a merge may bring what it has under another name.
// Where they don't stand where the remote says that its ref does, and that
// commit is here, it is what counts.
func (p *push) request(ctx context.Context, ref pushed, tip gitrepo.Commit) audit.Request {
	lacking := audit.Request{Rev: tip.Hash, Lacking: p.remote}
	branch, isBranch := strings.CutPrefix(ref.remoteRef, "refs/heads/")
	if !isBranch || none(ref.remoteHash) {
		return lacking
	}
	if p.remote != everyRemote {
		// A remote whose name makes no ref is one whose refs aren't known.
		tracked, err := p.repo.ReadRef(ctx, "refs/remotes/"+p.remote+"/"+branch)
		if err == nil && tracked == ref.remoteHash {
			return lacking
		}
	}
	if _, err := p.repo.Resolve(ctx, ref.remoteHash); err != nil {
		return lacking
	}
	return audit.Request{Rev: ref.remoteHash + ".." + tip.Hash}
}

// budgets are those that concern a push: the one for images doesn't. A branch
// from before there was a gantline.yaml is held to what it takes the place of,
// and to the remote's main branch.
func (p *push) budgets(ctx context.Context, ref pushed, tip gitrepo.Commit) (repoclean.Budgets, error) {
	holds := []gitrepo.Commit{tip}
	if replaced, err := p.repo.Resolve(ctx, ref.remoteHash); err == nil {
		holds = append(holds, replaced)
	}
	if branch, err := p.repo.DefaultBranch(ctx, p.remote); err == nil && branch != "" {
		if main, err := p.repo.Resolve(ctx, "refs/remotes/"+p.remote+"/"+branch); err == nil {
			holds = append(holds, main)
		}
	}
	budgets, note, err := pipeline.CommitBudgets(ctx, p.repo, holds...)
	if note != "" {
		p.app.printer().Warn("%s is not held to budgets: %s", ref.remoteRef, note)
	}
	budgets.Context = 0
	return budgets, err
}

// refuse notes one breach; two refs may share the commit that it is about.
func (p *push) refuse(ref pushed, breach repoclean.Breach) {
	key := breach.Budget + " " + breach.Commit + " " + breach.Path
	if p.seen[key] {
		return
	}
	p.seen[key] = true
	reason := shortRef(ref.remoteRef) + ": " + breach.Message
	switch {
	case breach.Commit == "":
	case breach.Budget == "file":
		reason += "; commit " + shortHash(breach.Commit) + " brings it"
	default:
		reason += fmt.Sprintf("; most of it comes with commit %s", shortHash(breach.Commit))
		if breach.Path != "" {
			reason += fmt.Sprintf(", the largest file is %q", breach.Path)
		}
	}
	p.refused.Reasons = append(p.refused.Reasons, reason)
}

// look is the command that shows what was audited.
func look(request audit.Request, ref pushed, tip gitrepo.Commit) string {
	switch request.Lacking {
	case "":
		return "gantline audit " + shortHash(ref.remoteHash) + ".." + tip.Short()
	case everyRemote:
		return "gantline audit --lacking '*' " + tip.Short()
	}
	return "gantline audit --lacking " + request.Lacking + " " + tip.Short()
}

// verdict is nil, or the refusal with what the user can do.
func (p *push) verdict() error {
	if len(p.refused.Reasons) == 0 {
		return nil
	}
	p.refused.Hints = []string{
		"take it out of the commit that brings it: git rm --cached PATH and git commit --amend, or git rebase -i for an earlier one",
		"or keep it in Git LFS: git lfs migrate import --include=PATH",
		"to look closer: " + p.look,
		"to push all the same: git push --no-verify",
	}
	return &p.refused
}

func shortRef(ref string) string {
	return strings.TrimPrefix(strings.TrimPrefix(ref, "refs/heads/"), "refs/")
}

func shortHash(hash string) string { return gitrepo.Commit{Hash: hash}.Short() }
