package build

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// finishFormat numbers the way in which commands are run. It changes when the
// same command on the same files would leave another layer.
const finishFormat = "1"

// Finish is a command that needs the code: to compile an extension, say. What
// it changes is a layer above all code.
type Finish struct {
	// Run is the command, for sh.
	Run string
	// Paths are those of the Spec's files that the command sees.
	Paths []string
}

// FinishRun is a command that is to be run on an image.
type FinishRun struct {
	// Repository has the image, and gets what the command makes of it.
	Repository string
	// Image is repository@sha256:…: the environment, of the code the command's
	// files alone, and what the commands before it left. Its config says as whom
	// and where the command runs.
	Image string
	// Platform is os/arch[/variant].
	Platform string
	// Run is the command; it is number Index, from 1, of Count.
	Run          string
	Index, Count int
}

// Finisher runs a command and pushes the image with what it changed as one
// layer more, without a tag. It returns the image's digest. A command that
// changed nothing may have no layer.
type Finisher func(ctx context.Context, run FinishRun) (digest string, err error)

// finishKeys are the keys of the layers of a Spec's commands. A command is a
// function of the environment, of what it sees of the code, and of the commands
// before it; the commit is no part of that, nor are files that it doesn't see.
func finishKeys(spec Spec) []string {
	_, environment, _ := strings.Cut(spec.Base.Environment, "@")
	var keys []string
	before := ""
	for i, command := range spec.Finish {
		key := newKey(KindFinish)
		key.add(finishFormat, environment, spec.Platform, spec.To, spec.User.String(), spec.User.Name, spec.User.Home)
		for _, name := range slices.Sorted(maps.Keys(spec.Env)) {
			key.add(name, spec.Env[name])
		}
		key.add(before, command.Run)
		for _, f := range spec.seenBy(i) {
			how, hash := string(f.Mode), f.Hash
			switch {
			case f.Mode == ModeSubmodule:
				hash = "" // an empty directory, whatever its commit
			case f.Content != nil:
				how += " " + f.Content.place() // a link; a pointer's hash says what of
			}
			key.add(f.Path, how, hash)
		}
		before = key.String()
		keys = append(keys, before)
	}
	return keys
}

// seenBy is what a command sees of the code, sorted: its own files, and those
// of the commands before it, which stay.
func (s Spec) seenBy(command int) []File {
	seen := map[string]bool{}
	for _, before := range s.Finish[:command+1] {
		for _, path := range before.Paths {
			seen[path] = true
		}
	}
	return sorted(slices.DeleteFunc(slices.Clone(s.Files), func(f File) bool { return !seen[f.Path] }))
}

// finishTag is the tag of the image that a command was run in last.
func finishTag(key string) string { return "finish-" + key }

// Finished says of each of a Spec's commands whether its layer is there, so
// that a build need not run it. Where the Spec has no environment yet, none is.
func Finished(ctx context.Context, remote *Remote, spec Spec) ([]bool, error) {
	there := make([]bool, len(spec.Finish))
	if len(there) == 0 || spec.Base.Scratch() {
		return there, nil
	}
	repo, err := remote.open(ctx, spec.Repository)
	if err != nil {
		return nil, err
	}
	known, err := repo.neighbours(ctx, spec)
	if err != nil {
		return nil, err
	}
	for i, key := range finishKeys(spec) {
		if _, there[i], err = repo.finished(ctx, key, known); err != nil {
			return nil, fmt.Errorf("looking for what %q makes: %w", spec.Finish[i].Run, err)
		}
	}
	return there, nil
}

// finished is the layer of the command with the key: of a neighbour, or of the
// image that the command was run in. It has no kind where the command changed
// nothing.
func (r *repository) finished(ctx context.Context, key string, known map[string]madeLayer) (layer madeLayer, ok bool, err error) {
	if layer, ok = known[key]; ok && layer.kind == KindFinish {
		return layer, true, nil
	}
	found, err := r.manifest(ctx, r.Tag(finishTag(key)))
	if err != nil || found == nil {
		return madeLayer{}, false, err
	}
	var m v1.Manifest
	if err := json.Unmarshal(found.Manifest, &m); err != nil {
		return madeLayer{}, false, fmt.Errorf("reading its manifest: %w", err)
	}
	return knownLayers(m.Layers)[key], true, nil
}

// finish is the layers of the Spec's commands on the base and on our own
// layers, lowest first. Those that are nowhere are made.
func (p publisher) finish(ctx context.Context, repo *repository, on stand, known map[string]madeLayer) ([]madeLayer, error) {
	if len(on.spec.Finish) > 0 && on.spec.Base.Scratch() {
		return nil, fmt.Errorf("command %q has nothing to run in: the image is on scratch", on.spec.Finish[0].Run)
	}
	for i, key := range finishKeys(on.spec) {
		layer, ok, err := repo.finished(ctx, key, known)
		if err == nil && !ok && !p.options.knownOnly {
			layer, err = p.runFinish(ctx, repo, on, known, i, key)
		}
		if err != nil {
			return nil, err
		}
		if layer.kind == KindFinish {
			layer.command = fmt.Sprintf("finish %d of %d: %s", i+1, len(on.spec.Finish), firstLine(on.spec.Finish[i].Run))
			on.finished = append(on.finished, layer)
		}
	}
	return on.finished, nil
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return first
}

