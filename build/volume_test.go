package build

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	gcr "github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"gantline.dev/gantline/internal/fakes/faultproxy"
)

// volumeScene is commits whose image has a volume, kept by Git LFS, behind a
// proxy that counts.
type volumeScene struct {
	t     *testing.T
	proxy *faultproxy.Proxy
	repo  gitRepo
	lfs   *kept
	data  []File
}

func newVolumeScene(t *testing.T) *volumeScene {
	t.Helper()
	s := &volumeScene{t: t, proxy: faultproxy.New(t, "http://"+newRegistry(t)), repo: newGitRepo(t), lfs: newKept()}
	s.add("weights/a.bin", "weights", string(noise(1, 300<<10)))
	s.add("weights/words.txt", "weights", strings.Repeat("token ", 1000))
	return s
}

// add has a file of data in a volume.
func (s *volumeScene) add(path, volume, content string) {
	f := s.lfs.keep(path, content)
	f.Content.Name, f.Content.Volume = volume, volume
	s.data = append(s.data, f)
}

// spec is a new commit of code.
func (s *volumeScene) spec(code string, neighbours ...string) Spec {
	s.t.Helper()
	s.repo.write("train.py", code)
	spec := s.repo.spec(s.proxy.Host(), s.repo.commit(code))
	spec.Files = append(spec.Files, s.data...)
	spec.Neighbours = neighbours
	return spec
}

func (s *volumeScene) options() Options { return Options{Source: WholeTree(s.repo, s.lfs)} }

func (s *volumeScene) builder() Builder {
	remote := quick(s.t, nil, nil)
	return Existing(NewPublisher(remote, s.options()), remote)
}

