package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/repoclean"
)

// BuildPlan is what a build of one image would do.
type BuildPlan struct {
	Name       string       `json:"name"`
	Repository string       `json:"repository"`
	Origin     build.Origin `json:"origin"`
	// Exists says that the commit's tag is there, Tagged that the origin's is:
	// then one tag is put and nothing is built.
	Exists bool `json:"exists"`
	Tagged bool `json:"tagged"`
	// Base is the base image's name, empty for scratch, BaseSize its layers'
	// compressed bytes.
	Base     string `json:"base,omitempty"`
	BaseSize int64  `json:"baseSize,omitempty"`
	// Environment is the stages of the environment, the lowest first; none for
	// scratch.
	Environment []PlannedStage `json:"environment,omitempty"`
	// Code is the files of the code.
	Code repoclean.Totals `json:"code"`
	// Volumes is the data that is an image of its own; not told of an image that
	// exists.
	Volumes []build.PlannedVolume `json:"volumes,omitempty"`
	// Finish is the commands that need the code.
	Finish []PlannedFinish `json:"finish,omitempty"`
}

// PlannedStage is a stage of an environment.
type PlannedStage struct {
	// What is what it brings.
	What string `json:"what"`
	// Tag is what it is found by.
	Tag string `json:"tag"`
	// Exists says that it need not be made: it is there, or one above it is.
	Exists bool `json:"exists"`
	// Builder says that BuildKit makes it, which pulls what is below it.
	Builder bool `json:"builder"`
	// Packages is how many Python packages its lock names.
	Packages int `json:"packages,omitempty"`
}

// Explain says what Run would do for each image, and does none of it.
func (j BuildJob) Explain(ctx context.Context) ([]BuildPlan, error) {
	var plans []BuildPlan
	err := j.each(ctx, func(b *imageBuild) error {
		plan, err := b.explain(ctx)
		plans = append(plans, plan)
		return err
	})
	return plans, err
}

func (b *imageBuild) explain(ctx context.Context) (BuildPlan, error) {
	plan := BuildPlan{Name: b.image.Name, Repository: b.repository, Origin: b.origins.Origin, Code: b.Files.Included}
	own, err := b.has(ctx, b.Project.Commit.Hash)
	if err != nil {
		return plan, err
	}
	origins, err := b.has(ctx, b.origins.Origin.Commit)
	if err != nil {
		return plan, err
	}
	plan.Exists, plan.Tagged = own, !own && origins
	if !own && !origins {
		if plan.Volumes, err = b.planVolumes(ctx); err != nil {
			return plan, err
		}
	}
	if b.image.Base == config.Scratch {
		return plan, nil
	}
	digest, err := b.Project.Lock.Pin(b.image.Base, b.image.Platform)
	if err != nil {
		return plan, refusedByLock(err)
	}
	plan.Base = b.image.Base
	plan.BaseSize = b.Project.Lock.Bases[b.image.Base].Platforms[b.image.Platform].Size
	stages, err := b.environment(ctx, digest)
	if err != nil {
		return plan, err
	}
	standing, missing, err := b.standing(ctx, stages)
	if err != nil {
		return plan, err
	}
	if len(missing) > 0 {
		standing = ""
	}
	for i, s := range stages {
		plan.Environment = append(plan.Environment, PlannedStage{
			What: s.what, Tag: s.tag, Builder: s.builder, Packages: s.packages, Exists: i < len(stages)-len(missing),
		})
	}
	plan.Finish, err = b.planFinish(ctx, standing)
	return plan, err
}

func (b *imageBuild) has(ctx context.Context, tag string) (bool, error) {
	digest, err := build.Find(ctx, b.Means.Remote, b.repository, tag)
	return digest != "", err
}

// Text is the plan, a line for each part of the image from the bottom. What an
// image that exists is made of is not told.
func (p BuildPlan) Text() string {
	switch {
	case p.Exists:
		return "exists: nothing to do"
	case p.Tagged:
		return fmt.Sprintf("is the image of its origin %s: one tag to put", p.Origin.Commit[:12])
	}
	var lines []string
	if p.Base == "" {
		lines = append(lines, "on scratch")
	} else {
		lines = append(lines, fmt.Sprintf("on %s, %s", p.Base, diag.Size(p.BaseSize)))
	}
	for i, s := range p.Environment {
		lines = append(lines, s.text(i == 0))
	}
	lines = append(lines, fmt.Sprintf("code: %d files; of its layers those are made and pushed that no earlier commit's image has", p.Code.Files))
	for _, v := range p.Volumes {
		lines = append(lines, volumeText(v))
	}
	for _, f := range p.Finish {
		lines = append(lines, f.text())
	}
	return strings.Join(lines, "\n  ")
}

// planVolumes says which volumes are there.
func (b *imageBuild) planVolumes(ctx context.Context) ([]build.PlannedVolume, error) {
	if !slices.ContainsFunc(b.image.Data, func(data config.Data) bool { return data.Volume }) {
		return nil, nil
	}
	spec, err := b.spec(ctx)
	if err != nil {
		return nil, err
	}
	options, done, err := b.options(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return build.PlanVolumes(ctx, b.Means.Remote, options, spec)
}

func volumeText(v build.PlannedVolume) string {
	what := fmt.Sprintf("volume %s: %d files, %s", v.Name, v.Files, diag.Size(v.Bytes))
	if v.Files == 1 {
		what = fmt.Sprintf("volume %s: 1 file, %s", v.Name, diag.Size(v.Bytes))
	}
	if v.Exists {
		return what + ": exists as " + v.Tag[:len("data-")+12]
	}
	return what + "; of its layers those are made and pushed that the last image's volumes lack"
}

func (s PlannedStage) text(lowest bool) string {
	what := s.What
	if s.Packages > 0 {
		what = fmt.Sprintf("%d %s", s.Packages, what)
	}
	below := "what is below it"
	if lowest {
		below = "the base"
	}
	switch {
	case s.Exists:
		return fmt.Sprintf("%s: exist as %s", what, shortTag(s.Tag))
	case s.Builder:
		return fmt.Sprintf("%s: made by BuildKit, which pulls %s", what, below)
	case lowest:
		return what + ": unpacked without a builder; layers that the repository lacks are pushed, the base's too"
	}
	return what + ": unpacked without a builder; layers that the repository lacks are pushed"
}

// shortTag is a stage's tag as people read it.
func shortTag(tag string) string { return tag[:min(len(tag), len("env-")+12)] }
