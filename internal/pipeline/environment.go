package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/internal/config"
)

// envStage is a part of an environment: an image in the project's repository that
// stands on the stage below it, or on the base, and is found by the hash of
// everything that it and what is below it are made of. So a changed set-up
// command costs no package, and a changed package no apt.
type envStage struct {
	// what says what it brings, for people.
	what string
	tag  string
	// builder says that BuildKit makes it, which unpacks what is below for it.
	builder bool
	// packages is how many Python packages are locked for it.
	packages int
	// make publishes the stage under its tag and returns its digest. Below is
	// the digest of the stage underneath, empty for the lowest one.
	make func(ctx context.Context, below string) (string, error)
}

// environmentFormat numbers the way in which stages are cut and named.
const environmentFormat = 2

// stageTag is a stage's tag: a hash of the stage below it and of its own
// inputs.
func stageTag(below string, inputs any) (string, error) {
	text, err := json.Marshal(struct {
		Format int
		Below  string
		Inputs any
	}{environmentFormat, below, inputs})
	if err != nil {
		return "", fmt.Errorf("naming an environment: %w", err)
	}
	sum := sha256.Sum256(text)
	return "env-" + hex.EncodeToString(sum[:]), nil
}

// base is the environment that the code is put on: found by the hash of its
// inputs, or made from the highest stage that exists.
func (b *imageBuild) base(ctx context.Context) (build.Base, error) {
	if b.image.Base == config.Scratch {
		return build.Base{}, nil
	}
	digest, err := b.Project.Lock.Pin(b.image.Base, b.image.Platform)
	if err != nil {
		return build.Base{}, refusedByLock(err)
	}
	stages, err := b.environment(ctx, digest)
	if err != nil {
		return build.Base{}, err
	}
	made, missing, err := b.standing(ctx, stages)
	if err != nil {
		return build.Base{}, err
	}
	for _, s := range missing {
		if made, err = s.make(ctx, made); err != nil {
			return build.Base{}, err
		}
	}
	return build.Base{Environment: b.repository + "@" + made, Name: b.image.Base, Digest: digest}, nil
}

// standing is the digest of the highest stage that the registry has, empty
// where it has none, and the stages above it.
func (b *imageBuild) standing(ctx context.Context, stages []envStage) (digest string, missing []envStage, err error) {
	for i := len(stages) - 1; i >= 0; i-- {
		if digest, err = build.Find(ctx, b.Means.Remote, b.repository, stages[i].tag); err != nil || digest != "" {
			return digest, stages[i+1:], err
		}
	}
	return "", stages, nil
}

// environment is the stages of the image's environment on the base with the
// digest, the lowest first. Where Python packages are locked by hash they are a
// stage of their own, which no builder is needed for; else BuildKit makes all
// in one.
func (b *imageBuild) environment(ctx context.Context, digest string) ([]envStage, error) {
	locked, err := b.Project.locked(ctx, b.image)
	if err != nil {
		return nil, err
	}
	inputs, err := b.inputs(ctx, digest, locked)
	if err != nil {
		return nil, err
	}
	if locked == nil && needsBuilder(inputs) {
		return []envStage{b.builderStage("everything", envimage.Tag(inputs), inputs)}, nil
	}
	facts, err := b.Project.Lock.Facts(b.image.Name, b.image.Platform, build.FactsKey(digest, b.image.Platform, b.image.System))
	if err != nil {
		return nil, refusedByLock(err)
	}
	var stages []envStage
	below := inputs.Base
	if len(inputs.System) > 0 {
		system := envimage.Inputs{Base: inputs.Base, Platform: inputs.Platform, System: inputs.System, Compression: inputs.Compression}
		below = envimage.Tag(system)
		stages = append(stages, b.builderStage("system packages", below, system))
	}
	own, err := b.ownStage(below, inputs, facts, locked)
	if err != nil {
		return nil, err
	}
	stages = append(stages, own)
	if len(inputs.Setup) == 0 {
		return stages, nil
	}
	setup, err := b.setupStage(own.tag, inputs, facts)
	return append(stages, setup), err
}

// needsBuilder says whether anything of an environment without locked packages
// has to run.
func needsBuilder(in envimage.Inputs) bool {
	return len(in.System) > 0 || len(in.Requirements) > 0 || len(in.Setup) > 0
}

// builderStage is a stage that BuildKit makes from the inputs' own base.
func (b *imageBuild) builderStage(what, tag string, inputs envimage.Inputs) envStage {
	return envStage{what: what, tag: tag, builder: true, make: func(ctx context.Context, _ string) (string, error) {
		return b.runBuilder(ctx, tag, "", inputs)
	}}
}

// setupStage runs the set-up commands on the stage below.
func (b *imageBuild) setupStage(below string, inputs envimage.Inputs, facts build.Facts) (envStage, error) {
	setup := envimage.Inputs{
		Platform: inputs.Platform, Setup: inputs.Setup, User: inputs.User, Compression: inputs.Compression,
		EnsurePip: facts.Python != nil && !facts.Python.HasPip && facts.Python.HasEnsurepip,
	}
	tag, err := stageTag(below, setup)
	if err != nil {
		return envStage{}, err
	}
	return envStage{what: "set-up commands", tag: tag, builder: true, make: func(ctx context.Context, below string) (string, error) {
		setup.Base = b.repository + "@" + below
		return b.runBuilder(ctx, tag, below, setup)
	}}, nil
}

// runBuilder has BuildKit make a stage, and publishes it.
func (b *imageBuild) runBuilder(ctx context.Context, tag, below string, inputs envimage.Inputs) (string, error) {
	if len(inputs.Requirements) > 0 {
		index, err := b.indexes()
		if err != nil {
			return "", err
		}
		inputs.Logins = builderLogins(index)
	}
	made, err := b.Means.Environment(ctx, inputs, b.repository)
	if err != nil {
		return "", err
	}
	pushed := build.Pushed{Repository: b.repository, Digest: made.Digest, Tag: tag, Below: below, Platform: inputs.Platform}
	for _, step := range made.Steps {
		pushed.Kinds = append(pushed.Kinds, build.Kind(step))
	}
	return build.Adopt(ctx, b.Means.Remote, pushed)
}

// inputs are what the image's environment is made of, without the packages that
// are locked.
func (b *imageBuild) inputs(ctx context.Context, digest string, locked *lockedPackages) (envimage.Inputs, error) {
	user, err := build.ParseUser(b.image.User)
	if err != nil {
		return envimage.Inputs{}, err
	}
	inputs := envimage.Inputs{
		Base: withoutDigest(b.image.Base) + "@" + digest, Platform: b.image.Platform,
		System: b.image.System, Setup: b.image.Setup, Compression: b.image.Compression,
		User: envimage.DefaultUser(user.UID, user.GID),
	}
	if python := b.image.Python; python != nil {
		inputs.BaseConstrains = python.ConstrainToBase
		if python.Index != "" {
			inputs.Indexes = []string{python.Index}
		}
		if locked == nil {
			files, err := b.Project.requirementFiles(ctx, python)
			if err != nil {
				return envimage.Inputs{}, err
			}
			inputs.Requirements, inputs.Included = files.named, files.included
		}
	}
	return inputs, inputs.Validate()
}
