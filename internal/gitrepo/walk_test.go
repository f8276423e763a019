package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// teller is a walk as lines: subject, then a letter and path a change.
type teller struct{ lines []string }

// Commit implements Walker.
func (w *teller) Commit(c *WalkedCommit) error {
	w.lines = append(w.lines, fmt.Sprintf("%s/%s/%d/%d", c.Subject, c.Author, c.Date, len(c.Parents)))
	return nil
}

// Change implements Walker.
func (w *teller) Change(c *WalkedChange) error {
	letter := "M"
	switch {
	case c.OldMode == Absent:
		letter = "A"
	case c.NewMode == Absent:
		letter = "D"
	}
	w.lines = append(w.lines, fmt.Sprintf(" %s %s %s", letter, c.NewMode, c.Path))
	return nil
}

func TestWalkTellsParentsAndDirectoriesFirst(t *testing.T) {
	l := branchy(t)
	// What a user configures must not change what is read.
	for _, c := range []string{"log.showSignature=true", "diff.renames=copies", "log.decorate=full", "log.follow=true", "log.diffMerges=combined", "color.ui=always", "diff.noprefix=true"} {
		key, value, _ := strings.Cut(c, "=")
		l.git("config", key, value)
	}
	r, w := l.open(), &teller{}
	if err := r.Walk(t.Context(), Selection{From: []string{l.git("rev-parse", "HEAD")}}, w); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"root/Ada/1700000100/0", " A 100644 a", " A 040000 dir", " A 100644 dir/b",
		"on the side/Ada/1700000100/1", " A 100644 side",
		"odd/Ada/1700000100/1", " M 100644 a", " A 100644 new\nline",
		"merge/Ada/1700000100/2", " A 100644 side",
		"empty/Ada/1700000100/1",
		"rename/Ada/1700000100/1", " D 000000 a", " A 100644 renamed",
	}
	// Which of two branches comes first is git's choice.
	if strings.HasPrefix(w.lines[4], "odd") {
		copy(w.lines[4:9], append(append([]string{}, w.lines[7:9]...), w.lines[4:7]...))
	}
	if diff := cmp.Diff(want, w.lines); diff != "" {
		t.Error(diff)
	}
}

func TestWalkSelects(t *testing.T) {
	l := branchy(t)
	l.git("update-ref", "refs/remotes/origin/main", "HEAD~1")
	l.git("tag", "elsewhere", l.git("commit-tree", "-m", "apart", "HEAD^{tree}"))
	head, base := l.git("rev-parse", "HEAD"), l.git("rev-parse", "HEAD~2")
	r := l.open()
	for name, tt := range map[string]struct {
		sel  Selection
		want int
	}{
		"range":       {Selection{From: []string{head}, Not: []string{base}}, 2},
		"of a remote": {Selection{From: []string{head}, NotRemote: "origin"}, 1},
		"all refs":    {Selection{AllRefs: true}, 7},
		"other refs":  {Selection{AllRefs: true, Not: []string{head}}, 1},
		"nothing":     {Selection{From: []string{head}, Not: []string{head}}, 0},
	} {
		commits := 0
		w := &counter{commit: func(*WalkedCommit) error { commits++; return nil }}
		if err := r.Walk(t.Context(), tt.sel, w); err != nil || commits != tt.want {
			t.Errorf("%s: %d commits, %v", name, commits, err)
		}
	}
	for _, sel := range []Selection{{From: []string{"main"}}, {From: []string{"--all"}}, {From: []string{head}, Not: []string{""}}} {
		if err := r.Walk(t.Context(), sel, &teller{}); !errors.Is(err, ErrNoRevision) {
			t.Errorf("%+v: %v", sel, err)
		}
	}
	stop := errors.New("enough")
	if err := r.Walk(t.Context(), Selection{From: []string{head}}, &counter{commit: func(*WalkedCommit) error { return stop }}); !errors.Is(err, stop) {
		t.Errorf("the walker's error became %v", err)
	}
	if err := r.Walk(t.Context(), Selection{From: []string{strings.Repeat("1", 40)}}, &teller{}); err == nil {
		t.Error("a commit that isn't there can't be walked")
	}
}

// counter is a walker of functions.
type counter struct {
	commit func(*WalkedCommit) error
	change func(*WalkedChange) error
}

// Commit implements Walker.
func (w *counter) Commit(c *WalkedCommit) error { return w.commit(c) }

// Change implements Walker.
func (w *counter) Change(c *WalkedChange) error {
	if w.change == nil {
		return nil
	}
	return w.change(c)
}

