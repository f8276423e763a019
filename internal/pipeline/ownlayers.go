package pipeline

import (
	"context"
	"fmt"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/build/envimage"
	"gantline.dev/gantline/build/wheels"
	"gantline.dev/gantline/internal/diag"
)

// ownLayers are the layers of an environment that no builder is needed for.
type ownLayers struct {
	*imageBuild
	facts  build.Facts
	locked *lockedPackages
	// user is who gets a home, nil where a later stage makes it.
	user *build.User
	// layers is how many others the image has, its code's aside.
	layers int
}

// into adds the layers to a stack, and says which wheels are in them.
func (o ownLayers) into(ctx context.Context, store *packageStore, stack *build.Stack) (archives []wheels.Archive, err error) {
	if o.locked != nil {
		if archives, err = o.packages(ctx, store, stack); err != nil {
			return nil, err
		}
	}
	if o.user == nil {
		return archives, nil
	}
	stack.Env = with(stack.Env, "HOME", o.user.Home, "USER", o.user.Name)
	if o.user.UID != 0 {
		stack.Layers = append(stack.Layers, build.UserLayer(o.facts, *o.user))
	}
	return archives, nil
}

// packages adds the virtual environment and what is installed in it.
func (o ownLayers) packages(ctx context.Context, store *packageStore, stack *build.Stack) ([]wheels.Archive, error) {
	if o.facts.Python == nil {
		return nil, &RefusedError{
			Reasons: []string{fmt.Sprintf("the base %s has no Python 3", o.image.Base)},
			Hints:   []string{"take a base with Python, or add python3 to system: and run gantline lock --update"},
		}
	}
	archives, err := o.resolve(ctx)
	if err != nil {
		return nil, err
	}
	if archives, err = o.wheelsOnly(ctx, store, archives, stack.Below); err != nil {
		return nil, err
	}
	layers, err := build.PythonLayers(build.Environment{
		Python: *o.facts.Python, Venv: envimage.Venv, Archives: archives, Fetch: store.Fetch, OtherLayers: o.layers,
		Conflict: func(path, first, second string) {
			o.Means.Printer.Say("note: %s and %s both have %s; the image has that of %s", first, second, path, second)
		},
	})
	if err != nil {
		return nil, err
	}
	stack.Layers = append(stack.Layers, layers...)
	stack.Path = envimage.Venv + "/bin"
	stack.Env = with(stack.Env, "VIRTUAL_ENV", envimage.Venv)
	return archives, nil
}

// resolve chooses the archives: those that the base has in the same version are
// left out, as pip leaves them out.
func (o ownLayers) resolve(ctx context.Context) ([]wheels.Archive, error) {
	index, err := o.indexes()
	if err != nil {
		return nil, err
	}
	task := o.Means.Printer.Start(fmt.Sprintf("resolving %s for %s", counted(len(o.locked.packages), "Python package"), o.facts.Python.Target))
	archives, problems, err := wheels.Resolve(ctx, index, o.facts.Python.Target, o.locked.packages)
	switch {
	case err != nil && ctx.Err() == nil:
		err = fmt.Errorf("%w; see that the package index can be reached from here, or name another in PIP_INDEX_URL", err)
	case diag.HasErrors(problems):
		err = &InvalidError{Problems: problems}
	}
	if err != nil {
		task.Fail("failed")
		return nil, err
	}
	kept, problems := o.keep(archives)
	if diag.HasErrors(problems) {
		task.Fail("failed")
		return nil, &InvalidError{Problems: problems}
	}
	task.Done(counted(len(kept), "archive"))
	return kept, nil
}

// keep leaves out what the base has, and refuses what it wants to stay.
func (o ownLayers) keep(archives []wheels.Archive) (kept []wheels.Archive, problems []diag.Problem) {
	held := o.facts.Python.Installed
	if len(o.facts.Python.Pins) > 0 {
		held = o.facts.Python.Pins
	}
	for _, archive := range archives {
		pinned, ok := held[archive.Name]
		switch {
		case wheels.SameVersion(o.facts.Python.Installed[archive.Name], archive.Version):
		case ok && o.image.Python.ConstrainToBase && !wheels.SameVersion(pinned, archive.Version):
			problems = append(problems, diag.Errorf(archive.Pos, "constraints",
				"%s %s would replace the base's %s, and constraints: base keeps that", archive.Name, archive.Version, pinned).
				WithHint("lock %s==%s, or leave it out of the lock", archive.Name, pinned))
		default:
			kept = append(kept, archive)
		}
	}
	return kept, problems
}

// with is the variables with more of them, names and values in turn.
func with(vars map[string]string, more ...string) map[string]string {
	if vars == nil {
		vars = map[string]string{}
	}
	for i := 0; i+1 < len(more); i += 2 {
		vars[more[i]] = more[i+1]
	}
	return vars
}
