package build

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gantline.dev/gantline/internal/registry"
)

// View is any image as its manifest and config describe it, for one platform.
type View struct {
	// Image has the platform's manifest alone. Its tag is the one it was asked
	// for by, empty for a digest; its digest is what the reference names, of an
	// index where it is one.
	Image
	// Base is what the environment was made from, name@sha256:…; empty where
	// the image doesn't say.
	Base string
	// User and Dir are whom and where the image's programs run.
	User, Dir string
	// History is what the config says of each layer: the command that made it,
	// or "".
	History []string
}

// Layers are the view's, lowest first.
func (v View) Layers() []Layer {
	if len(v.Manifests) == 0 {
		return nil
	}
	return v.Manifests[0].Layers
}

// Bytes is what all layers have, compressed.
func (v View) Bytes() int64 {
	var sum int64
	for _, l := range v.Layers() {
		sum += l.Size
	}
	return sum
}

// IsReference says whether a text names an image and can't name a commit: it
// has a tag or a digest, which is to say a colon.
func IsReference(text string) bool {
	if !strings.Contains(text, ":") || strings.HasPrefix(text, ":") {
		return false
	}
	_, err := name.ParseReference(text)
	return err == nil
}

// Look describes the image that a reference names: host/name:tag or
// host/name@sha256:…, Docker's short names too. Of several platforms it takes
// the one asked for, os/arch[/variant], or linux/amd64. It reads manifest and
// config, and no layer.
func Look(ctx context.Context, remote *Remote, ref, platform string) (View, error) {
	view, err := look(ctx, remote, ref, platform)
	if err != nil {
		return View{}, fmt.Errorf("looking for image %q: %w", ref, err)
	}
	return view, nil
}

func look(ctx context.Context, remote *Remote, ref, platform string) (View, error) {
	parsed, err := name.ParseReference(ref)
	if err != nil {
		return View{}, err
	}
	wanted, err := Spec{Platform: platform}.platform()
	if err != nil {
		return View{}, err
	}
	repo, err := remote.reader(ctx, parsed.Context())
	if err != nil {
		return View{}, err
	}
	digest, raw, err := repo.named(ctx, parsed)
	if err != nil {
		return View{}, err
	}
	view := View{Image: Image{Repository: parsed.Context().Name(), Digest: digest}}
	if tag, ok := parsed.(name.Tag); ok {
		view.Tag = tag.TagStr()
	}
	return view, repo.describe(ctx, &view, digest, raw, wanted)
}

// named is the digest and the manifest that a reference names.
func (r *repository) named(ctx context.Context, ref name.Reference) (digest string, raw []byte, err error) {
	if ref, ok := ref.(name.Digest); ok {
		raw, err = r.immutable(ctx, ref)
		return ref.DigestStr(), raw, err
	}
	found, err := r.manifest(ctx, ref)
	switch {
	case err != nil:
		return "", nil, err
	case found == nil:
		return "", nil, fmt.Errorf("the registry does not have it")
	}
	return found.Digest.String(), found.Manifest, nil
}

