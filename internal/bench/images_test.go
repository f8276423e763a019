package bench

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gantline.dev/gantline/internal/builder/buildertest"
	"gantline.dev/gantline/internal/fakes/faultproxy"
)

const (
	codeFiles = 300
	fileBytes = 7000
	// away is how long a registry elsewhere takes to answer.
	away = 20 * time.Millisecond
)

// lab is a repository, a registry behind a proxy that counts, and a builder.
type lab struct {
	t       *testing.T
	repo    repo
	proxy   *faultproxy.Proxy
	slow    atomic.Bool // whether the registry is away
	builder string
	cache   string
	crane   string
	ctl     string
	version int
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{
		t: t, repo: newRepo(t), cache: t.TempDir(),
		proxy: faultproxy.New(t, "http://"+newRegistry(t)),
		crane: buildertest.Run(t, "tool.sh", "crane"), ctl: buildertest.Run(t, "tool.sh", "buildctl"),
		builder: "unix://" + buildertest.Serve(t),
	}
	l.proxy.Add(faultproxy.Fault{
		Match:  func(*http.Request) bool { return l.slow.Load() },
		Action: faultproxy.Delay(away),
	})
	for i := range codeFiles {
		l.repo.write(fmt.Sprintf("pkg%d/mod%d.py", i%17, i), source(uint64(i), fileBytes))
	}
	base := l.proxy.Host() + "/" + baseTag
	l.repo.write("docs/index.md", []byte("# Documentation\n"))
	l.repo.write("Dockerfile", []byte("FROM "+base+"\nWORKDIR /workspace\nCOPY . .\n"))
	l.repo.write("Dockerfile.link", []byte("FROM "+base+"\nWORKDIR /workspace\nCOPY --link . .\n"))
	l.repo.write(".dockerignore", []byte(".git\n.gantline\ndocs\nworkflows\nDockerfile*\n"))
	l.repo.write("gantline.yaml", []byte(`project: bench
registry: `+l.proxy.Host()+`/ml
flows: [workflows/*.yaml]
images: {train: {base: "`+base+`"}}
context: {exclude: [docs/, workflows/]}
`))
	l.repo.write("workflows/nightly.yaml", flowText("nightly"))
	// lock looks into the base, which is then with the builder that did it.
	l.gantline(l.cache, "unix://"+buildertest.Serve(t), "lock")
	l.repo.commit("First")
	return l
}

// edit commits a change of one file.
func (l *lab) edit(name string) {
	l.t.Helper()
	l.version++
	file := filepath.Join(l.repo.dir, name)
	text, err := os.ReadFile(file)
	if err != nil {
		l.t.Fatal(err)
	}
	l.repo.write(name, append(text, fmt.Sprintf("# version %d\n", l.version)...))
	l.repo.commit(fmt.Sprintf("Version %d", l.version))
}

// gantline runs the command in the repository.
func (l *lab) gantline(cache, builder string, args ...string) cost {
	l.t.Helper()
	cmd := exec.Command(binary(l.t, "gantline"), append(args, "--quiet", "--repo", l.repo.dir)...)
	cmd.Env = append(os.Environ(), "GANTLINE_CACHE="+cache, "BUILDKIT_HOST="+builder)
	return run(l.t, cmd)
}

// way is one way from a commit to an image in the registry. Prepare is what is
// not measured.
type way struct {
	name    string
	prepare func() error
	run     func() cost
}

// sample is what one run cost.
type sample struct {
	cost
	count faultproxy.Count
}

func (l *lab) sample(w way) sample {
	l.t.Helper()
	if w.prepare != nil {
		if err := w.prepare(); err != nil {
			l.t.Fatal(err)
		}
	}
	l.proxy.Reset()
	c := w.run()
	return sample{c, l.proxy.Counts().Total()}
}

// ours builds with what the machine has of earlier commits.
func (l *lab) ours() way {
	return way{name: "gantline build", run: func() cost { return l.gantline(l.cache, l.builder, "build") }}
}