// stand is what commands are run on: an environment, our own layers on it, and
// the layers of the commands before.
type stand struct {
	spec           Spec
	base           baseImage
	ours, finished []madeLayer
	volumes        []Volume
}

// runFinish has a command run on an image of the environment and of what the
// command sees, and keeps the result under the key.
func (p publisher) runFinish(ctx context.Context, repo *repository, on stand, known map[string]madeLayer, command int, key string) (madeLayer, error) {
	if p.options.Finish == nil {
		return madeLayer{}, fmt.Errorf("running %q: nothing is given that runs it", on.spec.Finish[command].Run)
	}
	seen, err := p.seen(ctx, repo, on, known, command)
	if err != nil {
		return madeLayer{}, fmt.Errorf("preparing to run %q: %w", on.spec.Finish[command].Run, err)
	}
	digest, err := p.options.Finish(ctx, FinishRun{
		Repository: repo.Name(), Image: repo.Digest(seen.digest.String()).Name(), Platform: on.spec.Platform,
		Run: on.spec.Finish[command].Run, Index: command + 1, Count: len(on.spec.Finish),
	})
	if err != nil {
		return madeLayer{}, err
	}
	layer, err := repo.keepFinished(ctx, on.spec, seen, digest, key)
	if err != nil {
		return madeLayer{}, fmt.Errorf("keeping what %q made: %w", on.spec.Finish[command].Run, err)
	}
	layer.fresh = true
	return layer, nil
}

// seenImage is an image that a command is run on.
type seenImage struct {
	digest  v1.Hash
	diffIDs []v1.Hash
}

// seen pushes the image that a command runs on. It is a function of what the
// command's key is made of, so that a builder that ran it before knows it.
func (p publisher) seen(ctx context.Context, repo *repository, on stand, known map[string]madeLayer, command int) (seenImage, error) {
	spec := on.spec
	spec.Project, spec.Name, spec.Commit, spec.Source = "", "", "", ""
	spec.Origin, spec.Neighbours = Origin{Time: time.Unix(epoch, 0)}, nil
	spec.Labels, spec.Step, spec.Finish = nil, Binary{}, nil
	spec.Files = on.spec.seenBy(command)

	layers := slices.DeleteFunc(slices.Clone(on.ours), func(l madeLayer) bool { return l.kind == KindStep })
	if len(spec.Files) < len(on.spec.Files) {
		var err error
		if layers, err = p.seenLayers(ctx, repo, spec, on.ours, known); err != nil {
			return seenImage{}, err
		}
		defer closeLayers(layers)
	}
	made, err := assemble(spec, on.base, slices.Concat(layers, on.finished), nil)
	if err != nil {
		return seenImage{}, err
	}
	if err := repo.upload(ctx, made); err != nil {
		return seenImage{}, err
	}
	seen := seenImage{digest: made.digest, diffIDs: slices.Clone(on.base.config.RootFS.DiffIDs)}
	for _, l := range made.layers {
		seen.diffIDs = append(seen.diffIDs, l.diffID)
	}
	return seen, repo.putDigest(ctx, made)
}

// seenLayers are the layers of a part of the code. Those that the image itself
// has are sent now, and not made twice.
func (p publisher) seenLayers(ctx context.Context, repo *repository, spec Spec, ours []madeLayer, known map[string]madeLayer) ([]madeLayer, error) {
	source := p.options.Source.Whole()
	code, err := source.Code(spec)
	if err != nil {
		return nil, err
	}
	all := slices.Concat(source.Data(spec), []Recipe{floorRecipe(spec)}, code)
	known = maps.Clone(known)
	if known == nil {
		known = map[string]madeLayer{}
	}
	for _, layer := range ours {
		if !slices.ContainsFunc(all, func(r Recipe) bool { return r.Key == layer.key }) {
			continue
		}
		if layer.content != nil {
			if err := repo.push(ctx, "the "+string(layer.kind)+" layer", layer.content); err != nil {
				return nil, err
			}
			layer.content = nil
		}
		known[layer.key] = layer
	}
	return p.layers(ctx, all, known)
}

// keepFinished puts the key's tag on the image that a command was run in, and
// gives the layer that the command made; one without a kind where it changed
// nothing.
func (r *repository) keepFinished(ctx context.Context, spec Spec, seen seenImage, digest, key string) (madeLayer, error) {
	platform, err := spec.platform()
	if err != nil {
		return madeLayer{}, err
	}
	image, err := r.readBase(ctx, r.Digest(digest), platform)
	if err != nil {
		return madeLayer{}, err
	}
	diffIDs, below := image.config.RootFS.DiffIDs, len(seen.diffIDs)
	if n := len(diffIDs) - below; n < 0 || n > 1 || !slices.Equal(diffIDs[:below], seen.diffIDs) {
		return madeLayer{}, fmt.Errorf("image %s is not the one that the command was run on and one layer", digest)
	}
	for i := range image.layers {
		image.layers[i].Annotations = nil
	}
	var layer madeLayer
	if len(diffIDs) > below {
		top := &image.layers[below]
		layer = madeLayer{
			kind: KindFinish, key: key, digest: top.Digest, diffID: diffIDs[below], size: top.Size, mediaType: ociType(top.MediaType),
		}
		top.Annotations = layer.descriptor().Annotations
	}
	_, err = r.putManifest(ctx, finishTag(key), image.source, image.descriptors())
	return layer, err
}
