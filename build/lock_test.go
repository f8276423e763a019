package build

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/diag"
)

func digestOf(letter string) string { return "sha256:" + strings.Repeat(letter, 64) }

func sampleLock() Lock {
	return Lock{
		Bases: map[string]Pinned{
			"nvcr.io/nvidia/pytorch:25.08-py3": {Digest: digestOf("a"), Platforms: map[string]PinnedPlatform{
				"linux/arm64": {Digest: digestOf("c"), Layers: 58, Size: 9_000_000_000},
				"linux/amd64": {Digest: digestOf("b"), Layers: 60, Size: 10_000_000_000},
			}},
			"localhost:5757/agent/base": {Digest: digestOf("d"), Platforms: map[string]PinnedPlatform{}},
		},
		Images: map[string]Pinned{"busybox": {Digest: digestOf("e"), Platforms: map[string]PinnedPlatform{}}},
		Environments: map[string]map[string]Facts{"train": {"linux/amd64": {
			Of:    FactsKey("nvcr.io/nvidia/pytorch@"+digestOf("b"), "linux/amd64", []string{"git"}),
			Users: []string{"root:x:0:0:root:/root:/bin/bash", "odd: \"user\" #1"}, Groups: []string{"root:x:0:"},
			Python: &PythonFacts{
				Target: wheels.Target{
					Implementation: "cpython", Version: "3.12.3", ABI: "cp312", Interpreter: "/usr/bin/python3", GLibc: "2.39",
					Machine: "x86_64", HasPip: true,
					Installed: map[string]string{"numpy": "1.26.4", "torch": "2.8.0a0+34c6371d24.nv25.8"},
				},
				Sites: []string{"/opt/venv/lib/python3.12/site-packages"},
				Pins:  map[string]string{"torch": "2.8.0a0+34c6371d24.nv25.8"},
			},
		}}},
		Step: map[string]string{"linux/amd64": digestOf("f")},
	}
}

func TestLockGolden(t *testing.T) {
	got := sampleLock().Bytes()
	const file = "testdata/gantline.lock.golden"
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("lock (-want +got):\n%s", diff)
	}
	read, problems := ParseLock(LockFile, got)
	if len(problems) > 0 {
		t.Errorf("the lock's own text has problems: %v", problems)
	}
	if diff := cmp.Diff(sampleLock(), read); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

// A file of testdata/lock holds a lock and, after "---- problems", what is
// wrong with it.
func TestLockProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/lock/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			src, want, _ := strings.Cut(string(text), "---- problems\n")
			_, problems := ParseLock(LockFile, []byte(src))
			got := ""
			for _, p := range problems {
				got += p.String() + "\n"
			}
			if *update {
				if err := os.WriteFile(file, []byte(src+"---- problems\n"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				want = got
			}
			if got == "" {
				t.Error("no problem was found")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLockSchemaTakesTheLock(t *testing.T) {
	raw, err := LockSchema()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("lock.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("lock.json")
	if err != nil {
		t.Fatal(err)
	}
	good := map[string]any{"version": 1, "bases": map[string]any{"x:1": map[string]any{"digest": digestOf("a")}}}
	if err := schema.Validate(good); err != nil {
		t.Errorf("a good lock: %v", err)
	}
	if err := schema.Validate(map[string]any{"version": 1, "base": map[string]any{}}); err == nil {
		t.Error("an unknown key passes")
	}
}

func TestLockCheck(t *testing.T) {
	pytorch := "nvcr.io/nvidia/pytorch:25.08-py3"
	for name, c := range map[string]struct {
		want    LockWants
		reasons []LockReason
	}{
		"all is there": {want: LockWants{
			Bases: []string{pytorch, "scratch"}, Images: []string{"busybox"}, Platforms: []string{"linux/amd64", "linux/arm64"},
			Step: map[string]string{"linux/amd64": digestOf("f")}, Resolved: map[string]string{pytorch: digestOf("a")},
		}},
		"a base without platforms": {want: LockWants{Bases: []string{"localhost:5757/agent/base"}}},
		"unknown base":             {LockWants{Bases: []string{"python:3"}}, []LockReason{LockMissing}},
		"unknown platform":         {LockWants{Bases: []string{pytorch}, Platforms: []string{"linux/s390x"}}, []LockReason{LockMissing}},
		"unknown image":            {LockWants{Images: []string{"alpine", "alpine"}}, []LockReason{LockMissing}},
		"moved base":               {LockWants{Bases: []string{pytorch}, Resolved: map[string]string{pytorch: digestOf("0")}}, []LockReason{LockMoved}},
		"another step":             {LockWants{Step: map[string]string{"linux/amd64": digestOf("0")}}, []LockReason{LockOtherStep}},
		"no step":                  {LockWants{Step: map[string]string{"linux/arm64": digestOf("0")}}, []LockReason{LockMissing}},
	} {
		t.Run(name, func(t *testing.T) {
			var reasons []LockReason
			err := sampleLock().Check(c.want)
			if joined, ok := err.(interface{ Unwrap() []error }); ok {
				for _, e := range joined.Unwrap() {
					var refusal *LockError
					if !errors.As(e, &refusal) || !strings.Contains(e.Error(), "gantline lock --update") {
						t.Errorf("refusal %v names no command", e)
					}
					reasons = append(reasons, refusal.Reason)
				}
			}
			if diff := cmp.Diff(c.reasons, reasons); diff != "" {
				t.Errorf("reasons (-want +got):\n%s\n%v", diff, err)
			}
		})
	}
}

func TestLockPin(t *testing.T) {
	got, err := sampleLock().Pin("nvcr.io/nvidia/pytorch:25.08-py3", "linux/arm64")
	if err != nil || got != digestOf("c") {
		t.Errorf("pinned to %s, %v", got, err)
	}
}

// Whatever ParseLock takes without a problem, Bytes writes so that it is read
// as the same.
func FuzzParseLock(f *testing.F) {
	f.Add(sampleLock().Bytes())
	f.Add([]byte("version: 1\n"))
	f.Add([]byte(fmt.Sprintf("version: 1\nbases: {\"a\\nb: c\": {digest: %s}}\n", digestOf("a"))))
	f.Fuzz(func(t *testing.T, src []byte) {
		lock, problems := ParseLock(LockFile, src)
		if diag.HasErrors(problems) {
			return
		}
		again, problems := ParseLock(LockFile, lock.Bytes())
		if len(problems) > 0 {
			t.Fatalf("%v in\n%s", problems, lock.Bytes())
		}
		if diff := cmp.Diff(lock, again); diff != "" {
			t.Fatalf("read again (-first +second):\n%s", diff)
		}
	})
}
