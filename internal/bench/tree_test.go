package bench

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The tree whose first image is measured: as large as a repository of code gets.
const (
	wholeFiles = 50_000
	wholeBytes = 20_000 // a file
)

// tree measures the first image of a large tree, where all of its code is made
// and compressed, beside programs that do no more than that.
func tree(t *testing.T) section {
	t.Helper()
	return treeOf(t, wholeFiles, 3)
}

func treeOf(t *testing.T, files, rounds int) section {
	t.Helper()
	say("making a tree of %d files, %s", files, size(int64(files)*wholeBytes))
	r := wholeTree(t, files)
	r.git("checkout", "--quiet", "main")
	run(t, exec.Command(binary(t, "gantline"), "lock", "--quiet", "--repo", r.dir))
	r.commit("Lock")
	out := t.TempDir()
	shell := func(script string) *exec.Cmd {
		cmd := exec.Command("sh", "-c", script, "sh", filepath.Join(out, "code"))
		cmd.Dir = r.dir
		return cmd
	}
	peers := []struct {
		name, program, script string
	}{
		{"tar | gzip -1, of the files", "gzip", `tar --exclude=.git -cf - . | gzip -1 >"$1"`},
		{"git archive | gzip -1", "gzip", `git archive HEAD | gzip -1 >"$1"`},
		{"tar | zstd -T0, of the files", "zstd", `tar --exclude=.git -cf - . | zstd -qf -T0 -o "$1"`},
	}
	var ours []cost
	theirs := make([][]cost, len(peers))
	var held memory
	var made, image int64
	for i := range rounds + 1 { // the first reads the files from the disk
		say("round %d of %d", i, rounds)
		c, m, bytes := r.firstImage()
		image = bytes
		if i > 0 {
			ours, held = append(ours, c), memory{max(held.own, m.own), max(held.all, m.all), 0}
		}
		for p, peer := range peers {
			if _, err := exec.LookPath(peer.program); err != nil {
				continue
			}
			c := run(t, shell(peer.script))
			if i > 0 {
				theirs[p] = append(theirs[p], c)
			}
			if info, err := os.Stat(filepath.Join(out, "code")); err == nil && p == 0 {
				made = info.Size()
			}
		}
	}
	own := costs(ours)
	mine := own.row("gantline build --to oci:DIR")
	mine.sent, mine.memory, mine.goal = size(image), size(held.own), verdict(held.own < 300_000_000, "< 300 MB")
	with := row{what: "  with the processes of git that it runs", memory: size(held.all)}
	rows := []row{mine, with}
	for p, peer := range peers {
		if len(theirs[p]) == 0 {
			rows = append(rows, row{what: peer.name, goal: peer.program + " is not installed"})
			continue
		}
		c := costs(theirs[p])
		row := c.row(peer.name)
		ratio := c.took.Seconds() / own.took.Seconds()
		row.ratio = fmt.Sprintf("%.2f×", ratio)
		if p == 0 {
			row.sent, row.goal = size(made), verdict(ratio > 1/1.3, "ours within 1.3×")
		}
		rows = append(rows, row)
	}
	return section{fmt.Sprintf("The first image of a tree of %d files, %s", files, size(int64(files)*wholeBytes)), rows}
}

// firstImage builds the commit into an empty directory, with an empty cache, and
// says how many bytes the image has.
func (r repo) firstImage() (cost, memory, int64) {
	r.t.Helper()
	dir := r.t.TempDir()
	defer os.RemoveAll(dir)
	cmd := exec.Command(binary(r.t, "gantline"), "build", "--quiet", "--repo", r.dir, "--to", "oci:"+filepath.Join(dir, "image"), "HEAD")
	cmd.Env = append(os.Environ(), "GANTLINE_CACHE="+filepath.Join(dir, "cache"))
	c, m := watch(r.t, cmd)
	var bytes int64
	blobs, err := os.ReadDir(filepath.Join(dir, "image", "blobs", "sha256"))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, blob := range blobs {
		if info, err := blob.Info(); err == nil {
			bytes += info.Size()
		}
	}
	return c, m, bytes
}

// wholeTree is a repository with so many files of one size in one commit, which
// compress as source does.
func wholeTree(t *testing.T, files int) repo {
	t.Helper()
	r := newRepo(t)
	cmd := exec.Command("git", "-C", r.dir, "-c", "pack.compression=1", "fast-import", "--quiet")
	stream, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := writeTree(stream, files); err != nil {
		t.Fatal(err)
	}
	stream.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return r
}

// writeTree writes the commit for git fast-import. A file is put together from
// pieces that are longer apart than what a compressor remembers.
func writeTree(w io.Writer, files int) error {
	const piece, pieces = 4000, 2000
	pool := make([][]byte, pieces)
	for i := range pool {
		pool[i] = source(uint64(i), piece)[:piece-1]
	}
	rng := rand.New(rand.NewPCG(7, 7))
	fmt.Fprint(w, "commit refs/heads/main\ncommitter Bench <bench@example.com> 1700000000 +0000\ndata 5\nFirst\n")
	put := func(path string, text []byte) error {
		_, err := fmt.Fprintf(w, "M 100644 inline %s\ndata %d\n%s\n", path, len(text), text)
		return err
	}
	if err := put("gantline.yaml", []byte("project: bench\nflows: []\nimages: {train: {base: scratch}}\n")); err != nil {
		return err
	}
	for i := range files {
		text := fmt.Appendf(nil, "# file %d\n", i)
		for len(text) < wholeBytes {
			text = append(append(text, pool[rng.IntN(pieces)]...), '\n')
		}
		if err := put(fmt.Sprintf("pkg%d/sub%d/mod%d.txt", i%100, i%7, i), text[:wholeBytes]); err != nil {
			return err
		}
	}
	return nil
}

// TestWholeTree makes a small tree of the kind.
func TestWholeTree(t *testing.T) {
	r := wholeTree(t, 40)
	var files, bytes int64
	for line := range strings.Lines(r.git("ls-tree", "-r", "-l", "main", "pkg0/", "pkg1/", "pkg2/", "pkg39/")) {
		n, err := strconv.ParseInt(strings.Fields(line)[3], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		files, bytes = files+1, bytes+n
	}
	if files != 4 || bytes != 4*wholeBytes {
		t.Errorf("%d files of %d bytes", files, bytes)
	}
}