func TestWalkOfOddCommits(t *testing.T) {
	l := newLab(t)
	empty := l.git("hash-object", "-t", "tree", "-w", "/dev/null")
	var parent, tip string
	for _, text := range []string{
		"author A <a@b> 99999999999999999999 +0000\ncommitter C <c@d> -5 +0000\n\nsub\x01ject\nsecond line",
		"author no mail\ncommitter\n\n",
		"author A\x00B <x@y> 12 +0000\ncommitter C <c@d> 1000000000000 +9999\n\nx",
		"author Jos\xe9 <x@y> 12 +0000\ncommitter C <c@d> 5 +0000\nencoding ISO-8859-1\n\nx\xe9",
		"\nno author",
		"author B\x01 <x@y> 12 +0000\ncommitter C <c@d> 0000000005 +0000\nencoding nonsense\n\n\x01\n:100644",
	} {
		tip = l.gitWith([]byte("tree "+empty+"\n"+parent+text), nil, "hash-object", "-t", "commit", "-w", "--stdin", "--literally")
		parent = "parent " + tip + "\n"
	}
	w, dates := &teller{}, ""
	r := l.open()
	if err := r.Walk(t.Context(), Selection{From: []string{tip}}, w); err != nil {
		t.Fatal(err)
	}
	want := []string{"sub\x01ject second line/A/0/0", "//0/1", "x//1000000000000/1", "xé/José/5/1", "no author//0/1", "\x01 :100644/B\x01/5/1"}
	if diff := cmp.Diff(want, w.lines); diff != "" {
		t.Error(diff)
	}
	err := r.Walk(t.Context(), Selection{From: []string{tip}}, &counter{commit: func(c *WalkedCommit) error {
		dates += fmt.Sprint(c.Dated, " ")
		return nil
	}})
	if want := "false false true true false true "; err != nil || dates != want {
		t.Errorf("dated: %s, %v", dates, err)
	}
}

