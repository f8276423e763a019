package render_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/kube"
	"gantline.dev/gantline/render"
	"gantline.dev/gantline/workflows"
)

var update = flag.Bool("update", false, "write the goldens anew")

const digest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// volumeDigest is that of a volume's image.
const volumeDigest = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

func pins() render.Pins {
	return render.Pins{
		"train": {
			Ref: "registry.example/agent/train@" + digest, Commit: "1234567890abcdef1234567890abcdef12345678",
			Workdir: "/workspace", User: "1000:1000",
		},
		"model": {
			Ref: "registry.example/agent/model@" + digest, Commit: "feedbeef", Workdir: "/workspace", User: "1000:1000",
			Volumes: []render.Volume{
				{Name: "tables", Ref: "registry.example/agent/model@" + volumeDigest, Path: "/.gantline/volumes/tables"},
				{Name: "weights", Ref: "registry.example/agent/model@" + digest, Path: "/.gantline/volumes/weights"},
			},
		},
		"root": {Ref: "registry.example/tools@" + digest, Commit: "feedbeef"},
	}
}

func options() render.Options {
	return render.Options{Project: "agent", ArgoVersion: "3.7", DefaultImage: "train"}
}

// parse reads and checks a flow, as Argo's callers do.
func parse(t testing.TB, file, src string) *workflows.Flow {
	t.Helper()
	flow, problems := workflows.Parse(file, []byte(src))
	if flow != nil {
		problems = append(problems, workflows.Check(flow, workflows.Env{Project: "agent", DefaultImage: "train"})...)
	}
	for _, problem := range problems {
		if problem.Severity != diag.Warning {
			t.Errorf("the flow has a mistake: %s", problem)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	return flow
}

// flows is the files of testdata that hold flows.
func flows(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("finding testdata: %v, %v", files, err)
	}
	return slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, ".golden.yaml") })
}

// TestGolden renders each flow of testdata and compares all of its objects and
// problems with the file beside it.
func TestGolden(t *testing.T) {
	for _, file := range flows(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			flow := parse(t, "workflows/"+filepath.Base(file), string(src))
			objects, problems := render.Argo(flow, pins(), options())
			got := written(t, objects, problems)
			again, problemsAgain := render.Argo(flow, pins(), options())
			if !bytes.Equal(got, written(t, again, problemsAgain)) {
				t.Error("rendering twice gave different bytes")
			}
			checkInert(t, objects)
			compareGolden(t, strings.TrimSuffix(file, ".yaml")+".golden.yaml", got)
			for _, problem := range render.Validate(objects) {
				t.Errorf("Argo refuses it: %s", problem)
			}
		})
	}
}

// TestExamples renders the flows of the example repository.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("../examples/agent/files/workflows/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("finding examples: %v, %v", files, err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		objects, problems := render.Argo(parse(t, file, string(src)), pins(), options())
		for _, problem := range append(problems, render.Validate(objects)...) {
			t.Errorf("%s", problem)
		}
		checkInert(t, objects)
	}
}

func written(t *testing.T, objects []kube.Object, problems []diag.Problem) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, problem := range problems {
		out.WriteString("# " + strings.ReplaceAll(problem.String(), "\n", "\n# ") + "\n")
	}
	for _, object := range objects {
		text, err := object.YAML()
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("---\n")
		out.Write(text)
	}
	return out.Bytes()
}

func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got); run with -update if that is meant:\n%s", file, diff)
	}
}
