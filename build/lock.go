package build

import (
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gantline.dev/gantline/internal/diag"
)

// LockFile is the name of the lock in a repository's root.
const LockFile = "gantline.lock"

// lockVersion is the version of the lock's format.
const lockVersion = 1

// Lock is what gantline.lock pins: what tags meant when the lock was written,
// and which gantline-step goes into images.
type Lock struct {
	// Bases are the base images of gantline.yaml, by the name there.
	Bases map[string]Pinned
	// Images are outside images that steps name.
	Images map[string]Pinned
	// Environments are what bases have, by image of gantline.yaml and platform.
	Environments map[string]map[string]Facts
	// Step is gantline-step's sha256:… by platform.
	Step map[string]string
}

// Pinned is what an image name meant.
type Pinned struct {
	// Digest is what the name itself resolved to: an index or an image.
	Digest string
	// Platforms are its images, by os/arch.
	Platforms map[string]PinnedPlatform
}

// PinnedPlatform is one platform's image.
type PinnedPlatform struct {
	Digest string
	Layers int
	Size   int64 // compressed bytes of all layers
}

// lockFile is gantline.lock as it is written.
type lockFile struct {
	Version diag.Value[int]                   `yaml:"version" required:"true" doc:"Version of this format." default:"1"`
	Bases   diag.Dict[lockedImage]            `yaml:"bases" doc:"Base images of gantline.yaml, by the name that stands there."`
	Images  diag.Dict[lockedImage]            `yaml:"images" doc:"Outside images that steps name."`
	Envs    diag.Dict[diag.Dict[lockedFacts]] `yaml:"environments" doc:"What bases have with their system packages, by image of gantline.yaml and platform."`
	Step    diag.Dict[diag.Value[string]]     `yaml:"gantline-step" doc:"sha256 of gantline-step for each platform."`
}

type lockedImage struct {
	Pos       diag.Position             `yaml:"-"`
	Digest    diag.Value[string]        `yaml:"digest" required:"true" doc:"What the name resolved to: an index or an image."`
	Platforms diag.Dict[lockedPlatform] `yaml:"platforms" doc:"The image for each platform."`
}

type lockedPlatform struct {
	Digest diag.Value[string] `yaml:"digest" required:"true" doc:"The platform's image."`
	Layers diag.Value[int]    `yaml:"layers" doc:"How many layers it has."`
	Size   diag.Value[int]    `yaml:"size" doc:"Size of all layers, compressed." unit:"bytes"`
}

// LockSchema is the JSON schema of gantline.lock.
func LockSchema() ([]byte, error) { return diag.Schema("gantline.lock", lockFile{}) }

// ParseLock reads a lock and every problem in it. The Lock is whole only where
// no problem is an error.
func ParseLock(file string, src []byte) (Lock, []diag.Problem) {
	var f lockFile
	r := lockReader{problems: diag.Decode(file, src, &f)}
	if f.Version.IsSet() && f.Version.V != lockVersion {
		r.problems = append(r.problems, diag.Errorf(f.Version.Pos, "lock-version",
			"version %d of the lock is not known, only %d", f.Version.V, lockVersion).
			WithHint("use the gantline that wrote it, or write it anew: %s", lockCommand))
	}
	lock := Lock{Bases: r.images(f.Bases), Images: r.images(f.Images), Step: map[string]string{}}
	for _, entry := range f.Envs {
		for _, p := range entry.V {
			r.platform(p.Key)
			if lock.Environments == nil {
				lock.Environments = map[string]map[string]Facts{}
			}
			if lock.Environments[entry.Key.V] == nil {
				lock.Environments[entry.Key.V] = map[string]Facts{}
			}
			lock.Environments[entry.Key.V][p.Key.V] = r.facts(p.V)
		}
	}
	for _, entry := range f.Step {
		r.platform(entry.Key)
		lock.Step[entry.Key.V] = r.digest(entry.V)
	}
	return lock, diag.Sorted(r.problems)
}

// lockReader turns what was decoded into plain values and says what is wrong.
type lockReader struct{ problems []diag.Problem }

func (r *lockReader) images(from diag.Dict[lockedImage]) map[string]Pinned {
	out := map[string]Pinned{}
	for _, entry := range from {
		pinned := Pinned{Digest: r.digest(entry.V.Digest), Platforms: map[string]PinnedPlatform{}}
		for _, p := range entry.V.Platforms {
			r.platform(p.Key)
			pinned.Platforms[p.Key.V] = PinnedPlatform{
				Digest: r.digest(p.V.Digest), Layers: r.count(p.V.Layers), Size: int64(r.count(p.V.Size)),
			}
		}
		out[entry.Key.V] = pinned
	}
	return out
}

func (r *lockReader) count(v diag.Value[int]) int {
	if v.V < 0 {
		r.problems = append(r.problems, diag.Errorf(v.Pos, "value", "%d is negative", v.V))
		return 0
	}
	return v.V
}

func (r *lockReader) digest(v diag.Value[string]) string {
	if !v.IsSet() || v.V == "" && v.Node.Kind != diag.String { // that has been said
		return ""
	}
	if h, err := v1.NewHash(v.V); err != nil || h.Algorithm != "sha256" {
		r.problems = append(r.problems, diag.Errorf(v.Pos, "digest", "%q is not a digest, sha256: and 64 hexadecimal digits", v.V).
			WithHint("don't edit the lock by hand: %s", lockCommand))
	}
	return v.V
}

func (r *lockReader) platform(key diag.Value[string]) {
	parts := strings.Split(key.V, "/")
	if len(parts) < 2 || len(parts) > 3 || strings.Contains(key.V, ":") || strings.Contains("/"+key.V+"/", "//") {
		r.problems = append(r.problems, diag.Errorf(key.Pos, "platform", "%q is not a platform, as in %q", key.V, "linux/amd64"))
	}
}

// Pin is the locked meaning of a base image's name for a platform: the digest
// to build on.
func (l Lock) Pin(name, platform string) (string, error) {
	pinned, ok := l.Bases[name]
	if !ok {
		return "", &LockError{Reason: LockMissing, Subject: fmt.Sprintf("base image %q", name)}
	}
	if p, ok := pinned.Platforms[platform]; ok {
		return p.Digest, nil
	}
	if len(pinned.Platforms) > 0 {
		return "", &LockError{Reason: LockMissing, Subject: fmt.Sprintf("platform %s of base image %q", platform, name)}
	}
	return pinned.Digest, nil
}
