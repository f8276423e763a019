package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gantline.dev/gantline/build"
)

// replayed is how many first-parent commits are built one after the other.
const replayed = 300

// replays builds the last commits of a real repository, this one and where
// GANTLINE_BENCH_HISTORY names another that too, and adds up what each sends.
func replays(t *testing.T) []section {
	t.Helper()
	top, err := exec.Command("git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		t.Fatalf("looking for this repository: %v", err)
	}
	sections := []section{replay(t, "of this repository", strings.TrimSpace(string(top)))}
	if dir := os.Getenv(ownHistory); dir != "" {
		sections = append(sections, replay(t, "of "+filepath.Base(dir), dir))
	}
	return sections
}

// weights are bytes of compressed layers.
type weights struct {
	// sent is what the ladder uploads, pulled what a node fetches that had the
	// image of the commit before.
	sent, pulled int64
	// whole is one layer of all files a commit, changed the files that differ
	// from the commit before.
	whole, changed int64
	rungs, images  int
}

func replay(t *testing.T, title, from string) section {
	t.Helper()
	every := newReplay(t, from).run(1)
	fifth := newReplay(t, from).run(5)
	return section{fmt.Sprintf("The last %d first parents %s, built one after the other", replayed, title), []row{
		{what: "gantline build, the ladder", sent: size(every.sent), received: size(every.pulled),
			goal: verdict(every.sent*100 <= every.whole*3, "below 3% of one layer")},
		{what: "one layer of code a commit", ratio: times(every.whole, every.sent), sent: size(every.whole), received: size(every.whole)},
		{what: "the files that changed, compressed", ratio: times(every.changed, every.sent), sent: size(every.changed),
			goal: verdict(float64(every.sent) <= 6.5*float64(every.changed), "ladder within 6.5×")},
		{what: fmt.Sprintf("images: %d, layers of code: %.1f in the mean", every.images, float64(every.rungs)/float64(every.images))},
		{what: "gantline build, every fifth commit", sent: size(fifth.sent), received: size(fifth.pulled)},
		{what: "one layer of code, every fifth commit", ratio: times(fifth.whole, fifth.sent), sent: size(fifth.whole), received: size(fifth.whole)},
	}}
}

func times(theirs, ours int64) string { return fmt.Sprintf("%.2f×", float64(theirs)/float64(ours)) }

// replayRepo has the trees of a real history, each with a gantline.yaml that
// names a registry of its own.
type replayRepo struct {
	repo
	from   string
	hashes []string // oldest first
}

func newReplay(t *testing.T, from string) *replayRepo {
	t.Helper()
	r := &replayRepo{repo: newRepo(t), from: from}
	objects, err := exec.Command("git", "-C", from, "rev-parse", "--path-format=absolute", "--git-path", "objects").Output()
	if err != nil {
		t.Fatalf("looking for the objects of %s: %v", from, err)
	}
	r.write(".git/objects/info/alternates", objects)
	r.write("gantline.yaml", []byte("project: bench\nregistry: "+serve(t, t.TempDir())+"/replay\nflows: []\nimages: {train: {base: scratch}}\n"))
	run(t, exec.Command(binary(t, "gantline"), "lock", "--quiet", "--repo", r.dir))
	r.git("add", "gantline.yaml", "gantline.lock")
	own := r.git("ls-files", "--stage")
	say("copying %d commits of %s", replayed, from)
	out, err := exec.Command("git", "-C", from, "rev-list", "--first-parent", "--max-count", strconv.Itoa(replayed), "HEAD").Output()
	if err != nil {
		t.Fatal(err)
	}
	commits := strings.Fields(string(out))
	parent := []string{}
	for i := len(commits) - 1; i >= 0; i-- {
		r.git("read-tree", commits[i])
		for line := range strings.Lines(own) {
			fields := strings.Fields(line) // mode, hash, stage, path
			r.git("update-index", "--add", "--cacheinfo", fields[0]+","+fields[1]+","+fields[3])
		}
		hash := r.git(append([]string{"commit-tree", "-m", "copy", r.git("write-tree")}, parent...)...)
		parent = []string{"-p", hash}
		r.hashes = append(r.hashes, hash)
	}
	r.git("update-ref", "refs/heads/main", r.hashes[len(r.hashes)-1])
	return r
}

// run builds every so many commits.
func (r *replayRepo) run(step int) weights {
	r.t.Helper()
	cache := r.t.TempDir()
	var sum weights
	before, previous := map[string]bool{}, ""
	say("building every %d. of %d commits", step, len(r.hashes))
	for i := step - 1; i < len(r.hashes); i += step {
		image := r.build(cache, r.hashes[i])
		if image.How != build.Built {
			continue
		}
		now := map[string]bool{}
		for _, layer := range image.Manifests[0].Layers {
			if !layer.Reused {
				sum.sent += layer.Size
			}
			if layer.Kind == build.KindCode {
				sum.rungs++
			}
			if !before[layer.Digest] {
				sum.pulled += layer.Size
			}
			now[layer.Digest] = true
		}
		sum.images++
		sum.whole += r.archive(r.hashes[i])
		sum.changed += r.changed(previous, r.hashes[i])
		before, previous = now, r.hashes[i]
	}
	return sum
}

func (r *replayRepo) build(cache, rev string) build.Image {
	r.t.Helper()
	cmd := exec.Command(binary(r.t, "gantline"), "build", rev, "-o", "json", "--quiet", "--repo", r.dir)
	cmd.Env = append(os.Environ(), "GANTLINE_CACHE="+cache)
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("gantline build %s: %v\n%s", rev, err, out)
	}
	var document struct {
		Images []build.Image `json:"images"`
	}
	if err := json.Unmarshal(out, &document); err != nil || len(document.Images) != 1 {
		r.t.Fatalf("gantline build %s printed: %v\n%s", rev, err, out)
	}
	return document.Images[0]
}

// changed is the weight of what a commit has new or otherwise.
func (r *replayRepo) changed(from, to string) int64 {
	r.t.Helper()
	if from == "" {
		return r.archive(to)
	}
	names := r.git("diff-tree", "-r", "--name-only", "--no-renames", "--diff-filter=AMT", from, to)
	if names == "" {
		return 0
	}
	return r.archive(to, strings.Split(names, "\n")...)
}

// archive is the bytes of files of a commit in a compressed tar.
func (r *replayRepo) archive(rev string, paths ...string) int64 {
	r.t.Helper()
	cmd := exec.Command("sh", "-c", `git archive "$@" | gzip -6 | wc -c`, "sh", rev, "--")
	cmd.Args = append(cmd.Args, paths...)
	cmd.Dir = r.dir
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatal(err)
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}
