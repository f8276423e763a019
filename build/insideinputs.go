package build

import "fmt"

// LayerInputs names what the layers of a Spec's code and data are made from, by
// the layers' keys. Names are of the commits whose files are the stages, lowest
// first, and of the Spec's own at the end. It needs the Spec's files, user and
// directory, and reads no content.
func LayerInputs(spec Spec, stages [][]File, names []string) map[string]string {
	inputs := map[string]string{}
	var below []File
	for i, stage := range append(stages[:len(stages):len(stages)], spec.Files) {
		stage = sorted(stage)
		if checkFiles(stage) != nil || checkTree(stage) != nil {
			continue // NewLadder leaves it out
		}
		r := between(below, stage)
		below = stage
		if !r.empty() && i < len(names) {
			inputs[rungWriter{rung: r, to: spec.To, by: owner{spec.User.UID, spec.User.GID}}.key()] = names[i]
		}
	}
	recipes, all := (&dataWriter{}).recipes(spec), dataOf(spec.Files)
	for i, r := range recipes {
		files := all[i:]
		if i < len(recipes)-1 { // all but the last have one content
			files = all[i : i+1]
		}
		inputs[r.Key] = files[0].Path
		if len(files) > 1 {
			inputs[r.Key] = fmt.Sprintf("%d files of Git LFS", len(files))
		}
	}
	return inputs
}
