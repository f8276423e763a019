package build

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Labels and annotations that Gantline writes.
const (
	labelRevision   = "org.opencontainers.image.revision"
	labelCreated    = "org.opencontainers.image.created"
	labelSource     = "org.opencontainers.image.source"
	labelTitle      = "org.opencontainers.image.title"
	labelBaseName   = "org.opencontainers.image.base.name"
	labelBaseDigest = "org.opencontainers.image.base.digest"
	labelProject    = "gantline.dev/project"
	labelFormat     = "gantline.dev/format"

	noteLayer  = "gantline.dev/layer"   // of a layer: its Kind
	noteKey    = "gantline.dev/key"     // of a layer: its Recipe's key
	noteDiffID = "gantline.dev/diff-id" // of a layer: the digest of its tar
	noteData   = "gantline.dev/data"    // of a layer: the names of the data in it, with commas

	noteVolumes = "gantline.dev/volumes" // of a manifest: its Volumes, as JSON
)

// facts are the labels that say what the image is. The manifest's annotations
// are the same ones: a registry shows them without reading the config.
func (s Spec) facts() map[string]string {
	f := map[string]string{
		labelRevision: s.Origin.Commit,
		labelCreated:  s.created().Format(time.RFC3339),
		labelTitle:    path.Join(s.Project, s.Name),
		labelProject:  s.Project,
		labelFormat:   strconv.Itoa(Format),
	}
	for key, value := range map[string]string{
		labelSource: s.Source, labelBaseName: s.Base.Name, labelBaseDigest: s.Base.Digest,
	} {
		if value != "" {
			f[key] = value
		}
	}
	return f
}

// created is the origin's time in whole seconds: all that git keeps.
func (s Spec) created() time.Time { return s.Origin.Time.UTC().Truncate(time.Second) }

// imageConfig is the base's config with the code's place, user, environment
// and labels. Entrypoint and Cmd stay as the environment has them: a step names
// its own program. Nothing says which tool, host or hour made the image.
func imageConfig(spec Spec, base baseImage, layers []madeLayer) *v1.ConfigFile {
	from := base.config.DeepCopy()
	config := &v1.ConfigFile{
		Architecture: from.Architecture, Variant: from.Variant, OS: from.OS, OSVersion: from.OSVersion, OSFeatures: from.OSFeatures,
		Created: v1.Time{Time: spec.created()}, RootFS: from.RootFS, Config: from.Config,
	}
	config.Config.Image, config.Config.Hostname = "", ""
	config.Config.User = spec.User.String()
	config.Config.WorkingDir = spec.To
	config.Config.Env = environment(config.Config.Env, spec)
	config.Config.Labels = labels(config.Config.Labels, spec)
	config.RootFS.Type = "layers"
	config.History = completeHistory(from.History, len(base.layers))
	for _, l := range layers {
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, l.diffID)
		config.History = append(config.History, l.history())
	}
	return config
}

// history is what the config tells of a layer.
func (l madeLayer) history() v1.History {
	by := "gantline " + string(l.kind)
	if len(l.names) > 0 {
		by += " " + strings.Join(l.names, ",")
	}
	if l.command != "" {
		by = "gantline: " + l.command
	}
	return v1.History{Created: v1.Time{Time: time.Unix(epoch, 0).UTC()}, CreatedBy: by}
}

// defaultPath is where programs are looked for in an image that doesn't say.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// completeHistory is the base's history, or a plain one where it does not tell
// of each layer: engines count.
func completeHistory(history []v1.History, layers int) []v1.History {
	told := 0
	for _, h := range history {
		if !h.EmptyLayer {
			told++
		}
	}
	if told == layers {
		return history
	}
	plain := v1.History{Created: v1.Time{Time: time.Unix(epoch, 0).UTC()}, CreatedBy: "gantline " + string(KindBase)}
	return slices.Repeat([]v1.History{plain}, layers)
}

// environment is the base's variables with ours set in place or appended in a
// fixed order, then the user's, which may replace any.
func environment(base []string, spec Spec) []string {
	env := slices.Clone(base)
	pythonPath := spec.To
	if old := lookup(env, "PYTHONPATH"); old != "" {
		pythonPath += ":" + old
	}
	env = setVar(env, "PYTHONPATH", pythonPath)
	env = setVar(env, "HOME", spec.User.Home)
	env = setVar(env, "USER", spec.User.Name)
	if spec.Base.Scratch() {
		env = setVar(env, "PATH", defaultPath)
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Env)) {
		env = setVar(env, name, spec.Env[name])
	}
	return env
}

func lookup(env []string, name string) string {
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

func setVar(env []string, name, value string) []string {
	entry := name + "=" + value
	for i := range env {
		if strings.HasPrefix(env[i], name+"=") {
			env[i] = entry
			return env
		}
	}
	return append(env, entry)
}

// labels are the base's, the user's above them, and above all what Gantline
// states. A user may give the image another title or source.
func labels(base map[string]string, spec Spec) map[string]string {
	all := maps.Clone(base)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, spec.facts())
	for key, value := range spec.Labels {
		_, ours := spec.facts()[key]
		if !ours || key == labelTitle || key == labelSource {
			all[key] = value
		}
	}
	return all
}
