package build

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestEnvironment(t *testing.T) {
	spec := treeSpec(nil)
	spec.Base.Environment = "registry.example.com/agent/train@" + digestOf("a")
	for name, c := range map[string]struct {
		base []string
		env  map[string]string
		want []string
	}{
		"plain": {nil, nil, []string{"PYTHONPATH=/srv/code", "HOME=/home/gantline", "USER=gantline"}},
		"the base's places are kept": {
			[]string{"HOME=/root", "PATH=/bin", "PYTHONPATH=/x:/y"}, nil,
			[]string{"HOME=/home/gantline", "PATH=/bin", "PYTHONPATH=/srv/code:/x:/y", "USER=gantline"},
		},
		"the user has the last word": {
			[]string{"PATH=/bin"}, map[string]string{"PATH": "/mine", "B": "2", "A": "1=1", "HOME": ""},
			[]string{"PATH=/mine", "PYTHONPATH=/srv/code", "HOME=", "USER=gantline", "A=1=1", "B=2"},
		},
	} {
		spec.Env = c.env
		if diff := cmp.Diff(c.want, environment(c.base, spec)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestLabels(t *testing.T) {
	spec := treeSpec(nil)
	spec.Source = "https://example.com/agent"
	spec.Labels = map[string]string{
		labelTitle: "Mine", labelSource: "https://example.com/mine", labelRevision: "forged",
		labelFormat: "99", "team": "ml",
	}
	got := labels(map[string]string{"com.nvidia.build.id": "1", "team": "nvidia"}, spec)
	want := map[string]string{
		"com.nvidia.build.id": "1", "team": "ml", labelTitle: "Mine", labelSource: "https://example.com/mine",
		labelRevision: spec.Origin.Commit, labelFormat: strconv.Itoa(Format), labelProject: "agent", labelCreated: "2023-11-14T22:13:20Z",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func TestCompleteHistory(t *testing.T) {
	full := []v1.History{{CreatedBy: "a"}, {CreatedBy: "b", EmptyLayer: true}, {CreatedBy: "c"}}
	for layers, want := range map[int]int{2: 3, 3: 3, 5: 5, 0: 0} {
		got := completeHistory(full, layers)
		told := 0
		for _, h := range got {
			if !h.EmptyLayer {
				told++
			}
		}
		if len(got) != want || told != layers {
			t.Errorf("%d layers: %+v", layers, got)
		}
	}
}

// The base's config is shared between builds: an image must not change it.
func TestBaseConfigIsLeftAlone(t *testing.T) {
	p, err := treeSpec(nil).platform()
	if err != nil {
		t.Fatal(err)
	}
	base := scratchImage(p)
	base.config.Config.Env = make([]string, 1, 9)
	base.config.Config.Labels = map[string]string{"a": "b"}
	before := base.config.DeepCopy()
	imageConfig(treeSpec(nil), base, []madeLayer{{kind: KindCode}})
	if diff := cmp.Diff(before, base.config); diff != "" {
		t.Errorf("the base's config changed (-before +after):\n%s", diff)
	}
}
