package build

import (
	"fmt"
	"strings"
)

// LayerInputs names what the layers of a Spec's code and data are made from, by
// the layers' keys. Names are of the commits whose files are the stages, lowest
// first, and of the Spec's own at the end. It needs the Spec's files, user and
// directory, and reads no content.
func LayerInputs(spec Spec, stages [][]File, names []string) map[string]string {
	inputs := map[string]string{}
	var below []File
	step := func(stage []File, name string) {
		if r := between(below, stage); !r.empty() {
			inputs[rungWriter{rung: r, to: spec.To, by: owner{spec.User.UID, spec.User.GID}}.key()] = name
		}
		below = stage
	}
	links := sorted(withContent(spec.Files))
	step(links, "links to data")
	for i, stage := range stages {
		if stage, ok := beside(links, stage); ok && i < len(names) {
			step(stage, names[i])
		}
	}
	if len(stages) < len(names) {
		step(sorted(spec.Files), names[len(stages)])
	}
	recipes, all := (&dataWriter{}).recipes(spec), dataOf(inVolume(spec.Files, ""))
	for i, r := range recipes {
		files := all[i:]
		if i < len(recipes)-1 { // all but the last have one content
			files = all[i : i+1]
		}
		switch inputs[r.Key] = files[0].Path; {
		case len(r.Names) > 0:
			inputs[r.Key] = strings.Join(r.Names, ", ")
		case len(files) > 1:
			inputs[r.Key] = fmt.Sprintf("%d files of data", len(files))
		}
	}
	return inputs
}
