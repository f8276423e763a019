package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/config"
)

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
