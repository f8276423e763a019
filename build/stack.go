package build

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"
)

// Stack is a stage of an environment that needs no builder: an image, layers of
// ours on it, and variables.
type Stack struct {
	// Repository is where it is published, Tag under what tag.
	Repository, Tag string
	// Below is the image underneath, name@sha256:…. Its layers are brought to
	// the repository where they are elsewhere.
	Below string
	// Platform is os/arch[/variant].
	Platform string
	// Neighbours are full hashes of commits whose images probably have some of
	// the layers, best first.
	Neighbours []string
	// Layers are the recipes of the layers, lowest first.
	Layers []Recipe
	// Path is directories that come before the image's own in PATH.
	Path string
	// Env are variables that are set.
	Env map[string]string
}

// Staged is a stage of an environment as it was published.
type Staged struct {
	// Digest is of the manifest, sha256:….
	Digest string `json:"digest"`
	// Made are the digests of the layers that were made, Known is how many of
	// ours were known.
	Made  []string `json:"made"`
	Known int      `json:"known"`
	// Moved is what went over the network.
	Moved Moved `json:"moved"`
}

// Put makes what the registry lacks of a stack and publishes it, the tag last.
func Put(ctx context.Context, remote *Remote, options Options, stack Stack) (Staged, error) {
	ctx, meter := withMeter(ctx)
	staged, err := putStack(ctx, publisher{remote, options}, stack)
	if err != nil {
		return Staged{}, fmt.Errorf("publishing environment %q: %w", stack.Repository+":"+stack.Tag, err)
	}
	staged.Moved = meter.moved()
	return staged, nil
}

func putStack(ctx context.Context, p publisher, stack Stack) (Staged, error) {
	repo, err := p.remote.open(ctx, stack.Repository)
	if err != nil {
		return Staged{}, err
	}
	known, err := repo.neighbours(ctx, Spec{Neighbours: stack.Neighbours})
	if err != nil {
		return Staged{}, err
	}
	staged, err := p.putStack(ctx, repo, stack, known)
	if len(known) == 0 || !isBlobUnknown(err) {
		return staged, err
	}
	// See publisher.build: a layer was collected since.
	if repo, err = p.remote.open(ctx, stack.Repository); err != nil {
		return Staged{}, err
	}
	return p.putStack(ctx, repo, stack, nil)
}

func (p publisher) putStack(ctx context.Context, repo *repository, stack Stack, known map[string]madeLayer) (Staged, error) {
	below, err := p.below(ctx, repo, stack)
	if err != nil {
		return Staged{}, err
	}
	if n := len(below.layers) + len(stack.Layers); n > maxLayers {
		return Staged{}, tooManyLayers(n)
	}
	layers, err := p.pushLayers(ctx, repo, stack.Layers, known)
	if err != nil {
		return Staged{}, err
	}
	config, err := json.Marshal(stack.config(below, layers))
	if err != nil {
		return Staged{}, fmt.Errorf("encoding image config: %w", err)
	}
	if err := repo.upload(ctx, &assembled{config: config}); err != nil {
		return Staged{}, err
	}
	descriptors := below.descriptors()
	staged := Staged{}
	for _, layer := range layers {
		descriptors = append(descriptors, layer.descriptor())
		if layer.content == nil {
			staged.Known++
		} else {
			staged.Made = append(staged.Made, layer.digest.String())
		}
	}
	source := v1.Descriptor{MediaType: types.OCIConfigJSON, Size: int64(len(config))}
	if source.Digest, _, err = v1.SHA256(bytes.NewReader(config)); err != nil {
		return Staged{}, err
	}
	staged.Digest, err = repo.putManifest(ctx, stack.Tag, source, descriptors)
	return staged, err
}

// pushLayers is eachLayer into a repository.
func (p publisher) pushLayers(ctx context.Context, repo *repository, all []Recipe, known map[string]madeLayer) ([]madeLayer, error) {
	return p.eachLayer(ctx, all, known, repo.pushLayer)
}

// pushLayer sends a layer that was packed.
func (r *repository) pushLayer(ctx context.Context, layer *packed) error {
	return r.push(ctx, "the "+string(layer.Kind)+" layer", layer)
}

// eachLayer is one layer a recipe: a known one, or made, sent and forgotten
// before the next, so that an environment of gigabytes needs the room of a few
// of its layers.
func (p publisher) eachLayer(ctx context.Context, all []Recipe, known map[string]madeLayer, send func(context.Context, *packed) error) ([]madeLayer, error) {
	layers := make([]madeLayer, len(all))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, recipe := range all {
		if layer, ok := known[recipe.Key]; ok && layer.kind == recipe.Kind {
			layer.names = recipe.Names // which its manifest need not tell
			layers[i] = layer
			continue
		}
		group.Go(func() error {
			content, err := pack(ctx, recipe, p.options.TempDir)
			if err != nil {
				return err
			}
			defer content.close()
			layers[i] = madeFrom(content)
			return send(ctx, content)
		})
	}
	return layers, group.Wait()
}

