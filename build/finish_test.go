package build

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	gcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// finishSpec is an image of four files with two commands.
func finishSpec() Spec {
	csrc := File{Path: "csrc/a.c", Mode: ModeFile, Hash: strings.Repeat("a", 40)}
	setup := File{Path: "setup.py", Mode: ModeFile, Hash: strings.Repeat("b", 40)}
	readme := File{Path: "README.md", Mode: ModeFile, Hash: strings.Repeat("c", 40)}
	module := File{Path: "third/party", Mode: ModeSubmodule, Hash: strings.Repeat("d", 40)}
	spec := treeSpec([]File{csrc, readme, setup, module})
	spec.Base = Base{Environment: "r/a/b@sha256:" + strings.Repeat("1", 64)}
	spec.Env = map[string]string{"CC": "gcc"}
	spec.Finish = []Finish{
		{Run: "make ext", Paths: []string{"csrc/a.c", "third/party"}},
		{Run: "make check", Paths: []string{"setup.py"}},
	}
	return spec
}

func TestFinishKeys(t *testing.T) {
	was := finishKeys(finishSpec())
	for _, c := range []struct {
		name   string
		change func(*Spec)
		want   []bool // which keys stay
	}{
		{"commit", func(s *Spec) { s.Commit, s.Origin.Commit = strings.Repeat("9", 40), strings.Repeat("9", 40) }, []bool{true, true}},
		{"labels and name", func(s *Spec) { s.Name, s.Labels = "other", map[string]string{"a": "b"} }, []bool{true, true}},
		{"another file", func(s *Spec) { s.Files[1].Hash = strings.Repeat("7", 40) }, []bool{true, true}},
		{"a submodule's commit", func(s *Spec) { s.Files[3].Hash = strings.Repeat("7", 40) }, []bool{true, true}},
		{"an input", func(s *Spec) { s.Files[0].Hash = strings.Repeat("7", 40) }, []bool{false, false}},
		{"an input's mode", func(s *Spec) { s.Files[0].Mode = ModeExecutable }, []bool{false, false}},
		{"an input's path", func(s *Spec) { s.Files[0].Path, s.Finish[0].Paths[0] = "csrc/b.c", "csrc/b.c" }, []bool{false, false}},
		{"an input that is data", func(s *Spec) { s.Files[0].Content = &Content{OID: strings.Repeat("e", 64)} }, []bool{false, false}},
		{"one input more", func(s *Spec) { s.Finish[1].Paths = append(s.Finish[1].Paths, "README.md") }, []bool{true, false}},
		{"the second's input", func(s *Spec) { s.Files[2].Hash = strings.Repeat("7", 40) }, []bool{true, false}},
		{"the first command", func(s *Spec) { s.Finish[0].Run += " -j2" }, []bool{false, false}},
		{"the second command", func(s *Spec) { s.Finish[1].Run += " -j2" }, []bool{true, false}},
		{"environment", func(s *Spec) { s.Base.Environment = strings.Replace(s.Base.Environment, "1", "2", 1) }, []bool{false, false}},
		{"the environment's repository", func(s *Spec) { s.Base.Environment = "other/" + s.Base.Environment }, []bool{true, true}},
		{"platform", func(s *Spec) { s.Platform = "linux/arm64" }, []bool{false, false}},
		{"directory", func(s *Spec) { s.To = "/code" }, []bool{false, false}},
		{"user", func(s *Spec) { s.User.UID++ }, []bool{false, false}},
		{"home", func(s *Spec) { s.User.Home = "/home/other" }, []bool{false, false}},
		{"a variable", func(s *Spec) { s.Env["CC"] = "clang" }, []bool{false, false}},
		{"a variable's name", func(s *Spec) { delete(s.Env, "CC"); s.Env["C"] = "Cgcc" }, []bool{false, false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := finishSpec()
			c.change(&spec)
			for i, key := range finishKeys(spec) {
				if (key == was[i]) != c.want[i] {
					t.Errorf("the key of command %d is the same: %v", i+1, key == was[i])
				}
			}
		})
	}
	if was[0] == was[1] {
		t.Error("both commands have one key")
	}
}

// finisher stands in for a builder: a command "FROM TO" copies one file of the
// image, and "true" changes nothing.
type finisher struct {
	t    *testing.T
	ran  []string
	seen []map[string]string // what the image had in /workspace, at each run
}

