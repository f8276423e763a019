package cli_test

import (
	"archive/tar"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/gitrepo/repotest"
)

// object is where a loose object lies.
func object(h *repotest.History, rev string) string {
	hash := h.Git(nil, "rev-parse", rev)
	return filepath.Join(h.Dir, "objects", hash[:2], hash[2:])
}

// TestObjectsThatAreGone takes away one loose object, or fills it with nonsense.
// What needs only its size or place still gets an answer that names it.
func TestObjectsThatAreGone(t *testing.T) {
	for _, c := range []struct {
		rev                 string
		audit, since, files int // exit codes
	}{
		{"HEAD:data/set.csv", 0, 0, 1},   // a file of the tree
		{"HEAD~2:data/old.csv", 0, 0, 0}, // one of history
		{"HEAD:app/model.py", 0, 0, 1},   // one that the range brings
		{"HEAD:gantline.yaml", 0, 0, 1},  // the budgets are in it
		{"HEAD:app", 1, 1, 1},            // a tree
		{"HEAD~2:data", 1, 0, 0},         // a tree of history
		{"HEAD^{tree}", 1, 1, 1},         //
		{"HEAD~2", 1, 0, 0},              // a commit of history
		{"HEAD~1", 1, 1, 0},              // where the range begins
		{"HEAD", 1, 1, 1},                // the commit itself
	} {
		hows := []string{"missing", "garbled"}
		if !thorough() && c.rev != "HEAD:app" && c.rev != "HEAD:data/set.csv" {
			hows = hows[:1]
		}
		for _, how := range hows {
			t.Run(how+" "+c.rev, func(t *testing.T) {
				h := sound(t)
				path, hash := object(h, c.rev), h.Git(nil, "rev-parse", c.rev)
				err := os.Remove(path)
				if err == nil && how == "garbled" {
					err = os.WriteFile(path, []byte("nonsense"), 0o444)
				}
				if err != nil {
					t.Fatal(err)
				}
				if how == "garbled" && c.rev == "HEAD~2" {
					c.since = 1 // git looks at the parents of where a range begins
				}
				for args, code := range map[string]int{"audit -o json": c.audit, "audit HEAD~1..HEAD -o json": c.since, "files HEAD": c.files} {
					var says []string
					if code == 1 {
						says = []string{`git fsck`}
					}
					if code == 0 && args == "audit -o json" {
						says = []string{`(?s)"damaged": \[[^]]*` + hash}
					}
					expect{args, code, says}.hold(t, h.Dir)
				}
			})
		}
	}
}

