package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
)

// lockedPackages are Python packages that locks name by hash, all of them.
type lockedPackages struct {
	packages []wheels.Locked
	// sum is a hash of the locks' texts.
	sum string
	// problems are what is wrong with the locks.
	problems []diag.Problem
}

func (l *lockedPackages) len() int {
	if l == nil {
		return 0
	}
	return len(l.packages)
}

// locked are the image's packages where locks name all of them by hash; nil
// where pip must find some, and where there are none.
func (p *Project) locked(ctx context.Context, image config.Image) (*lockedPackages, error) {
	files, err := p.requirementFiles(ctx, image.Python)
	if err != nil || len(files.named) == 0 {
		return nil, err
	}
	texts := map[string][]byte{}
	hashed := false // one hash anywhere, and pip wants them of all
	for _, file := range slices.Concat(files.named, files.included) {
		texts[file.Path] = file.Data
		hashed = hashed || wheels.Hashed(file.Data)
	}
	read := func(path string) ([]byte, bool) { text, ok := texts[path]; return text, ok }
	out := &lockedPackages{}
	sum := sha256.New()
	for _, file := range files.named {
		packages, problems := wheels.Parse(file.Path, file.Data, read)
		if !hashed && slices.ContainsFunc(problems, func(p diag.Problem) bool { return p.Rule == wheels.RuleUnhashed }) {
			return nil, nil
		}
		out.packages = append(out.packages, packages...)
		out.problems = append(out.problems, problems...)
	}
	for _, file := range slices.Concat(files.named, files.included) {
		fmt.Fprintf(sum, "%s %d\n%s", file.Path, len(file.Data), file.Data)
	}
	out.sum = hex.EncodeToString(sum.Sum(nil))
	return out, nil
}

// lockedProblems are what is wrong with the locks of Python packages.
func (p *Project) lockedProblems(ctx context.Context) ([]diag.Problem, error) {
	var problems []diag.Problem
	for _, image := range p.Config.Images {
		locked, err := p.locked(ctx, image)
		if err != nil {
			return nil, err
		}
		if locked == nil {
			continue
		}
		for _, problem := range locked.problems {
			if !slices.ContainsFunc(problems, func(known diag.Problem) bool { return known == problem }) {
				problems = append(problems, problem)
			}
		}
	}
	return problems, nil
}

// ownStage is what needs no builder: packages that are locked, and the user
// where no set-up command follows.
func (b *imageBuild) ownStage(below string, inputs envimage.Inputs, facts build.Facts, locked *lockedPackages) (envStage, error) {
	own := ownLayers{imageBuild: b, facts: facts, locked: locked, layers: b.layersBelow(inputs)}
	if len(inputs.Setup) == 0 {
		user, err := build.ParseUser(b.image.User)
		if err != nil {
			return envStage{}, err
		}
		own.user = &user
	}
	key := struct {
		Facts    build.Facts
		Lock     string
		Index    []string
		Keeps    bool
		User     *build.User
		Budgeted int
	}{Facts: facts, Index: inputs.Indexes, Keeps: inputs.BaseConstrains, User: own.user, Budgeted: own.layers}
	what := "user"
	if locked != nil {
		what, key.Lock = "Python packages", locked.sum
	}
	tag, err := stageTag(below, key)
	if err != nil {
		return envStage{}, err
	}
	return envStage{what: what, tag: tag, packages: locked.len(), make: func(ctx context.Context, made string) (string, error) {
		stack := build.Stack{
			Repository: b.repository, Tag: tag, Below: inputs.Base, Platform: inputs.Platform, Neighbours: b.origins.Earlier,
		}
		if made != "" {
			stack.Below = b.repository + "@" + made
		}
		archives := b.Means.Wheels
		if locked != nil {
			index, err := b.indexes()
			if err != nil {
				return "", err
			}
			archives.Logins = index.Logins
		}
		store := newPackageStore(archives, b.Means.Printer)
		installed, err := own.into(ctx, store, &stack)
		if err != nil {
			store.done(err)
			return "", err
		}
		staged, err := build.Put(ctx, b.Means.Remote, build.Options{TempDir: b.Means.TempDir}, stack)
		store.done(err)
		b.made = append(b.made, staged.Made...)
		if err == nil && own.locked != nil {
			own.tellUnmet(store, installed)
		}
		return staged.Digest, err
	}}, nil
}

// layersBelow is how many layers an image has beside those of its Python
// packages and of the code.
func (b *imageBuild) layersBelow(inputs envimage.Inputs) int {
	layers := b.Project.Lock.Bases[b.image.Base].Platforms[b.image.Platform].Layers + len(inputs.Setup) + len(b.image.Finish)
	if len(inputs.System) > 0 {
		layers++
	}
	return layers
}
