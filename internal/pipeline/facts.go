package pipeline

import (
	"context"
	"fmt"
	"strings"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/config"
)

// LockFacts looks into the bases of the images that are put together without a
// builder, and writes what they have into the lock, whose bases are pinned
// already. What the project's lock knows of the same base is kept.
func (p *Project) LockFacts(ctx context.Context, means *Means, lock *build.Lock) error {
	lock.Environments = map[string]map[string]build.Facts{}
	for _, image := range p.Config.Images {
		needed, err := p.needsFacts(ctx, image)
		if err != nil {
			return err
		}
		if !needed {
			continue
		}
		facts, err := p.facts(ctx, means, *lock, image)
		if err != nil {
			return fmt.Errorf("looking into the base of image %q: %w", image.Name, err)
		}
		lock.Environments[image.Name] = map[string]build.Facts{image.Platform: facts}
	}
	return nil
}

// needsFacts says whether anything is put on the image's base without a builder.
func (p *Project) needsFacts(ctx context.Context, image config.Image) (bool, error) {
	if image.Base == config.Scratch {
		return false, nil
	}
	locked, err := p.locked(ctx, image)
	return locked != nil || len(image.System) == 0 && len(image.Setup) == 0 && image.Python == nil, err
}

func (p *Project) facts(ctx context.Context, means *Means, lock build.Lock, image config.Image) (build.Facts, error) {
	digest, err := lock.Pin(image.Base, image.Platform)
	if err != nil {
		return build.Facts{}, err
	}
	key := build.FactsKey(digest, image.Platform, image.System)
	if known, err := p.Lock.Facts(image.Name, image.Platform, key); err == nil {
		return known, nil
	}
	means.Printer.Say("looking into %s: this pulls it once, later builds need not", image.Base)
	found, err := means.Probe(ctx, envimage.Inputs{Base: withoutDigest(image.Base) + "@" + digest, Platform: image.Platform, System: image.System})
	if err != nil {
		return build.Facts{}, err
	}
	facts := build.Facts{Of: key, Users: textLines(found.Users), Groups: textLines(found.Groups)}
	if py := found.Python; py != nil {
		facts.Python = &build.PythonFacts{
			Target: wheels.Target{
				Implementation: py.Implementation, Version: py.Version, ABI: py.ABI, Interpreter: py.Interpreter,
				GLibc: py.GLibc, Musl: py.Musl, Machine: py.Machine, HasPip: py.HasPip, Installed: py.Installed,
			},
			HasEnsurepip: py.HasEnsurepip, Sites: py.Sites, Pins: pins(py.Pins),
		}
	}
	return facts, nil
}

// pins are the lines "name==version" of a constraints file.
func pins(text string) map[string]string {
	out := map[string]string{}
	for _, line := range textLines(text) {
		name, version, ok := strings.Cut(line, "==")
		version, _, _ = strings.Cut(version, ";")
		if ok && !strings.HasPrefix(name, "#") {
			out[wheels.Normalize(strings.TrimSpace(name))] = strings.TrimSpace(version)
		}
	}
	return out
}

// textLines are a text's lines, empty ones left out.
func textLines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
}
