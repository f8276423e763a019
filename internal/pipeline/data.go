package pipeline

import (
	"context"
	"fmt"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/repoclean"
)

// dataRules are what the images have as data. A path is a pattern from the
// root: it means a file, all below a directory, or what it matches.
func (p *Project) dataRules() ([]repoclean.DataRule, error) {
	var rules []repoclean.DataRule
	for _, image := range p.Config.Images {
		for _, data := range image.Data {
			files, err := dataFiles(data)
			if err != nil {
				return nil, fmt.Errorf("reading images.%s.data: %w", image.Name, err)
			}
			rules = append(rules, repoclean.DataRule{Image: image.Name, Name: data.Name, Path: data.Path, Files: files, Volume: data.Volume})
		}
	}
	return rules, nil
}

func dataFiles(data config.Data) (gitrepo.Patterns, error) {
	return gitrepo.NewPatterns([]string{"/" + data.Path})
}

// largeImageData is the size in bytes of data from which an image of its own,
// which nodes mount, would serve better than layers.
const largeImageData = 1_000_000_000

// dataProblems are what is wrong with the data of images.
func (p *Project) dataProblems(ctx context.Context) ([]diag.Problem, error) {
	var problems []diag.Problem
	for _, image := range p.Config.Images {
		for _, data := range image.Data {
			found, err := p.dataProblem(ctx, data)
			if err != nil {
				return nil, err
			}
			problems = append(problems, found...)
		}
	}
	if len(problems) > 0 {
		return problems, nil
	}
	return p.plainElsewhere()
}

// dataProblem is what is wrong with one entry: one that takes nothing, and one
// that makes every pull long.
func (p *Project) dataProblem(ctx context.Context, data config.Data) ([]diag.Problem, error) {
	pattern, err := dataFiles(data)
	if err != nil {
		return []diag.Problem{diag.Errorf(data.Pos, "pattern", "%s", err)}, nil
	}
	var files []gitrepo.Entry
	for _, e := range p.Entries {
		if isFile(e.Mode) && pattern.Excludes(e.Path) {
			files = append(files, e)
		}
	}
	if len(files) == 0 {
		return []diag.Problem{diag.Errorf(data.Pos, "data", "no file of the commit is %q or below it", data.Path).
			WithHint("name a tracked file, a directory or a pattern from the repository's root; links are no data")}, nil
	}
	if data.Volume {
		return nil, nil
	}
	size, err := p.weigh(ctx, files)
	if err != nil || size <= largeImageData {
		return nil, err
	}
	return []diag.Problem{diag.Warnf(data.Pos, "data", "%q has %s: every node that runs the image pulls it, and unpacks it, before a step starts", data.Name, diag.Size(size)).
		WithHint("where the cluster has image volumes (Kubernetes from 1.35 on), let nodes mount it: %s: {files: %q, volume: true}", data.Name, data.Path)}, nil
}

// weigh is what some files hold, in bytes: of a pointer, what Git LFS keeps.
func (p *Project) weigh(ctx context.Context, files []gitrepo.Entry) (int64, error) {
	var size int64
	var small []string
	for _, e := range files {
		if e.Size >= 0 && e.Size < gitrepo.MaxPointerBytes {
			small = append(small, e.Hash)
		}
		size += max(e.Size, 0)
	}
	texts, err := p.Repo.ReadBlobs(ctx, small)
	if err != nil {
		return 0, fmt.Errorf("looking for LFS pointers in %s: %w", p.Commit.Short(), err)
	}
	for _, text := range texts {
		if pointer, ok := gitrepo.ParsePointer(text); ok {
			size += pointer.Size
		}
	}
	return size, nil
}

// plainElsewhere warns of files that one image has as data and another among
// its code, though they are larger than other files may be.
func (p *Project) plainElsewhere() ([]diag.Problem, error) {
	exclude, err := gitrepo.NewPatterns(globs(p.excludePatterns()))
	if err != nil {
		return nil, nil // a problem of its own
	}
	rules, err := p.dataRules()
	if err != nil {
		return nil, err
	}
	all := repoclean.Policy{Exclude: exclude, Data: rules}
	var problems []diag.Problem
	for _, image := range p.Config.Images {
		for _, data := range image.Data {
			if problem, ok := p.plainIn(image.Name, data, all); ok {
				problems = append(problems, problem)
			}
		}
	}
	return problems, nil
}

// plainIn finds another image that has a large file of the data as it is.
func (p *Project) plainIn(image string, data config.Data, policy repoclean.Policy) (diag.Problem, bool) {
	for _, e := range p.Entries {
		if limit := p.Config.Context.MaxFile; limit <= 0 || e.Size <= limit {
			continue
		}
		v := repoclean.Select(repoclean.Tree{Entries: []gitrepo.Entry{e}}, policy).Files[0]
		if v.Reason != repoclean.DataLayer || v.Data[0].Image != image || v.Data[0].Name != data.Name {
			continue
		}
		for _, other := range p.Config.Images {
			if v.In(other.Name).Reason == repoclean.Included {
				return diag.Warnf(data.Pos, "data", "image %q has %q, with %s, as a file of its code, which is sent anew again and again", other.Name, e.Path, diag.Size(e.Size)).
					WithHint("name it in images.%s.data too, or keep it out of images that don't name it: context: {exclude: [%q]}", other.Name, gitrepo.LiteralPattern(e.Path)), true
			}
		}
	}
	return diag.Problem{}, false
}

// contentIn is what a file's data holds; nil for one that is no data in the image.
func contentIn(image string, v repoclean.Verdict) *build.Content {
	switch v.Reason {
	case repoclean.LFSFetched:
		return &build.Content{OID: v.OID, Size: v.LFSSize}
	case repoclean.DataLayer:
		use := useIn(image, v)
		content := &build.Content{Name: use.Name, InGit: true, Size: v.Size}
		if use.Volume {
			content.Volume = use.Name
		}
		if v.FromLFS() {
			content.InGit, content.OID, content.Size = false, v.OID, v.LFSSize
		}
		return content
	}
	return nil
}

// useIn is the entry by which an image has a file as data.
func useIn(image string, v repoclean.Verdict) repoclean.DataUse {
	for _, use := range v.Data {
		if use.Image == image {
			return use
		}
	}
	return repoclean.DataUse{}
}