func TestEachStoredAndLookUpAgree(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		l := newLab(t, "--object-format="+format)
		l.commit("first", "f", "hello", "dir/g", strings.Repeat("x", 3000))
		l.git("tag", "-a", "-m", "x", "v1")
		r := l.open()
		all, ids := map[ObjectID]Stored{}, []ObjectID{}
		if err := r.EachStored(t.Context(), func(o *Stored) error {
			all[o.ID], ids = *o, append(ids, o.ID)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(all) != 6 || all[mustID(t, l.git("rev-parse", "HEAD:f"))].Size != 5 || all[mustID(t, l.git("rev-parse", "v1"))].Type != "tag" {
			t.Errorf("%s: %+v", format, all)
		}
		asker, err := r.Asker(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer asker.Close()
		n, missing := 0, ObjectID{1}
		err = r.LookUp(t.Context(), append(ids, missing), func(o *Stored) error {
			if want := all[o.ID]; n < len(ids) && *o != want || n == len(ids) && (o.Type != "" || o.ID != missing) {
				t.Errorf("%s: looked up %+v, listed %+v", format, o, want)
			}
			if got, err := asker.Ask(o.ID); err != nil || got != *o {
				t.Errorf("%s: asked %+v, looked up %+v, %v", format, got, o, err)
			}
			n++
			return nil
		})
		if err != nil || n != len(ids)+1 {
			t.Errorf("%s: %d answers, %v", format, n, err)
		}
	}
}

func mustID(t *testing.T, hex string) ObjectID {
	t.Helper()
	id, ok := ParseObjectID(hex)
	if !ok {
		t.Fatalf("%q is no object's name", hex)
	}
	return id
}

func TestEachText(t *testing.T) {
	l := newLab(t)
	l.commit("first", "a", "one", "b", "", "c", strings.Repeat("x", 2*streamBuffer))
	var ids []ObjectID
	for _, name := range []string{"HEAD:a", "HEAD:b", "HEAD", "HEAD:c", "HEAD:a"} {
		ids = append(ids, mustID(t, l.git("rev-parse", name)))
	}
	ids = append(ids, ObjectID{7})
	var got []string
	n, err := l.open().EachText(t.Context(), ids, streamBuffer, func(i int, text []byte) {
		got = append(got, fmt.Sprintf("%d %q %t", i, text, text == nil))
	})
	want := []string{`0 "one" false`, `1 "" false`, `2 "" true`, `3 "" true`, `4 "one" false`, `5 "" true`}
	if diff := cmp.Diff(want, got); diff != "" || err != nil || n != len(ids) {
		t.Errorf("%d, %v, %s", n, err, diff)
	}
}

func TestNewObjectsAndTrees(t *testing.T) {
	l := branchy(t)
	l.git("tag", "-a", "-m", "x", "v1")
	l.git("tag", "-a", "-m", "x", "v2", "v1")
	r := l.open()
	head := l.git("rev-parse", "HEAD")
	n := 0
	err := r.NewObjects(t.Context(), Selection{From: []string{head}, Not: []string{l.git("rev-parse", "HEAD~3")}}, func(_ ObjectID, here bool) {
		if n++; !here {
			t.Error("an object is said to be missing")
		}
	})
	if want := strings.Count(l.git("rev-list", "--objects", "HEAD~3..HEAD"), "\n") + 1; err != nil || n != want {
		t.Errorf("%d objects, git says %d; %v", n, want, err)
	}
	items, err := r.ListTree(t.Context(), head)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, i := range items {
		paths = append(paths, string(i.Mode)+" "+i.Path)
	}
	if diff := cmp.Diff([]string{"040000 dir", "100644 dir/b", "100644 new\nline", "100644 renamed", "100644 side"}, paths); diff != "" {
		t.Error(diff)
	}
	items, err = r.ListTreeSizes(t.Context(), head)
	if err != nil || len(items) != 5 || items[0].Size != UnknownSize || items[1].Size != 1 {
		t.Errorf("with sizes: %+v, %v", items, err)
	}
	refs, err := r.RefTargets(t.Context())
	if err != nil || len(refs) != 4 || refs[3].Name != "refs/tags/v2" {
		t.Fatalf("%+v, %v", refs, err)
	}
	targets, err := r.TagTargets(t.Context(), []ObjectID{refs[3].ID, refs[2].ID, mustID(t, head)})
	if want := []ObjectID{refs[2].ID, mustID(t, head), {}}; err != nil || cmp.Diff(want, targets) != "" {
		t.Errorf("%x, %v", targets, err)
	}
}

func TestStoreFacts(t *testing.T) {
	l := branchy(t)
	l.git("gc", "-q")
	l.commit("loose", "loose", "other text")
	f, err := l.open().StoreFacts(t.Context())
	if err != nil || f.Packs != 1 || f.Loose != 3 || f.PackBytes < 100 || f.LooseBytes == 0 || f.Borrowed {
		t.Errorf("%+v, %v", f, err)
	}
	dir := t.TempDir()
	l.git("clone", "-q", "--shared", "--bare", l.dir, dir)
	if f, err = openDir(t, dir).StoreFacts(t.Context()); err != nil || !f.Borrowed || f.Packs != 0 {
		t.Errorf("borrowing: %+v, %v", f, err)
	}
}

func FuzzWalkParser(f *testing.F) {
	h, zero := strings.Repeat("a", 40), strings.Repeat("0", 40)
	head := "\x01" + h + "\x00" + h + "\x00" + h + " " + h + "\x00123\x00name\x00subject\x00"
	f.Add([]byte(head + "\n:100644 100644 " + h + " " + h + " M\x00path\x00:000000 040000 " + zero + " " + h + " A\x00dir\x00" + head))
	f.Add([]byte(head + head[:60]))
	f.Add([]byte(strings.Replace(head, "123", "-99999999999999999999", 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := &walkParser{fields: fieldReader{out: bufio.NewReaderSize(strings.NewReader(string(data)), 16)}}
		told := 0
		err := p.run(&counter{
			commit: func(c *WalkedCommit) error {
				told += 84 + 41*len(c.Parents) + len(c.Author) + len(c.Subject)
				return nil
			},
			change: func(c *WalkedChange) error { told += 99 + len(c.Path); return nil },
		})
		if told > len(data) {
			t.Errorf("%d bytes were told of %d", told, len(data))
		}
		if errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func FuzzParseSizes(f *testing.F) {
	f.Add(strings.Repeat("a", 40) + " blob 12 34")
	f.Add(strings.Repeat("a", 64) + " missing")
	f.Add(strings.Repeat("a", 40) + " tree 99999999999999999999 1")
	f.Fuzz(func(t *testing.T, line string) {
		var o Stored
		if err := parseSizes([]byte(line), &o); err == nil && (o.Size < 0 || o.Packed < 0 || len(line) < 40) {
			t.Errorf("%q became %+v", line, o)
		}
	})
}

func FuzzTreeItem(f *testing.F) {
	hash := strings.Repeat("a", 40)
	f.Add("100644 blob " + hash + "     123\tpath")
	f.Add("040000 tree " + hash + "\td\tx")
	f.Add("160000 commit " + hash + "       -\ts")
	f.Fuzz(func(t *testing.T, record string) {
		item, err := parseTreeItem([]byte(record))
		if err == nil && (item.Mode == "" || item.Size < UnknownSize || !strings.HasSuffix(record, "\t"+item.Path)) {
			t.Errorf("%q became %+v", record, item)
		}
	})
}
