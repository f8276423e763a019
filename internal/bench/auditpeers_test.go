package bench

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// peers are the other tools that tell what a history weighs.
func (l *auditLab) peers(ours cost) []row {
	l.t.Helper()
	filterRepo, sizer := l.filterRepo(), l.gitSizer()
	for _, peer := range []*peer{&filterRepo, &sizer} {
		if peer.absent {
			peer.row.goal = "not on PATH"
			continue
		}
		ratio := peer.cost.took.Seconds() / ours.took.Seconds()
		what := peer.row.what
		peer.row = peer.cost.row(what)
		peer.row.ratio = fmt.Sprintf("%.1f×", ratio)
		if peer.times > 0 {
			peer.row.goal = verdict(ratio >= peer.times, fmt.Sprintf("ours %.0f× faster", peer.times))
		}
	}
	return []row{filterRepo.row, sizer.row}
}

// peer is another tool: what it cost, and how many times faster ours is to be;
// 0 is no goal.
type peer struct {
	row    row
	absent bool
	cost   cost
	times  float64
}

// filterRepo is Debian's git-filter-repo. It runs once, for it takes a minute
// or two, on a copy of its own: it writes into the repository.
func (l *auditLab) filterRepo() peer {
	l.t.Helper()
	p := peer{row: row{what: "git filter-repo --analyze, once"}, times: 10}
	if _, err := exec.LookPath("git-filter-repo"); err != nil {
		p.absent = true
		return p
	}
	say("git filter-repo --analyze, which takes a minute or two")
	copied := filepath.Join(l.t.TempDir(), "copy.git")
	l.run("git clone --quiet --mirror --no-hardlinks . "+copied, "")
	there := *l
	there.dir = copied
	p.cost = there.run("git filter-repo --analyze", "")
	return p
}

func (l *auditLab) gitSizer() peer {
	l.t.Helper()
	p := peer{row: row{what: "git-sizer -j --json-version 2, once"}}
	if _, err := exec.LookPath("git-sizer"); err != nil {
		p.absent = true
		return p
	}
	say("git-sizer")
	p.cost = l.run("git-sizer -j --json-version 2 --no-progress", "")
	return p
}