// volumeFiles is what a pod sees below the mounted volume.
func volumeFiles(t *testing.T, image Image, v Volume) map[string]string {
	t.Helper()
	ref, err := name.ParseReference(image.VolumeRef(v))
	if err != nil {
		t.Fatal(err)
	}
	pulled, err := gcr.Image(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(pulled, validate.Fast); err != nil {
		t.Error(err)
	}
	layers, err := pulled.Layers()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	var size int64
	for _, layer := range layers {
		n, err := layer.Size()
		if err != nil {
			t.Fatal(err)
		}
		size += n
	}
	for path, n := range unpack(t, layers...) {
		if files[path] = n.Content; n.UID != 0 || n.Mode != 0o644 {
			t.Errorf("%s: %+v", path, n)
		}
	}
	if size != v.Bytes {
		t.Errorf("it has %d bytes, and says %d", size, v.Bytes)
	}
	return files
}

// A volume is an image beside the image, which names it, and has links to where
// pods mount it. No layer has its contents.
func TestVolume(t *testing.T) {
	t.Parallel()
	s := newVolumeScene(t)
	spec := s.spec("# first")
	image := mustBuild(t, s.builder(), spec)
	if len(image.Volumes) != 1 || image.Volumes[0].Name != "weights" {
		t.Fatalf("volumes: %+v", image.Volumes)
	}
	want := map[string]string{}
	for _, f := range s.data {
		want[f.Content.OID] = s.lfs.contents[f.Content.OID]
	}
	if diff := cmp.Diff(want, volumeFiles(t, image, image.Volumes[0])); diff != "" {
		t.Error(diff)
	}
	layers, err := published(t, image.Ref()).Layers()
	if err != nil {
		t.Fatal(err)
	}
	root := unpack(t, layers...)
	at := "/.gantline/volumes/weights/" + s.data[0].Content.OID
	if got := root["workspace/weights/a.bin"].Content; got != at {
		t.Errorf("the link leads to %q", got)
	}
	for path := range root {
		if strings.HasPrefix(path, ".gantline") {
			t.Errorf("a layer has %q", path)
		}
	}
	// Who finds the image knows its volumes, and who looks at it.
	found, err := Inspect(t.Context(), quick(t, nil, nil), spec.Repository, spec.Commit)
	view, viewErr := Look(t.Context(), quick(t, nil, nil), image.Ref(), "")
	if err != nil || viewErr != nil || !cmp.Equal(found.Volumes, image.Volumes) || !cmp.Equal(view.Volumes, image.Volumes) {
		t.Errorf("%+v, %v; %+v, %v", found.Volumes, err, view.Volumes, viewErr)
	}
}

// A commit of code moves nothing of a volume; nor does another image, another
// name or another order of the same contents.
func TestVolumeIsMadeOnce(t *testing.T) {
	t.Parallel()
	s := newVolumeScene(t)
	first := mustBuild(t, s.builder(), s.spec("# first"))
	fetches := s.lfs.fetches
	if first.Moved.Sent < 300<<10 || fetches == 0 {
		t.Fatalf("%+v, %d fetches", first.Moved, fetches)
	}
	for _, variant := range []func(spec *Spec){
		func(spec *Spec) { spec.Neighbours = []string{first.Tag} },
		func(spec *Spec) { slices.Reverse(spec.Files) },
		func(spec *Spec) {
			for i, f := range spec.Files {
				if f.Content != nil {
					content := *f.Content
					content.Name, content.Volume = "other", "other"
					spec.Files[i].Path, spec.Files[i].Content = "moved/"+f.Path, &content
				}
			}
		},
	} {
		spec := s.spec("# code")
		variant(&spec)
		s.proxy.Reset()
		image := mustBuild(t, s.builder(), spec)
		if len(image.Volumes) != 1 || image.Volumes[0].Digest != first.Volumes[0].Digest {
			t.Errorf("%+v, not %+v", image.Volumes, first.Volumes)
		}
		if sent := s.proxy.Counts().Total().In; sent > 20_000 || s.lfs.fetches != fetches {
			t.Errorf("%d bytes sent, %d fetches", sent, s.lfs.fetches-fetches)
		}
	}
}

// Of a volume whose contents change, the layers of the large ones that don't are
// not made again.
func TestVolumeSharesLayers(t *testing.T) {
	t.Parallel()
	s := newVolumeScene(t)
	s.add("weights/large.bin", "weights", strings.Repeat("0", largeData))
	first := mustBuild(t, s.builder(), s.spec("# first"))
	s.lfs.fetched = map[string]bool{}
	s.add("weights/b.bin", "weights", string(noise(2, 1000)))
	second := mustBuild(t, s.builder(), s.spec("# second", first.Tag))
	if second.Volumes[0].Digest == first.Volumes[0].Digest || s.lfs.fetched[s.data[2].Content.OID] || !s.lfs.fetched[s.data[0].Content.OID] {
		t.Errorf("%+v after %+v; fetched %v", second.Volumes, first.Volumes, s.lfs.fetched)
	}
	if files := volumeFiles(t, second, second.Volumes[0]); len(files) != 4 {
		t.Errorf("it has %d files", len(files))
	}
	remote := quick(t, nil, nil)
	pulls, err := PullVolumes(t.Context(), remote, second, first)
	if err != nil || len(pulls) != 1 || pulls[0].How != PullDownload || pulls[0].Bytes >= second.Volumes[0].Bytes || pulls[0].Bytes < 300<<10 {
		t.Errorf("pulls %+v of %+v, %v", pulls, second.Volumes, err)
	}
	if pulls, err = PullVolumes(t.Context(), remote, second, second); err != nil || pulls[0].How != PullNothing || pulls[0].Bytes != 0 {
		t.Errorf("again: %+v, %v", pulls, err)
	}
	if pulls, err = PullVolumes(t.Context(), remote, second, Image{}); err != nil || pulls[0].Bytes != second.Volumes[0].Bytes {
		t.Errorf("from nothing: %+v, %v", pulls, err)
	}
	// What an earlier volume's manifest names may be gone.
	s.proxy.Add(faultproxy.Fault{
		Match: faultproxy.Is(http.MethodPut, "manifest"), Nth: 1, Times: 1,
		Action: faultproxy.Answer(http.StatusBadRequest, nil, `{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}`),
	})
	s.add("weights/c.bin", "weights", "c")
	third := mustBuild(t, s.builder(), s.spec("# third", second.Tag))
	if s.proxy.Fired() != 1 || len(volumeFiles(t, third, third.Volumes[0])) != 5 || !s.lfs.fetched[s.data[2].Content.OID] {
		t.Errorf("%d faults; %+v", s.proxy.Fired(), third.Volumes)
	}
}

// A plan says what a build would send; verification makes volumes again, and
// tells of one that is gone.
func TestVolumePlannedAndVerified(t *testing.T) {
	t.Parallel()
	s := newVolumeScene(t)
	spec := s.spec("# first")
	remote := quick(t, nil, nil)
	plan := func() PlannedVolume {
		t.Helper()
		planned, err := PlanVolumes(t.Context(), remote, s.options(), spec)
		if err != nil || len(planned) != 1 {
			t.Fatalf("%+v, %v", planned, err)
		}
		return planned[0]
	}
	before := plan()
	if want := (PlannedVolume{Name: "weights", Files: 2, Bytes: 300<<10 + 6000}); !cmp.Equal(before, want, cmpopts.IgnoreFields(want, "Tag")) || s.lfs.fetches != 0 {
		t.Errorf("%+v", before)
	}
	image := mustBuild(t, s.builder(), spec)
	if after := plan(); !after.Exists || after.Tag != before.Tag {
		t.Errorf("%+v after %+v", after, before)
	}
	fetches := s.lfs.fetches
	s.proxy.Reset()
	v, err := Verify(t.Context(), remote, s.options(), spec)
	if err != nil || !v.Same() || v.Layers[0].Kind != KindVolume || v.Layers[0].Published != image.Volumes[0].Digest || s.lfs.fetches == fetches {
		t.Errorf("%+v, %v", v, err)
	}
	if sent := s.proxy.Counts().Total().In; sent != 0 {
		t.Errorf("verifying sends %d bytes", sent)
	}
	s.proxy.Add(faultproxy.Fault{
		Match:  func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, image.Volumes[0].Digest) },
		Times:  forever,
		Action: faultproxy.Answer(http.StatusNotFound, nil, `{"errors":[{"code":"MANIFEST_UNKNOWN"}]}`),
	})
	if v, err = Verify(t.Context(), remote, s.options(), spec); err != nil || v.Same() || v.Layers[0].Same() {
		t.Errorf("without the volume: %+v, %v", v, err)
	}
}

