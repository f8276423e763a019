package archtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"sigs.k8s.io/yaml"
)

// circle is what the project's own CircleCI config uses of that language.
type circle struct {
	Version   any                `json:"version"`
	Executors map[string]any     `json:"executors"`
	Jobs      map[string]job     `json:"jobs"`
	Workflows map[string]circleW `json:"workflows"`
}

type job struct {
	Executor string `json:"executor"`
	Steps    []any  `json:"steps"`
}

type circleW struct {
	Jobs []any `json:"jobs"`
}

// TestCircleCIRunsWhatPeopleRun holds .circleci/config.yml to the repository:
// its jobs exist, it runs .ci/run, and the files that its cache keys name are
// there.
func TestCircleCIRunsWhatPeopleRun(t *testing.T) {
	text, err := os.ReadFile("../../.circleci/config.yml")
	if err != nil {
		t.Fatal(err)
	}
	var config circle
	if err := yaml.UnmarshalStrict(text, &config); err != nil {
		t.Fatalf("reading .circleci/config.yml: %v", err)
	}
	for name, workflow := range config.Workflows {
		for _, entry := range workflow.Jobs {
			if job, ok := entry.(string); !ok || config.Jobs[job].Steps == nil {
				t.Errorf("workflow %s: there is no job %v", name, entry)
			}
		}
	}
	for name, job := range config.Jobs {
		if config.Executors[job.Executor] == nil {
			t.Errorf("job %s: there is no executor %q", name, job.Executor)
		}
	}
	if !regexp.MustCompile(`(?m)^ +command: .*\.ci/run$`).Match(text) {
		t.Error("no job runs .ci/run")
	}
	for _, match := range regexp.MustCompile(`checksum "([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(filepath.Join("../..", match[1])); err != nil {
			t.Errorf("a cache key names %q: %v", match[1], err)
		}
	}
}

// TestCIRunsTargetsThatExist holds .ci/run and the Makefile to each other.
func TestCIRunsTargetsThatExist(t *testing.T) {
	text, err := os.ReadFile("../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	targets := regexp.MustCompile(`(?m)^stage make (\S+)`).FindAllStringSubmatch(string(text), -1)
	if len(targets) < 2 {
		t.Fatalf(".ci/run runs %d make targets, want lint and test", len(targets))
	}
	for _, target := range targets {
		// -n says what would be run; an unknown target fails.
		cmd := exec.Command("make", "-n", target[1])
		cmd.Dir = "../.."
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("make -n %s: %v\n%s", target[1], err, out)
		}
	}
}