// describe fills a view from a manifest, that of the platform where it is an
// index.
func (r *repository) describe(ctx context.Context, view *View, digest string, raw []byte, platform v1.Platform) error {
	var m struct {
		v1.Manifest
		Manifests []v1.Descriptor `json:"manifests"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return fmt.Errorf("reading its manifest: %w", err)
	}
	if len(m.Manifests) > 0 {
		child, err := choose(m.Manifests, platform)
		if err != nil {
			return err
		}
		if raw, err = r.immutable(ctx, r.Digest(child.Digest.String())); err != nil {
			return err
		}
		return r.describe(ctx, view, child.Digest.String(), raw, platform)
	}
	if m.SchemaVersion != 2 {
		return fmt.Errorf("its manifest is of Docker's first schema, which has no layers of known size")
	}
	config, err := r.config(ctx, m.Config.Digest)
	if err != nil {
		return err
	}
	if view.Volumes, err = volumesOf(m.Annotations); err != nil {
		return fmt.Errorf("reading its manifest: %w", err)
	}
	view.Origin, view.Format = origin(m.Annotations), formatOf(m.Annotations)
	if view.Origin.Commit == "" {
		view.Origin = origin(config.Config.Labels)
	}
	if config.OS != "" {
		platform = v1.Platform{OS: config.OS, Architecture: config.Architecture, Variant: config.Variant}
	}
	layers := layersOf(m.Layers)
	if len(config.RootFS.DiffIDs) == len(layers) {
		for i := range layers {
			layers[i].DiffID = config.RootFS.DiffIDs[i].String()
		}
	}
	view.Manifests = []Manifest{{Platform: platform.String(), Digest: digest, Layers: layers}}
	view.Base = baseOf(m.Annotations, config.Config.Labels)
	view.User, view.Dir = config.Config.User, config.Config.WorkingDir
	view.History = historyOf(config.History, len(layers))
	return nil
}

// config is an image's config; an empty one for what is an artifact and no
// image.
func (r *repository) config(ctx context.Context, digest v1.Hash) (v1.ConfigFile, error) {
	var config v1.ConfigFile
	raw, err := r.cached(digest, func() ([]byte, error) { return r.blob(ctx, digest) })
	if err != nil {
		return config, fmt.Errorf("reading its config: %w", registry.Explain(err))
	}
	if json.Unmarshal(raw, &config) != nil {
		return v1.ConfigFile{}, nil
	}
	return config, nil
}

// baseOf is the base that an image's notes name.
func baseOf(notes ...map[string]string) string {
	for _, n := range notes {
		base, digest := n[labelBaseName], n[labelBaseDigest]
		switch {
		case base != "" && digest != "":
			return base + "@" + digest
		case base != "":
			return base
		}
	}
	return ""
}

// historyOf is the commands of a history, one for each layer; nothing where it
// doesn't tell of each.
func historyOf(history []v1.History, layers int) []string {
	commands := make([]string, 0, layers)
	for _, h := range history {
		if !h.EmptyLayer {
			commands = append(commands, commandText(h.CreatedBy))
		}
	}
	if len(commands) != layers {
		return make([]string, layers)
	}
	return commands
}

// commandText is a command of a history in one line, without what builders put
// around it.
func commandText(text string) string {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "# buildkit"))
	shell := false
	for _, prefix := range []string{"RUN ", "|0 ", "/bin/sh -c ", "#(nop) "} {
		rest, ok := strings.CutPrefix(text, prefix)
		shell = shell || ok && prefix != "#(nop) "
		text = strings.TrimSpace(rest)
	}
	if packages, ok := strings.CutPrefix(text, "gantline "+string(KindPython)+" "); ok && !shell {
		return strings.ReplaceAll(packages, ",", ", ")
	}
	if strings.HasPrefix(text, "gantline ") && !shell {
		return "" // ours, which say no more than the kind
	}
	text = strings.TrimPrefix(text, "gantline: ")
	return strings.Join(strings.Fields(text), " ")
}

// Inputs is what each layer is made from, as far as the image says: the base,
// a command, a directory. The commits behind layers of code are told by
// LayerInputs, which has the history.
func (v View) Inputs() []string {
	out := make([]string, 0, len(v.Layers()))
	newest := v.newestCode()
	for i, l := range v.Layers() {
		text := v.History[i]
		switch {
		case text != "":
		case len(l.Data) > 0:
			text = strings.Join(l.Data, ", ")
		case i == newest && v.Origin.Commit != "":
			text = v.Origin.Commit[:min(12, len(v.Origin.Commit))]
		default:
			text = v.inputOf(l.Kind)
		}
		out = append(out, text)
	}
	return out
}

// newestCode is the topmost layer of code, which leads to the origin; -1 where
// there is none.
func (v View) newestCode() int {
	layers := v.Layers()
	for i := len(layers) - 1; i >= 0; i-- {
		if layers[i].Kind == KindCode {
			return i
		}
	}
	return -1
}

func (v View) inputOf(kind Kind) string {
	switch kind {
	case KindBase:
		return v.Base
	case KindSystem, KindPython:
		return "gantline.lock"
	case KindSetup:
		return "setup in gantline.yaml"
	case KindUser, KindHome:
		if v.User != "" {
			return "user " + v.User
		}
	case KindFloor:
		return v.Dir
	case KindCode:
		return "an earlier commit"
	case KindFinish:
		return "finish in gantline.yaml"
	}
	return ""
}