// A layout has the images of volumes beside the image; an archive can't.
func TestVolumeWithoutARegistry(t *testing.T) {
	t.Parallel()
	s := newVolumeScene(t)
	spec := s.spec("# first")
	remote, dir := quick(t, nil, nil), t.TempDir()
	written, err := ToLayout(t.Context(), remote, s.options(), spec, dir)
	if err != nil || s.proxy.Counts().Total().Requests != 0 {
		t.Fatalf("%v; %s", err, s.proxy.Counts())
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index, validate.Fast); err != nil {
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil || len(manifest.Manifests) != 2 {
		t.Fatalf("%+v, %v", manifest, err)
	}
	names := map[string]string{}
	for _, m := range manifest.Manifests {
		names[m.Annotations[refName]] = m.Digest.String()
	}
	tag := slices.DeleteFunc(slices.Collect(maps.Keys(names)), func(n string) bool { return n == spec.Commit })[0]
	image := mustBuild(t, s.builder(), spec)
	if names[spec.Commit] != image.Digest || !strings.HasPrefix(tag, "data-") || names[tag] != image.Volumes[0].Digest || !cmp.Equal(written.Volumes, image.Volumes) {
		t.Errorf("the layout has %v, the registry %s and %+v", names, image.Digest, image.Volumes)
	}
	if _, err := ToArchive(t.Context(), remote, s.options(), spec, dir+"/a.tar"); err == nil || !strings.Contains(err.Error(), `"weights" is a volume`) {
		t.Errorf("an archive: %v", err)
	}
}

// What makes a volume another one: contents, their modes, compression and the
// platform. Its bytes are pinned here.
func TestVolumeTag(t *testing.T) {
	lfs := newKept()
	a, b := lfs.keep("a", "a"), lfs.keep("b", string(noise(9, 2<<20)))
	a.Content.Volume, b.Content.Volume = "v", "v"
	of := func(change func(*Spec)) VolumeRecipe {
		t.Helper()
		spec := treeSpec([]File{a, b})
		change(&spec)
		all, err := WholeTree(nil, lfs).Volumes(spec)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0]
	}
	same := of(func(*Spec) {})
	tags := map[string]bool{same.Tag: true}
	for _, change := range []func(*Spec){
		func(s *Spec) { s.Files = s.Files[:1] },
		func(s *Spec) { s.Files[0].Mode = ModeExecutable },
		func(s *Spec) { s.Compression = ZstdWhereItPays },
		func(s *Spec) { s.Platform = "linux/arm64" },
	} {
		tags[of(change).Tag] = true
	}
	if len(tags) != 5 {
		t.Errorf("tags: %v", tags)
	}
	if got := of(func(s *Spec) { s.Compression = GzipWhereItPays }); got.Tag != same.Tag {
		t.Error("the default is not gzip")
	}
	const pinned = "data-dddeafa6a700e5d6c712b2ad7934dcf5"
	if same.Tag != pinned {
		t.Errorf("the tag is %s, not %s: is that meant, and has volumeFormat a new number?", same.Tag, pinned)
	}
	layers := make([]madeLayer, 0, 1)
	for _, r := range same.Layers {
		layers = append(layers, madeFrom(mustPack(t, r)))
	}
	made, err := assembleVolume(treeSpec(nil), layers)
	if err != nil {
		t.Fatal(err)
	}
	const digest = "sha256:dc79734d698e33205eb3b0d199fbffdef1bef21b1a6ae479ccf3fc244a5a7652"
	if got := made.digest.String(); got != digest || layers[0].mediaType != types.OCIUncompressedLayer {
		t.Errorf("its image is %s with %s, not %s", got, layers[0].mediaType, digest)
	}
}