// fresh builds on a machine that has nothing: no cache, and no builder that
// answers.
func (l *lab) fresh() way {
	return way{name: "gantline build, no cache, no builder", run: func() cost {
		return l.gantline(l.t.TempDir(), "unix:///nonexistent", "build")
	}}
}

// append adds a tar of the commit's files that is there already.
func (l *lab) append(name, format string) way {
	file := filepath.Join(l.t.TempDir(), "code."+format)
	return way{
		name: name,
		prepare: func() error {
			out, err := exec.Command("git", "-C", l.repo.dir, "archive", "--format", format, "--prefix", "workspace/", "--output", file,
				"HEAD", ":!docs", ":!workflows").CombinedOutput()
			if err != nil {
				return fmt.Errorf("git archive: %w\n%s", err, out)
			}
			return nil
		},
		run: func() cost {
			host := l.proxy.Host()
			return run(l.t, exec.Command(l.crane, "append", "--insecure", "--base", host+"/"+baseTag,
				"--new_layer", file, "--new_tag", fmt.Sprintf("%s/base/pytorch:%s-%d", host, format, l.version)))
		},
	}
}

// dockerfile has BuildKit copy the work tree, as a Dockerfile says.
func (l *lab) dockerfile(name, file string) way {
	return way{name: name, run: func() cost {
		tag := fmt.Sprintf("%s/base/pytorch:%s-%d", l.proxy.Host(), strings.ToLower(file), l.version)
		return run(l.t, exec.Command(l.ctl, "--addr", l.builder, "build", "--progress", "plain", "--frontend", "dockerfile.v0", "--opt", "filename="+file,
			"--local", "context="+l.repo.dir, "--local", "dockerfile="+l.repo.dir, "--output", "type=image,push=true,name="+tag))
	}}
}

// series are samples of several ways, of the same commits in turn, so that
// what else the machine does concerns all alike. The first way is ours.
type series struct {
	ways    []way
	samples [][]sample // by round, then by way
}

func (l *lab) measure(rounds int, ways ...way) series {
	l.t.Helper()
	s := series{ways: ways}
	for round := range rounds {
		l.edit(fmt.Sprintf("pkg%d/mod%d.py", round%17, round))
		samples := make([]sample, len(ways))
		for i := range ways {
			turn := (i + round) % len(ways)
			samples[turn] = l.sample(ways[turn])
		}
		s.samples = append(s.samples, samples)
	}
	return s
}

// count is the median number of one way.
func (s series) count(way int) faultproxy.Count {
	var requests []int
	var in, out []int64
	for _, round := range s.samples {
		count := round[way].count
		requests, in, out = append(requests, count.Requests), append(in, count.In), append(out, count.Out)
	}
	return faultproxy.Count{Requests: median(requests), In: median(in), Out: median(out)}
}

func (s series) cost(way int) cost {
	var all []cost
	for _, round := range s.samples {
		all = append(all, round[way].cost)
	}
	return costs(all)
}

// ratio is how many times as long as the first way another one took, in the
// median of the rounds: a slow minute of the machine slows both.
func (s series) ratio(way int) float64 {
	var ratios []float64
	for _, round := range s.samples {
		ratios = append(ratios, round[way].took.Seconds()/round[0].took.Seconds())
	}
	return median(ratios)
}

func (s series) rows() []row {
	var rows []row
	for i, w := range s.ways {
		r := countRow(w.name, s.cost(i), s.count(i))
		if i > 0 {
			r.ratio = fmt.Sprintf("%.2f×", s.ratio(i))
		}
		rows = append(rows, r)
	}
	return rows
}

func countRow(what string, c cost, count faultproxy.Count) row {
	r := c.row(what)
	r.requests, r.sent, r.received = fmt.Sprint(count.Requests), size(count.In), size(count.Out)
	return r
}