// TestPacksThatAreDamaged writes over a pack at many places, cuts it off, and
// takes its index away.
func TestPacksThatAreDamaged(t *testing.T) {
	packed := func(t *testing.T) (h *repotest.History, pack string) {
		h = sound(t)
		h.Git(nil, "repack", "-a", "-d", "-q")
		packs, err := filepath.Glob(filepath.Join(h.Dir, "objects/pack/*.pack"))
		if err != nil || len(packs) != 1 {
			t.Fatalf("packs %v, %v", packs, err)
		}
		if err := os.Chmod(packs[0], 0o644); err != nil {
			t.Fatal(err)
		}
		return h, packs[0]
	}
	commands := []string{"audit -o json", "audit HEAD~1..HEAD -o json", "files HEAD"}
	h, pack := packed(t)
	whole, err := os.ReadFile(pack)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	parts := 6
	if thorough() {
		parts = 12
	}
	for part := range parts {
		at := 12 + part*(len(whole)-32)/parts
		damaged := []byte(string(whole[:at]) + strings.Repeat("\xa5", 6) + string(whole[at+6:]))
		if err := os.WriteFile(pack, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, args := range commands {
			a := ask(t, h.Dir, strings.Fields(args)...)
			if a.code != 0 {
				failed++
			}
			if a.code != 0 && !strings.Contains(a.stderr, "git fsck") {
				t.Errorf("damaged at byte %d, gantline %s: exit code %d, without a word of git fsck:\n%s", at, args, a.code, a.stderr)
			}
			if a.code > 1 {
				t.Errorf("damaged at byte %d, gantline %s: exit code %d", at, args, a.code)
			}
		}
	}
	if failed == 0 {
		t.Error("no damage was noticed at all")
	}
	for name, damage := range map[string]func(string) error{
		"cut off":          func(pack string) error { return os.Truncate(pack, int64(len(whole)/2)) },
		"of no bytes":      func(pack string) error { return os.Truncate(pack, 0) },
		"without an index": func(pack string) error { return os.Remove(strings.TrimSuffix(pack, "pack") + "idx") },
		"with half an index": func(pack string) error {
			index := strings.TrimSuffix(pack, "pack") + "idx"
			if err := os.Chmod(index, 0o644); err != nil {
				return err
			}
			return os.Truncate(index, 600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, pack := packed(t)
			if err := damage(pack); err != nil {
				t.Fatal(err)
			}
			for _, args := range commands {
				expect{args, 1, []string{`git fsck`}}.hold(t, h.Dir)
			}
		})
	}
}

// entry is one raw entry of a tree object.
func entry(mode, name, hash string) string {
	var raw []byte
	fmt.Sscanf(hash, "%x", &raw)
	return mode + " " + name + "\x00" + string(raw)
}

// TestTreesThatGitWouldNotMake writes trees that only a foe or a bug makes. An
// audit may count them; no file of theirs may get out of its directory.
func TestTreesThatGitWouldNotMake(t *testing.T) {
	h := sound(t)
	blob, tree := h.Git(nil, "rev-parse", "HEAD:app/main.py"), h.Git(nil, "rev-parse", "HEAD:app")
	good := h.Git(nil, "rev-parse", "HEAD:gantline.yaml")
	for name, text := range map[string]string{
		"two of a name":         entry("100644", "a", blob) + entry("100644", "a", good),
		"file and directory":    entry("100644", "a", blob) + entry("40000", "a", tree),
		"unsorted":              entry("100644", "z", blob) + entry("100644", "a", blob),
		"the parent":            entry("40000", "..", tree),
		"itself":                entry("40000", ".", tree),
		".git":                  entry("40000", ".git", tree),
		"no name":               entry("100644", "", blob),
		"a slash":               entry("100644", "../../etc/passwd", blob),
		"a backslash":           entry("100644", `..\..\x`, blob),
		"odd mode":              entry("100777", "a", blob),
		"no mode":               entry("0", "a", blob),
		"mode of many digits":   entry("7777777777", "a", blob),
		"blob as a directory":   entry("40000", "a", blob),
		"tree as a file":        entry("100644", "a", tree),
		"an object of nobody":   entry("100644", "a", strings.Repeat("0", 40)),
		"a directory of nobody": entry("40000", "a", strings.Repeat("0", 39)+"1"),
		"cut off":               entry("100644", "a", blob)[:20],
		"no NUL":                "100644 a",
		"nonsense":              "\x00\x01\x02nonsense",
		"a very long name":      entry("100644", strings.Repeat("n", 70_000), blob),
	} {
		t.Run(name, func(t *testing.T) {
			root := h.Git([]byte(entry("40000", "d", h.Git([]byte(text), "hash-object", "-t", "tree", "--literally", "-w", "--stdin"))+entry("100644", "gantline.yaml", good)),
				"hash-object", "-t", "tree", "--literally", "-w", "--stdin")
			commit := h.Git([]byte("tree "+root+"\nparent "+h.Git(nil, "rev-parse", "main")+"\nauthor A <a@example.com> 1700000000 +0000\ncommitter A <a@example.com> 1700000000 +0000\n\nfoul\n"),
				"hash-object", "-t", "commit", "--literally", "-w", "--stdin")
			commands := []string{"audit " + commit + " -o json", "audit main.." + commit + " -o json", "files " + commit + " -o tar"}
			if thorough() {
				commands = append(commands, "audit "+commit, "audit "+commit+" -o html", "files "+commit)
			}
			for _, args := range commands {
				a := ask(t, h.Dir, strings.Fields(args)...)
				if a.code != 0 && !strings.Contains(a.stderr, "git fsck") && !strings.Contains(a.stderr, "gantline.yaml") {
					t.Errorf("gantline %s: exit code %d, and it does not tell what to do:\n%s", args, a.code, a.stderr)
				}
				if strings.HasSuffix(args, "tar") {
					staysInside(t, a.stdout)
				}
			}
		})
	}
}

// staysInside holds an archive to names below the directory that it is unpacked
// into.
func staysInside(t *testing.T, archive string) {
	t.Helper()
	for reader := tar.NewReader(strings.NewReader(archive)); ; {
		head, err := reader.Next()
		if err != nil {
			return // the command's exit code says whether it is whole
		}
		if !filepath.IsLocal(head.Name) || slices.Contains(strings.Split(head.Name, "/"), ".git") {
			t.Errorf("the archive has %q", head.Name)
		}
	}
}

// TestCommitsThatGitWouldNotMake writes commits with headers that only old or
// broken tools make.
func TestCommitsThatGitWouldNotMake(t *testing.T) {
	h := sound(t)
	tree, parent := h.Git(nil, "rev-parse", "HEAD^{tree}"), h.Git(nil, "rev-parse", "HEAD")
	const who = "A <a@example.com> 1700000000 +0000"
	begin := "tree " + tree + "\nparent " + parent + "\n"
	for name, c := range map[string]struct {
		text string
		code int
	}{
		"no author":        {begin + "committer " + who + "\n\nx\n", 0},
		"no committer":     {begin + "author " + who + "\n\nx\n", 0},
		"nobody":           {begin + "\nx\n", 0},
		"no date":          {begin + "author A <a@example.com>\ncommitter A <a@example.com>\n\nx\n", 0},
		"a huge date":      {begin + "author A <a@example.com> 99999999999999999999 +0000\ncommitter A <a@example.com> 99999999999999999999 +9999\n\nx\n", 0},
		"a date before 0":  {begin + "author A <a@example.com> -5 +0000\ncommitter A <a@example.com> -5 -0000\n\nx\n", 0},
		"half an address":  {begin + "author A <a@example.com 1700000000 +0000\ncommitter >< 1700000000 +0000\n\nx\n", 0},
		"no message":       {begin + "author " + who + "\ncommitter " + who + "\n", 0},
		"NUL in message":   {begin + "author " + who + "\ncommitter " + who + "\n\na\x00b\n", 0},
		"control in name":  {begin + "author \x01\x1b[31mA <a@example.com> 1700000000 +0000\ncommitter " + who + "\n\n\x01soh\n", 0},
		"an odd encoding":  {begin + "author " + who + "\ncommitter " + who + "\nencoding nonsense\n\n\xff\xfe\n", 0},
		"unknown headers":  {begin + "author " + who + "\ncommitter " + who + "\ngpgsig -----\n x\n y\nmergetag object\n z\n\nx\n", 0},
		"the parent twice": {begin + "parent " + parent + "\nauthor " + who + "\ncommitter " + who + "\n\nx\n", 0},
		"no tree":          {"author " + who + "\ncommitter " + who + "\n\nx\n", 1},
		"a blob as tree":   {"tree " + h.Git(nil, "rev-parse", "HEAD:app/main.py") + "\nauthor " + who + "\ncommitter " + who + "\n\nx\n", 1},
		"a parent missing": {"tree " + tree + "\nparent " + strings.Repeat("1", 40) + "\nauthor " + who + "\ncommitter " + who + "\n\nx\n", 1},
		"nothing":          {"", 1},
	} {
		t.Run(name, func(t *testing.T) {
			commit := h.Git([]byte(c.text), "hash-object", "-t", "commit", "--literally", "-w", "--stdin")
			expect{"audit " + commit + " -o json", c.code, nil}.hold(t, h.Dir)
			commands := []string{"audit main.." + commit, "files " + commit}
			if thorough() {
				commands = append(commands, "audit "+commit, "audit "+commit+" -o html")
			}
			for _, args := range commands {
				if a := ask(t, h.Dir, strings.Fields(args)...); a.code != 0 && c.code == 0 {
					t.Errorf("gantline %s: exit code %d\n%s", args, a.code, a.stderr)
				} else if strings.Contains(a.stdout, "\x1b") {
					t.Errorf("gantline %s: a name gets through to the terminal", args)
				}
			}
		})
	}
}
