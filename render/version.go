package render

import (
	"fmt"
	"strings"

	"gantline.dev/gantline/internal/diag"
)

// checkVersion refuses an Argo that does not take what is always written:
// plural schedules came with 3.6.
func (r *renderer) checkVersion() {
	if !r.argoAtLeast(3, 6) {
		r.add(diag.Errorf(r.flow.Name.Pos, "argo-version", "Argo %s does not take what is rendered; the oldest that does is 3.6", r.opts.ArgoVersion))
	}
}

// argoAtLeast says whether the oldest Argo that must take the objects is of
// that version or newer.
func (r *renderer) argoAtLeast(major, minor int) bool {
	version := strings.TrimPrefix(r.opts.ArgoVersion, "v")
	if version == "" {
		return true
	}
	var haveMajor, haveMinor int
	if n, err := fmt.Sscanf(version, "%d.%d", &haveMajor, &haveMinor); err != nil || n != 2 {
		r.errorf(r.flow.Name.Pos, "argo-version", "%q is no version of Argo; write one as 3.7", r.opts.ArgoVersion)
		return true
	}
	return haveMajor > major || haveMajor == major && haveMinor >= minor
}
