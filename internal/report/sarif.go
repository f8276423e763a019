package report

import (
	"io"
	"net/url"
	"slices"

	"gantline.dev/gantline/internal/diag"
)

// The parts of SARIF 2.1.0 that problems fill.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID string `json:"id"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

// ProblemsSARIF writes the problems as SARIF 2.1.0, which code-scanning
// services read. The version is the tool's own.
func ProblemsSARIF(w io.Writer, problems []diag.Problem, version string) error {
	run := sarifRun{
		Tool:       sarifTool{Driver: sarifDriver{Name: "gantline", Version: version, Rules: []sarifRule{}}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	var rules []string
	for _, p := range problems {
		rules = append(rules, p.Rule)
	}
	slices.Sort(rules)
	rules = slices.Compact(rules)
	for _, rule := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{ID: rule})
	}
	for _, p := range problems {
		run.Results = append(run.Results, sarifResultOf(p, slices.Index(rules, p.Rule)))
	}
	return writeJSON(w, sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run},
	})
}

func sarifResultOf(p diag.Problem, rule int) sarifResult {
	level := "error"
	if p.Severity == diag.Warning {
		level = "warning"
	}
	text := p.Message
	if p.Hint != "" {
		text += "\n" + p.Hint
	}
	place := sarifPhysical{Artifact: sarifArtifact{URI: (&url.URL{Path: p.File}).String()}}
	if p.Line > 0 {
		place.Region = &sarifRegion{StartLine: p.Line, StartColumn: p.Column}
	}
	return sarifResult{
		RuleID: p.Rule, RuleIndex: rule, Level: level, Message: sarifMessage{Text: text},
		Locations: []sarifLocation{{Physical: place}},
	}
}
