package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/streams"
)

// runBody is what templates/run.html shows.
type runBody struct {
	Stages    []stageRow
	Problems  []diag.Problem
	Audit     *weightsView
	Files     *filesView
	Images    []imageSection
	Flows     []flowSection
	Diff      *changesView
	DiffSides string
	Deploys   []deploySection
	Reproduce []CommandView
}

type stageRow struct {
	Name, Class, Sign, Word string
	Bar                     meter
	Took, Bytes             string
	Summary, Error          string
}

type imageSection struct {
	Title     string
	Platform  string
	Ref       string
	Tag       string
	Digest    string
	Origin    string
	How       string
	Total     string
	New       string
	Moved     string
	Parts     []meter
	Key       []layerKind
	Layers    []layerRow
	LayerNote string
}

type layerKind struct{ Class, Name, Size string }

type layerRow struct {
	Kind, Digest, Size string
	Bar                meter
	Reused             bool
	Encoding           string
}

type deploySection struct {
	DeployView
	Short     string
	Changed   []DeployStep
	Unchanged int
}

// runBodyOf prepares a run's sections and the links to them, what a reviewer
// asks first coming first.
func runBodyOf(run RunView) (runBody, []link, error) {
	body := runBody{
		Stages: stageRows(run), Problems: run.Problems, Reproduce: run.Reproduce,
	}
	links := []link{{"stages", "Stages"}}
	add := func(show bool, id, name string) bool {
		if show {
			links = append(links, link{id, name})
		}
		return show
	}
	add(len(run.Problems) > 0, "problems", "Problems")
	if add(len(run.Flows) > 0, "flows", "Flows") {
		for _, flow := range run.Flows {
			body.Flows = append(body.Flows, sectionOf(flow))
		}
	}
	if add(run.Diff != nil, "changes", "Changes") {
		view, err := changesOf(*run.Diff)
		if err != nil {
			return runBody{}, nil, err
		}
		for i := range view.Flows { // drawn above
			view.Flows[i].Drawings = nil
		}
		body.Diff, body.DiffSides = &view, run.Diff.Base.String()+" → "+run.Diff.Head.String()
		if run.Diff.Note != "" {
			body.DiffSides += ": " + run.Diff.Note
		}
	}
	if add(len(run.Deploys) > 0, "deployed", "Deployed") {
		for _, deploy := range run.Deploys {
			body.Deploys = append(body.Deploys, deploySectionOf(deploy))
		}
	}
	if add(len(run.Images) > 0, "images", "Images") {
		for _, image := range run.Images {
			body.Images = append(body.Images, imageSectionOf(image))
		}
	}
	if add(run.Context != nil, "files", "Files") {
		view := filesOf(*run.Context)
		body.Files = &view
	}
	if add(run.Audit != nil, "audit", "Audit") {
		view := weightsViewOf(*run.Audit)
		body.Audit = &view
	}
	add(len(run.Reproduce) > 0, "reproduce", "Reproduce")
	return body, links, nil
}

func stageRows(run RunView) []stageRow {
	whole := run.Took
	for _, stage := range run.Stages {
		whole = max(whole, stage.Start+stage.Took)
	}
	var out []stageRow
	for _, stage := range run.Stages {
		row := stageRow{
			Name: stage.Name, Class: string(stage.Verdict), Sign: verdictSign(stage.Verdict), Word: word(stage.Verdict),
			Bar:     meterOf(barClass(stage.Verdict), float64(stage.Start), float64(stage.Took), float64(whole)),
			Summary: stage.Summary, Error: stage.Error,
		}
		if stage.Verdict != pipeline.Skipped {
			row.Took = elapsed(stage.Took)
		}
		if stage.Bytes > 0 {
			row.Bytes = "⇅ " + diag.Size(stage.Bytes).String()
		}
		out = append(out, row)
	}
	return out
}

func verdictSign(v pipeline.Verdict) string {
	switch v {
	case pipeline.Passed:
		return "✓"
	case pipeline.Failed:
		return "✗"
	case pipeline.Refused, pipeline.Interrupted:
		return "!"
	case pipeline.Skipped:
		return "–"
	}
	return "…"
}

func barClass(v pipeline.Verdict) string {
	switch v {
	case pipeline.Failed:
		return "bad"
	case pipeline.Refused, pipeline.Interrupted:
		return "warn"
	case pipeline.Passed:
		return "good"
	}
	return "soft"
}

// layerClass is the colour of a kind of layer.
func layerClass(kind string) string {
	switch kind {
	case "base", "system", "python", "setup", "step", "code", "data":
		return kind
	}
	return "other"
}

func imageSectionOf(image ImageView) imageSection {
	section := imageSection{
		Title: image.Name, Platform: image.Platform, Ref: image.Repository + ":" + image.Tag, Tag: image.Tag,
		Digest: image.Digest, Origin: shortHash(image.Origin), How: image.How,
		Moved: fmt.Sprintf("%s sent, %s received", diag.Size(image.Sent), diag.Size(image.Received)),
	}
	var total, made, largest, start int64
	sizes := map[string]int64{}
	for _, layer := range image.Layers {
		total += layer.Size
		largest = max(largest, layer.Size)
		if !layer.Reused {
			made += layer.Size
		}
		sizes[layer.Kind] += layer.Size
	}
	for _, layer := range image.Layers {
		section.Parts = append(section.Parts, meterOf(layerClass(layer.Kind), float64(start), float64(layer.Size), float64(total)))
		start += layer.Size
		section.Layers = append(section.Layers, layerRow{
			Kind: build.Kind(layer.Kind).Text(), Digest: shortDigest(layer.Digest), Size: diag.Size(layer.Size).String(), Reused: layer.Reused,
			Bar: meterOf(layerClass(layer.Kind), 0, float64(layer.Size), float64(largest)), Encoding: encoding(layer.MediaType),
		})
	}
	for _, layer := range image.Layers {
		if size, ok := sizes[layer.Kind]; ok {
			section.Key = append(section.Key, layerKind{layerClass(layer.Kind), build.Kind(layer.Kind).Text(), diag.Size(size).String()})
			delete(sizes, layer.Kind)
		}
	}
	section.Total, section.New = diag.Size(total).String(), diag.Size(made).String()
	return section
}

func shortDigest(digest string) string {
	const length = len("sha256:") + 12
	return digest[:min(len(digest), length)]
}

// encoding is the compression that a layer's media type names.
func encoding(mediaType string) string {
	switch {
	case strings.HasSuffix(mediaType, "gzip"):
		return "gzip"
	case strings.HasSuffix(mediaType, "zstd"):
		return "zstd"
	}
	return ""
}

func deploySectionOf(deploy DeployView) deploySection {
	section := deploySection{DeployView: deploy, Short: shortHash(deploy.Commit)}
	for _, step := range deploy.Steps {
		if step.Action == "unchanged" {
			section.Unchanged++
			continue
		}
		section.Changed = append(section.Changed, step)
	}
	slices.SortStableFunc(section.Changed, func(a, b DeployStep) int { return cmp.Compare(actionRank(a), actionRank(b)) })
	return section
}

func actionRank(step DeployStep) int {
	return slices.Index([]string{"removed", "created", "changed"}, step.Action)
}

// elapsed is a duration as people read it.
func elapsed(d time.Duration) string { return streams.Elapsed(d) }
