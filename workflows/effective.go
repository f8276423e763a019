package workflows

import (
	"reflect"

	"gantline.dev/gantline/internal/diag"
)

// Effective is the step of that name, of steps or on_exit, with the flow's
// defaults merged in: a field that the step leaves out is that of the
// defaults, and mappings by name (env, files, node_selector, links) are merged
// key by key. nil where no step has that name. The flow is not changed.
func (f *Flow) Effective(name string) *Step {
	step, ok := f.Steps.Get(name)
	if !ok {
		if step, ok = f.OnExit.Get(name); !ok {
			return nil
		}
	}
	return f.withDefaults(step)
}

func (f *Flow) withDefaults(step *Step) *Step {
	merged := *step
	if f.Defaults == nil {
		return &merged
	}
	defaults := *f.Defaults
	if step.Once != nil && step.Once.V {
		defaults.Retry = nil
	}
	into, from := reflect.ValueOf(&merged).Elem(), reflect.ValueOf(defaults)
	for i := range into.NumField() {
		if kind := into.Field(i).Kind(); kind != reflect.Pointer && kind != reflect.Slice {
			continue
		}
		if into.Field(i).IsNil() {
			into.Field(i).Set(from.Field(i))
		}
	}
	for _, dict := range []struct {
		into, from *diag.Dict[diag.Value[string]]
	}{
		{&merged.Env, &defaults.Env}, {&merged.Files, &defaults.Files},
		{&merged.NodeSelector, &defaults.NodeSelector}, {&merged.Links, &defaults.Links},
	} {
		*dict.into = mergeDicts(*dict.from, *dict.into)
	}
	return &merged
}

// mergeDicts is the entries of both; those of over win, in the place of under's.
func mergeDicts[T any](under, over diag.Dict[T]) diag.Dict[T] {
	var out diag.Dict[T]
	for _, entry := range under {
		for _, winner := range over {
			if winner.Key.V == entry.Key.V {
				entry = winner
			}
		}
		out = append(out, entry)
	}
	for _, entry := range over {
		if _, merged := under.Get(entry.Key.V); !merged {
			out = append(out, entry)
		}
	}
	return out
}
