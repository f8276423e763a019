package pipeline

import (
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
)

// unpinned warns of base images that the lock does not pin: a build will
// refuse them, and a check comes before it.
func (p *Project) unpinned() []diag.Problem {
	var problems []diag.Problem
	for _, image := range p.Config.Images {
		if image.Base == config.Scratch {
			continue
		}
		if _, err := p.Lock.Pin(image.Base, image.Platform); err != nil {
			problems = append(problems, diag.Warnf(image.BasePos, "unpinned", "%s does not pin base image %q, so nothing is built", LockFile, image.Base).
				WithHint("run gantline lock, and commit what it writes"))
		}
	}
	return problems
}
