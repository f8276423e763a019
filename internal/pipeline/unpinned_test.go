package pipeline_test

import (
	"strings"
	"testing"

	"gantline.dev/gantline/internal/gitrepo"
	"gantline.dev/gantline/internal/pipeline"
)

func TestCheckNamesAnUnpinnedBase(t *testing.T) {
	const project = "version: 1\nproject: agent\nimages:\n  train: {base: debian:bookworm}\n"
	const lock = "version: 1\nbases:\n  debian:bookworm:\n    digest: sha256:"
	for name, test := range map[string]struct {
		lock string
		want int
	}{"no lock": {"", 1}, "pinned": {lock + strings.Repeat("a", 64) + "\n", 0}} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"gantline.yaml": project}
			if test.lock != "" {
				files["gantline.lock"] = test.lock
			}
			repo, err := gitrepo.Open(t.Context(), newRepository(t, files).dir)
			if err != nil {
				t.Fatal(err)
			}
			defer repo.Close()
			commit, err := repo.Resolve(t.Context(), "HEAD")
			if err != nil {
				t.Fatal(err)
			}
			p, err := pipeline.Load(t.Context(), repo, commit)
			if err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, problem := range p.Check() {
				if problem.Rule == "unpinned" {
					found++
				} else {
					t.Errorf("also found: %v", problem)
				}
			}
			if found != test.want {
				t.Errorf("%d warnings, want %d", found, test.want)
			}
		})
	}
}