// below is the image underneath, whose layers are in the repository afterwards.
func (p publisher) below(ctx context.Context, repo *repository, stack Stack) (baseImage, error) {
	ref, err := name.NewDigest(stack.Below)
	if err != nil {
		return baseImage{}, fmt.Errorf("parsing image %q: %w", stack.Below, err)
	}
	platform, err := Spec{Platform: stack.Platform}.platform()
	if err != nil {
		return baseImage{}, err
	}
	if ref.Context().Name() == repo.Name() {
		return repo.readBase(ctx, ref, platform)
	}
	from, err := p.remote.reader(ctx, ref.Context())
	if err != nil {
		return baseImage{}, err
	}
	image, err := from.readBase(ctx, ref, platform)
	if err != nil {
		return baseImage{}, fmt.Errorf("reading base %q: %w", ref, err)
	}
	// What others noted on their layers is not ours to believe.
	for i := range image.layers {
		image.layers[i].Annotations = nil
	}
	if err := repo.bring(ctx, from, image.layers); err != nil {
		return baseImage{}, fmt.Errorf("bringing the layers of %q: %w", ref, err)
	}
	return image, nil
}

// config is the config of the image below with what the stack changes.
func (s Stack) config(below baseImage, layers []madeLayer) *v1.ConfigFile {
	config := below.config.DeepCopy()
	config.Created = v1.Time{Time: time.Unix(epoch, 0).UTC()}
	if s.Path != "" {
		path := lookup(config.Config.Env, "PATH")
		if path == "" {
			path = defaultPath
		}
		config.Config.Env = setVar(config.Config.Env, "PATH", s.Path+":"+path)
	}
	for _, variable := range slices.Sorted(maps.Keys(s.Env)) {
		config.Config.Env = setVar(config.Config.Env, variable, s.Env[variable])
	}
	config.RootFS.Type = "layers"
	config.History = completeHistory(config.History, len(below.layers))
	for _, layer := range layers {
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, layer.diffID)
		config.History = append(config.History, layer.history())
	}
	return config
}

// putManifest puts a tag on an image whose blobs are all there.
func (r *repository) putManifest(ctx context.Context, tag string, config v1.Descriptor, layers []v1.Descriptor) (string, error) {
	raw, err := json.Marshal(v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: config, Layers: layers})
	if err != nil {
		return "", fmt.Errorf("encoding manifest: %w", err)
	}
	if err := r.put(ctx, tag, rawManifest(raw)); err != nil {
		return "", err
	}
	digest, _, err := v1.SHA256(bytes.NewReader(raw))
	return digest.String(), err
}

// rawManifest is an OCI manifest's bytes that can be put under a tag.
type rawManifest []byte

// RawManifest implements remote.Taggable.
func (m rawManifest) RawManifest() ([]byte, error) { return m, nil }

// MediaType is the manifest's.
func (m rawManifest) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

// Adopt makes a stage that BuildKit pushed without a tag one of ours: each new
// layer gets its kind, the layers below keep what the stage below says of them.
func Adopt(ctx context.Context, remote *Remote, pushed Pushed) (string, error) {
	digest, err := adopt(ctx, remote, pushed)
	if err != nil {
		return "", fmt.Errorf("publishing environment %q: %w", pushed.Repository+":"+pushed.Tag, err)
	}
	return digest, nil
}

// Pushed is an image that BuildKit pushed by digest.
type Pushed struct {
	// Repository and Digest say where it is, Tag what it is to be called.
	Repository, Digest, Tag string
	// Below is the digest of the stage underneath in the same repository; empty
	// where there is none of ours.
	Below string
	// Platform is os/arch[/variant].
	Platform string
	// Kinds are those of the new layers, lowest first.
	Kinds []Kind
}

func adopt(ctx context.Context, remote *Remote, pushed Pushed) (string, error) {
	repo, err := remote.open(ctx, pushed.Repository)
	if err != nil {
		return "", err
	}
	platform, err := Spec{Platform: pushed.Platform}.platform()
	if err != nil {
		return "", err
	}
	image, err := repo.readBase(ctx, repo.Digest(pushed.Digest), platform)
	if err != nil {
		return "", err
	}
	notes := map[v1.Hash]map[string]string{}
	if pushed.Below != "" {
		below, err := repo.readBase(ctx, repo.Digest(pushed.Below), platform)
		if err != nil {
			return "", err
		}
		for _, layer := range below.layers {
			notes[layer.Digest] = layer.Annotations
		}
	}
	for i := range image.layers {
		image.layers[i].Annotations = notes[image.layers[i].Digest]
	}
	for i, first := 0, len(image.layers)-len(pushed.Kinds); first >= 0 && i < len(pushed.Kinds); i++ {
		image.layers[first+i].Annotations = map[string]string{noteLayer: string(pushed.Kinds[i])}
	}
	return repo.putManifest(ctx, pushed.Tag, image.source, image.descriptors())
}
