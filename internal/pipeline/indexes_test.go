package pipeline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/config"
)

// What the base pins stays, where gantline.yaml wants that; what the base has in
// the lock's version is not installed again.
func TestBaseConstrains(t *testing.T) {
	locked := []wheels.Archive{{Name: "torch", Version: "2.8.0"}, {Name: "numpy", Version: "2.0"}, {Name: "tqdm", Version: "4.67.1"}}
	for _, constrain := range []bool{true, false} {
		own := ownLayers{
			imageBuild: &imageBuild{image: config.Image{Python: &config.Python{ConstrainToBase: constrain}}},
			facts: build.Facts{Python: &build.PythonFacts{
				Target: wheels.Target{Installed: map[string]string{"torch": "2.7.0a0", "numpy": "2.0.0"}},
				Pins:   map[string]string{"torch": "2.7.0a0"},
			}},
		}
		kept, problems := own.keep(locked)
		var names []string
		for _, a := range kept {
			names = append(names, a.Name)
		}
		want := []string{"torch", "tqdm"}
		if constrain {
			want = want[1:]
		}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("constrained: %v (-want +got):\n%s", constrain, diff)
		}
		if constrain != (len(problems) == 1 && strings.Contains(problems[0].Message, "torch 2.8.0 would replace the base's 2.7.0a0")) {
			t.Errorf("constrained: %v: %v", constrain, problems)
		}
	}
}

// A builder is told the logins of the indexes that it asks, and of no other host.
func TestBuilderLogins(t *testing.T) {
	b := &imageBuild{
		BuildJob: BuildJob{Means: &Means{
			Index: wheels.Index{
				Bases:  []string{"https://mirror.example.com/simple", "https://open.example.com/simple"},
				Logins: map[string]wheels.Login{"mirror.example.com": {User: "u", Password: "p"}, "mail.example.com": {User: "u", Password: "private"}},
			},
			Secret: func(name string) (wheels.Login, error) { return wheels.Login{User: "of", Password: name}, nil },
		}},
		image: config.Image{Python: &config.Python{Index: "https://ours.example.com:8443/simple", IndexSecret: "our-index"}},
	}
	index, err := b.indexes()
	if err != nil {
		t.Fatal(err)
	}
	want := []envimage.Login{{Host: "mirror.example.com", User: "u", Password: "p"}, {Host: "ours.example.com", User: "of", Password: "our-index"}}
	if diff := cmp.Diff(want, builderLogins(index)); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
	if n := len(b.Means.Index.Logins); n != 2 {
		t.Errorf("the machine's own logins became %d", n)
	}
}