// Large contents have layers of their own, as many as engines take.
func TestVolumeLayers(t *testing.T) {
	var files []File
	for i := range 130 {
		oid := strings.Repeat("0", 61) + string([]byte{'0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)})
		files = append(files, File{Path: oid, Mode: ModeFile, Hash: strings.Repeat("b", 40), Content: &Content{OID: oid, Size: largeData, Volume: "v"}})
	}
	all, err := WholeTree(nil, nil).Volumes(treeSpec(files))
	if err != nil || len(all[0].Layers) != maxVolumeLayers+1 || all[0].Files != 130 || all[0].Bytes != 130*largeData {
		t.Errorf("%d layers, %v", len(all[0].Layers), err)
	}
	if data := WholeTree(nil, nil).Data(treeSpec(files)); len(data) != 0 {
		t.Errorf("%d layers of the image have it", len(data))
	}
}

// What a registry says of volumes becomes part of pods.
func TestVolumesAreChecked(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	for text, ok := range map[string]bool{
		"": true,
		`[{"name":"a","digest":"` + digest + `","bytes":1}]`:                              true,
		`[{"name":"../a","digest":"` + digest + `","bytes":1}]`:                           false,
		`[{"name":"","digest":"` + digest + `","bytes":1}]`:                               false,
		`[{"name":"a","digest":"latest","bytes":1}]`:                                      false,
		`[{"name":"a","digest":"` + digest + `","bytes":-1}]`:                             false,
		`[{"name":"a","digest":"` + digest + `"},{"name":"a","digest":"` + digest + `"}]`: false,
		`{`: false,
	} {
		if _, err := volumesOf(map[string]string{noteVolumes: text}); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	bad := File{Path: "a", Mode: ModeFile, Hash: strings.Repeat("a", 40), Content: &Content{OID: strings.Repeat("a", 64), Volume: "../a"}}
	if err := treeSpec([]File{bad}).check(); err == nil {
		t.Error("a volume outside of its directory is taken")
	}
}

// A volume that can't be made makes no image.
func TestVolumeThatCannotBeMade(t *testing.T) {
	t.Parallel()
	s := newVolumeScene(t)
	spec := s.spec("# first")
	s.lfs.err = errors.New("no network")
	if _, err := s.builder().Build(t.Context(), spec); err == nil || !strings.Contains(err.Error(), `making volume "weights"`) || !strings.Contains(err.Error(), "no network") {
		t.Errorf("%v", err)
	}
	if found, err := Find(t.Context(), quick(t, nil, nil), spec.Repository, spec.Commit); found != "" || err != nil {
		t.Errorf("the commit has %q, %v", found, err)
	}
}