// images measures the commits. The Dockerfile comes first, on a builder that
// has nothing yet: afterwards the same builder has everything.
func images(t *testing.T) []section {
	t.Helper()
	l := newLab(t)
	say("a Dockerfile on a builder that has nothing")
	cold := l.sample(l.dockerfile("Dockerfile COPY . ., empty builder", "Dockerfile"))
	say("the environment, once")
	l.gantline(l.cache, l.builder, "build")

	const rounds = 15
	say("%d commits of code", rounds)
	near := l.measure(rounds, l.ours(), l.append("crane append, ready tar", "tar"),
		l.append("crane append, ready tar.gz", "tar.gz"), l.dockerfile("Dockerfile COPY . ., warm builder", "Dockerfile"), l.dockerfile("Dockerfile COPY --link . ., warm builder", "Dockerfile.link"))
	say("5 commits of code, without a cache and a builder")
	fresh := l.measure(5, l.fresh())
	say("5 commits of code, with a registry that is %v away", away)
	l.slow.Store(true)
	far := l.measure(5, l.ours(), l.append("crane append, ready tar", "tar"), l.dockerfile("Dockerfile COPY . ., warm builder", "Dockerfile"), l.dockerfile("Dockerfile COPY --link . ., warm builder", "Dockerfile.link"))
	l.slow.Store(false)

	rows := near.rows()
	rows[1].goal = verdict(near.ratio(1) > 1/1.2, "ours within 1.2×")
	rows[3].goal = verdict(near.ratio(3) > 1, "ours faster")
	rows[4].goal = verdict(near.ratio(4) > 1, "ours faster")
	coldRow := countRow("Dockerfile COPY . ., empty builder, once", cold.cost, cold.count)
	ratio := cold.took.Seconds() / fresh.cost(0).took.Seconds()
	coldRow.ratio, coldRow.goal = fmt.Sprintf("%.0f×", ratio), verdict(ratio > 50, "ours 50× faster")
	l.hold(near, fresh)
	change := fmt.Sprintf("A commit that changes 1 of %d files, built and pushed (base: %d layers, 2 GB)", codeFiles, baseLayers)
	return []section{
		{change, rows},
		{"The same on a machine that has nothing", append(fresh.rows(), coldRow)},
		{fmt.Sprintf("The same, each request answered %v later", away), far.rows()},
		l.docs(5),
		l.again(15),
	}
}

// hold fails where a commit of code moves what it need not: these figures are
// the same on every machine.
func (l *lab) hold(near, fresh series) {
	l.t.Helper()
	for _, s := range []series{near, fresh} {
		if c := s.count(0); c.Out > 100_000 || c.In > 1_000_000 || c.Requests > 20 {
			l.t.Errorf("%s: %d requests send %d bytes and receive %d; the base is 2 GB and the code some 800 kB", s.ways[0].name, c.Requests, c.In, c.Out)
		}
	}
}

// again measures the build of a commit that has its image.
func (l *lab) again(rounds int) section {
	l.t.Helper()
	say("%d times a commit that is built already", rounds)
	s := series{ways: []way{l.ours()}}
	for range rounds {
		s.samples = append(s.samples, []sample{l.sample(l.ours())})
	}
	r := s.rows()[0]
	r.goal = verdict(s.cost(0).took < 300*time.Millisecond, "< 300 ms")
	if count := s.count(0); count.In > 0 {
		l.t.Errorf("a build that has nothing to do sends %d bytes", count.In)
	}
	return section{"A commit that is built already", []row{r}}
}

// docs measures commits that change no file of the image.
func (l *lab) docs(rounds int) section {
	l.t.Helper()
	say("%d commits of documentation", rounds)
	l.edit("pkg0/mod0.py")
	l.gantline(l.cache, l.builder, "build")
	s := series{ways: []way{l.ours()}}
	for range rounds {
		l.edit("docs/index.md")
		s.samples = append(s.samples, []sample{l.sample(l.ours())})
	}
	r := s.rows()[0]
	count := s.count(0)
	r.goal = verdict(count.In < 20_000, "no layer sent")
	if count.In >= 20_000 {
		l.t.Errorf("a commit of documentation sends %d bytes", count.In)
	}
	return section{"A commit that changes documentation", []row{r}}
}