func (f *finisher) run(_ context.Context, run FinishRun) (string, error) {
	f.t.Helper()
	image := published(f.t, run.Image)
	f.ran = append(f.ran, fmt.Sprintf("%d/%d %s", run.Index, run.Count, run.Run))
	files := map[string]string{}
	reader := tar.NewReader(mutate.Extract(image))
	for {
		h, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", err
		}
		content, err := io.ReadAll(reader)
		if rest, ok := strings.CutPrefix(h.Name, "workspace/"); ok && h.Typeflag == tar.TypeReg && !strings.HasPrefix(rest, whiteout) {
			files[rest] = string(content)
		}
		if err != nil {
			return "", err
		}
	}
	f.seen = append(f.seen, files)
	if from, to, ok := strings.Cut(run.Run, " "); ok {
		content, ok := files[from]
		if !ok {
			return "", fmt.Errorf("%s is not there", from)
		}
		var err error
		if image, err = mutate.AppendLayers(image, oneFile(f.t, "workspace/"+to, "made of "+content)); err != nil {
			return "", err
		}
	}
	repo, err := name.NewRepository(run.Repository)
	if err != nil {
		return "", err
	}
	digest, err := image.Digest()
	if err != nil {
		return "", err
	}
	return digest.String(), gcr.Write(repo.Digest(digest.String()), image)
}

// oneFile is a layer of one file.
func oneFile(t *testing.T, name, content string) v1.Layer {
	t.Helper()
	var text bytes.Buffer
	w := tar.NewWriter(&text)
	err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))})
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	return layer
}

// finishScene is a repository of three files with two commands, on an
// environment.
type finishScene struct {
	t      *testing.T
	repo   gitRepo
	host   string
	env    string
	remote *Remote
	*finisher
}

func newFinishScene(t *testing.T) finishScene {
	t.Helper()
	s := finishScene{t: t, repo: newGitRepo(t), host: newRegistry(t), remote: quick(t, nil, nil), finisher: &finisher{t: t}}
	s.repo.write("csrc/a.c", "a\n")
	s.repo.write("setup.py", "s\n")
	s.repo.write("README.md", "r\n")
	s.env = pushEnvironment(t, s.host+"/agent/train", 2)
	return s
}

// spec commits the work tree. The commands see one file each.
func (s finishScene) spec(neighbours ...string) Spec {
	s.t.Helper()
	spec := s.repo.spec(s.host, s.repo.commit("next"))
	spec.Base.Environment, spec.Neighbours = s.env, neighbours
	spec.Finish = []Finish{{Run: "csrc/a.c a.so", Paths: []string{"csrc/a.c"}}, {Run: "a.so b.so", Paths: []string{"setup.py"}}}
	return spec
}

func (s finishScene) options() Options {
	return Options{Source: WholeTree(s.repo, nil), Finish: s.run}
}

func (s finishScene) build(spec Spec) Image {
	s.t.Helper()
	return mustBuild(s.t, Existing(NewPublisher(s.remote, s.options()), s.remote), spec)
}

// made are the layers of commands.
func made(image Image) (layers []Layer) {
	for _, l := range image.Manifests[0].Layers {
		if l.Kind == KindFinish {
			layers = append(layers, l)
		}
	}
	return layers
}

func TestFinishRunsWhereItsInputsChanged(t *testing.T) {
	s := newFinishScene(t)
	first := s.build(s.spec())
	if diff := cmp.Diff([]string{"1/2 csrc/a.c a.so", "2/2 a.so b.so"}, s.ran); diff != "" {
		t.Fatalf("ran (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]map[string]string{
		{"csrc/a.c": "a\n"}, {"csrc/a.c": "a\n", "setup.py": "s\n", "a.so": "made of a\n"},
	}, s.seen); diff != "" {
		t.Errorf("the commands saw (-want +got):\n%s", diff)
	}
	if got := kinds(first); got != "base base step floor code finish finish" {
		t.Errorf("layers are %q", got)
	}
	published(t, first.Ref())

	s.repo.write("README.md", "another\n")
	second := s.build(s.spec(first.Tag))
	s.repo.write("setup.py", "another\n")
	third := s.build(s.spec(second.Tag))
	if diff := cmp.Diff([]string{"2/2 a.so b.so"}, s.ran[2:]); diff != "" {
		t.Errorf("ran after the first commit (-want +got):\n%s", diff)
	}
	for i, layers := range [][]Layer{made(second), made(third)} {
		if len(layers) != 2 || layers[0].Digest != made(first)[0].Digest || !layers[0].Reused || layers[1].Reused != (i == 0) {
			t.Errorf("commit %d has %+v", i+2, layers)
		}
	}
	history, err := Look(t.Context(), s.remote, third.Ref(), "")
	if err != nil || history.History[6] != "finish 2 of 2: a.so b.so" {
		t.Errorf("history is %q, %v", history.History, err)
	}
}

