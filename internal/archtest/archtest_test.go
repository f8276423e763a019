// Package archtest holds the import rules of docs/ARCHITECTURE.md as a test:
// each ban once, with its reason.
package archtest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "gantline.dev/gantline/"

// rank orders the rooms from top to bottom: a package may import only packages
// of a higher number, or those that sameRank allows.
var rank = map[string]int{
	"cmd/gantline":                 0,
	"cmd/gantline-step":            0,
	"internal/cli":                 1,
	"internal/report":              2,
	"internal/runs":                3,
	"internal/pipeline":            3,
	"workflows":                    4,
	"render":                       4,
	"build":                        4,
	"build/envimage":               5, // a part of build that build itself may use
	"build/wheels":                 5, // another one
	"deploy":                       4,
	"deploy/gitbranch":             4,
	"deploy/kubecluster":           4,
	"repoclean":                    4,
	"repoclean/reach":              4,
	"repoclean/audit":              4,
	"internal/step":                5,
	"internal/objdiff":             5,
	"internal/gitrepo":             5,
	"internal/config":              5,
	"internal/registry":            5,
	"internal/builder":             5,
	"internal/streams":             5,
	"internal/pysource":            5,
	"internal/lfs":                 5,
	"internal/forge":               5,
	"internal/cluster":             5,
	"internal/kube":                6,
	"internal/daemon":              6,
	"internal/diag":                7,
	"internal/wire":                7,
	"internal/filelock":            7,
	"internal/archtest":            9,
	"internal/builder/buildertest": 4, // for tests of rooms above
	"internal/gitrepo/repotest":    4, // for tests of rooms above
	"internal/fakes/faultproxy":    9,
	"internal/bench":               0, // tests alone; nobody imports it
}

// sameRank are the imports between packages of one rank, each with its reason.
var sameRank = map[string]string{
	"build/envimage -> build/wheels":   "what an environment installs is read from locks in one place",
	"render -> workflows":              "a flow is what render renders",
	"deploy/gitbranch -> deploy":       "a branch is one of deploy's targets",
	"deploy/kubecluster -> deploy":     "a cluster is one of deploy's targets",
	"internal/lfs -> internal/gitrepo": "git knows the LFS server and the login",
	"repoclean/audit -> repoclean":     "an audit is judged by the same budgets, and files have the same kinds",
	"repoclean -> repoclean/reach":     "what nothing reaches is one of Select's reasons",
}

// only says who may import a dependency, and why.
var only = []struct {
	dependency string
	rooms      []string
	reason     string
}{
	{"github.com/spf13/cobra", []string{"internal/cli"}, "flags and commands are read in one place"},
	{"github.com/moby/buildkit", []string{"build", "build/envimage", "internal/builder"}, "images are built in one place"},
	{"github.com/google/go-containerregistry", []string{"build", "build/envimage", "internal/registry"}, "registries are spoken to in one place"},
	{"github.com/argoproj/argo-workflows", []string{"render", "internal/runs", "internal/objdiff"}, "Argo's types stay where Argo objects are made or applied"},
	{"k8s.io/client-go", []string{"internal/cluster", "deploy/kubecluster", "internal/runs"}, "a cluster is spoken to where objects are applied and runs are followed"},
	{"github.com/go-git/go-git", []string{"internal/gitrepo"}, "git is touched in one place"},
	{"go.yaml.in/yaml", []string{"internal/diag"}, "YAML nodes have positions that only diag understands"},
	{"github.com/awslabs/amazon-ecr-credential-helper", []string{"internal/registry"}, "clouds are asked for logins to registries alone"},
	{"github.com/Azure/azure-sdk-for-go", []string{"internal/registry"}, "clouds are asked for logins to registries alone"},
	{"github.com/distribution/distribution", []string{"internal/registry"}, "one embedded registry"},
}

type pkg struct {
	path    string
	imports []string
}

func load(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing packages: %v", err)
	}
	var pkgs []pkg
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkgs = append(pkgs, pkg{strings.TrimPrefix(fields[0], module), fields[1:]})
	}
	return pkgs
}

func TestImportsPointDownwards(t *testing.T) {
	for _, p := range load(t) {
		from, known := rank[p.path]
		if !known {
			if !strings.HasPrefix(p.path, "examples/") {
				t.Errorf("%s has no rank: give it one, and its place in docs/ARCHITECTURE.md", p.path)
			}
			continue
		}
		for _, imported := range p.imports {
			name, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			to, ok := rank[name]
			if _, allowed := sameRank[p.path+" -> "+name]; ok && (to > from || allowed) {
				continue
			}
			t.Errorf("%s imports %s: imports point downwards only", p.path, name)
		}
	}
}

func TestDependenciesHaveOneHome(t *testing.T) {
	for _, p := range load(t) {
		for _, ban := range only {
			for _, imported := range p.imports {
				if strings.HasPrefix(imported, ban.dependency) && !slices.Contains(ban.rooms, p.path) {
					t.Errorf("%s imports %s: %s (allowed: %s)", p.path, imported, ban.reason, strings.Join(ban.rooms, ", "))
				}
			}
		}
	}
}

// TestShimIsSmall keeps Kubernetes, Argo and other weight out of the binary
// that is a layer of every image.
func TestShimIsSmall(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-f", `{{if not .Standard}}{{.ImportPath}}{{end}}`, "./cmd/gantline-step")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("listing the shim's packages: %v", err)
	}
	for _, path := range strings.Fields(string(out)) {
		if !strings.HasPrefix(path, module) && !strings.HasPrefix(path, "golang.org/x/") {
			t.Errorf("gantline-step depends on %s: it is pulled by every pod", path)
		}
	}
}

// TestDomainRoomsAreQuiet keeps printing, the environment and exits out of the
// domain rooms: what they do depends on their arguments alone.
func TestDomainRoomsAreQuiet(t *testing.T) {
	bans := map[string]string{
		"os.Getenv": "flags and environment are read in internal/cli", "os.LookupEnv": "flags and environment are read in internal/cli",
		"os.Exit": "errors become exit codes in internal/cli", "os.Stdout": "answers are written by internal/report",
		"os.Stderr": "progress goes through internal/streams", "fmt.Print(": "answers are written by internal/report",
		"fmt.Printf(": "answers are written by internal/report", "fmt.Println(": "answers are written by internal/report",
		"func init()": "no hidden start-up",
	}
	for room, sources := range domainSources(t) {
		for text, reason := range bans {
			if strings.Contains(sources, text) {
				t.Errorf("%s uses %s: %s", room, text, reason)
			}
		}
	}
}
