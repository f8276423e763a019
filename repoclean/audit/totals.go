package audit

import (
	"time"

	"gantline.dev/gantline/repoclean"
)

// history sums up the audited commits.
func (s *survey) history() History {
	h := History{Commits: len(s.commits)}
	for i := range s.objects.list {
		o := &s.objects.list[i]
		if o.place != audited {
			continue
		}
		one := o.one()
		switch o.kind {
		case blobKind:
			h.Blobs = h.Blobs.Plus(one)
			if o.inTree {
				h.Now = h.Now.Plus(one)
			} else {
				h.Deleted = h.Deleted.Plus(one)
			}
		case treeKind:
			h.Trees = h.Trees.Plus(one)
		case commitKind:
			h.CommitObjects = h.CommitObjects.Plus(one)
		case tagKind:
			h.Tags = h.Tags.Plus(one)
		}
	}
	first, last := s.span()
	if first <= last {
		h.First, h.Last = time.Unix(first, 0).UTC(), time.Unix(last, 0).UTC()
	}
	return h
}

// span is the oldest and the newest date; the other way round where no commit
// has one.
func (s *survey) span() (first, last int64) {
	first, last = latest, -1
	for i := range s.commits {
		if c := &s.commits[i]; c.dated {
			first, last = min(first, c.date), max(last, c.date)
		}
	}
	return first, last
}

// months is how history grew. What came without a date, with a root commit
// that has none, counts in the first month.
func (s *survey) months(dirs *dirTable) []Month {
	first, last := s.span()
	if first > last {
		return []Month{}
	}
	begin := monthOf(first)
	months := make([]Month, monthOf(last)-begin+1)
	for i := range months {
		months[i] = Month{Month: monthName(begin + i), Kinds: map[repoclean.FileKind]int64{}}
	}
	at := make([]int, len(s.commits))
	for i := range s.commits {
		if c := &s.commits[i]; c.dated {
			at[i] = monthOf(c.date) - begin
		}
		months[at[i]].Commits++
	}
	for i := range s.objects.list {
		o := &s.objects.list[i]
		if o.place != audited || o.commit == none {
			continue
		}
		m := &months[at[o.commit]]
		m.Added = m.Added.Plus(o.one())
		if o.kind == blobKind && o.path != none && o.packed > 0 {
			m.Kinds[dirs.kind(int(o.path))] += o.packed
		}
	}
	for _, l := range s.lfsObjects() {
		if l.commit != none {
			months[at[l.commit]].LFS += l.bytes
		}
	}
	return months
}

// monthOf counts months since the year 0, in UTC.
func monthOf(date int64) int {
	t := time.Unix(date, 0).UTC()
	return t.Year()*12 + int(t.Month()) - 1
}

func monthName(month int) string {
	return time.Date(month/12, time.Month(month%12+1), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
}

// growth is what the commits of the range brought.
func (s *survey) growth() *Growth {
	g := &Growth{Base: s.base, Head: s.head.Hash, Lacking: s.req.Lacking, Commits: make([]CommitGrowth, len(s.commits))}
	for i := range s.commits {
		c := &s.commits[i]
		g.Commits[i] = CommitGrowth{Commit: s.hash(c.object), Subject: c.subject, Author: s.authors.list[c.author], Date: c.when()}
	}
	for i := range s.objects.list {
		if o := &s.objects.list[i]; o.place == audited && o.commit != none {
			g.Commits[o.commit].Added = g.Commits[o.commit].Added.Plus(o.one())
		}
	}
	for _, l := range s.lfsObjects() {
		if l.audited {
			g.LFS += l.bytes
			if l.commit != none {
				g.Commits[l.commit].LFS += l.bytes
			}
		}
	}
	return g
}

// when is the commit's date; the zero time where it has none.
func (c *commit) when() time.Time {
	if !c.dated {
		return time.Time{}
	}
	return time.Unix(c.date, 0).UTC()
}

// hash is the name of an object, "" for none.
func (s *survey) hash(object uint32) string {
	if object == none {
		return ""
	}
	return s.repo.Hex(s.objects.list[object].id)
}