// What commands made is found without a neighbour, written elsewhere, and held
// to the published image, all without running them again.
func TestFinishedIsFoundByKey(t *testing.T) {
	s := newFinishScene(t)
	spec := s.spec()
	ask := func(want bool) {
		t.Helper()
		there, err := Finished(t.Context(), s.remote, spec)
		if err != nil || there[0] != want || there[1] != want {
			t.Errorf("there are %v, %v; want %v", there, err, want)
		}
	}
	ask(false)
	image := s.build(spec)
	ask(true)
	again := mustBuild(t, NewPublisher(s.remote, s.options()), spec)
	layout, err := ToLayout(t.Context(), s.remote, s.options(), spec, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	archive, err := ToArchive(t.Context(), s.remote, s.options(), spec, filepath.Join(t.TempDir(), "image.tar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []Image{again, layout, archive} {
		if other.Digest != image.Digest {
			t.Errorf("%s, want %s", other.Digest, image.Digest)
		}
	}
	verified, err := Verify(t.Context(), s.remote, s.options(), spec)
	if err != nil || !verified.Same() {
		t.Errorf("verified: %+v, %v", verified, err)
	}
	spec.Finish[1].Run = "a.so c.so"
	verified, err = Verify(t.Context(), s.remote, s.options(), spec)
	if last := verified.Layers[len(verified.Layers)-1]; err != nil || last.Kind != KindFinish || last.Rebuilt != "" || last.Same() {
		t.Errorf("a changed command: %+v, %v", verified, err)
	}
	if len(s.ran) != 2 {
		t.Errorf("ran %q", s.ran)
	}
}

func TestFinishThatSeesAllAndChangesNothing(t *testing.T) {
	s := newFinishScene(t)
	spec := s.spec()
	spec.Finish = []Finish{{Run: "true", Paths: []string{"README.md", "csrc/a.c", "setup.py"}}}
	image := s.build(spec)
	mustBuild(t, NewPublisher(s.remote, s.options()), spec)
	if len(made(image)) != 0 || len(s.ran) != 1 || len(s.seen[0]) != 3 {
		t.Errorf("made %v, ran %q, saw %v", made(image), s.ran, s.seen)
	}
}

func TestFinishThatCannotBe(t *testing.T) {
	s := newFinishScene(t)
	broken := errors.New("exit status 2")
	for _, c := range []struct {
		name   string
		change func(*Spec, *Options)
		want   string
	}{
		{"a command that fails", func(_ *Spec, o *Options) {
			o.Finish = func(context.Context, FinishRun) (string, error) { return "", broken }
		}, "exit status 2"},
		{"another image", func(spec *Spec, o *Options) {
			o.Finish = func(context.Context, FinishRun) (string, error) {
				_, digest, _ := strings.Cut(spec.Base.Environment, "@")
				return digest, nil
			}
		}, "is not the one that the command was run on"},
		{"nobody who runs it", func(_ *Spec, o *Options) { o.Finish = nil }, "nothing is given that runs it"},
		{"scratch", func(spec *Spec, _ *Options) { spec.Base = Base{} }, "nothing to run in"},
		{"no command", func(spec *Spec, _ *Options) { spec.Finish[1].Run = " " }, "command 2 of 2 is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec, options := s.spec(), s.options()
			c.change(&spec, &options)
			_, err := NewPublisher(s.remote, options).Build(t.Context(), spec)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want …%s…", err, c.want)
			}
			if found, err := Find(t.Context(), s.remote, spec.Repository, spec.Commit); found != "" || err != nil {
				t.Errorf("the commit has %q, %v", found, err)
			}
		})
	}
}
