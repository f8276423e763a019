package envimage

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// defaultPath is what runtimes search where an image sets no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// variable is one environment variable of an image.
type variable struct{ name, value string }

// variables are an image's environment, in its order.
type variables []variable

// environment reads the environment from an image's configuration.
func environment(config []byte) (variables, error) {
	var image struct {
		Config struct{ Env []string } `json:"config"`
	}
	if err := json.Unmarshal(config, &image); err != nil {
		return nil, fmt.Errorf("reading the base image's configuration: %w", err)
	}
	var all variables
	for _, entry := range image.Config.Env {
		name, value, _ := strings.Cut(entry, "=")
		all = all.with(name, value)
	}
	if all.get("PATH") == "" {
		all = all.with("PATH", defaultPath)
	}
	return all, nil
}

// get is the value of a variable, empty where it is not set.
func (vs variables) get(name string) string {
	for _, v := range vs {
		if v.name == name {
			return v.value
		}
	}
	return ""
}

// with is the environment with one variable set or replaced.
func (vs variables) with(name, value string) variables {
	all := make(variables, 0, len(vs)+1)
	for _, v := range vs {
		if v.name != name {
			all = append(all, v)
		}
	}
	return append(all, variable{name, value})
}

// withVenv puts the Python environment before the base's programs.
func (vs variables) withVenv() variables {
	return vs.with("PATH", Venv+"/bin:"+vs.get("PATH")).with("VIRTUAL_ENV", Venv)
}

// imageConfig is the base's configuration with what the environment image
// changes: its variables, its date, and what was done. Every other field stays as it is.
func imageConfig(in Inputs, base []byte) ([]byte, error) {
	env, err := environment(base)
	if err != nil {
		return nil, err
	}
	if len(in.Requirements) > 0 {
		env = env.withVenv()
	}
	if u := in.User; u != (User{}) {
		env = env.with("HOME", u.Home).with("USER", u.Name)
	}
	image := map[string]json.RawMessage{}
	if err := json.Unmarshal(base, &image); err != nil {
		return nil, fmt.Errorf("reading the base image's configuration: %w", err)
	}
	config := map[string]json.RawMessage{}
	if len(image["config"]) > 0 {
		if err := json.Unmarshal(image["config"], &config); err != nil {
			return nil, fmt.Errorf("reading the base image's configuration: %w", err)
		}
	}
	entries := make([]string, len(env))
	for i, v := range env {
		entries[i] = v.name + "=" + v.value
	}
	// Maps of strings and messages that were just decoded always encode.
	config["Env"], _ = json.Marshal(entries)
	image["config"], _ = json.Marshal(config)
	if history := extendHistory(in, image); history != nil {
		image["history"] = history
	}
	image["created"], _ = json.Marshal(time.Unix(epoch, 0).UTC())
	return json.Marshal(image)
}

// extendHistory adds an entry for each step: BuildKit would write the step's
// whole script. It is nil where the base's history does not fit its layers;
// BuildKit then writes what is missing.
func extendHistory(in Inputs, image map[string]json.RawMessage) json.RawMessage {
	var base []json.RawMessage
	var rootfs struct {
		DiffIDs []string `json:"diff_ids"`
	}
	_ = json.Unmarshal(image["history"], &base) // absent or odd: it will not fit
	_ = json.Unmarshal(image["rootfs"], &rootfs)
	layers := 0
	for _, raw := range base {
		var entry struct {
			Empty bool `json:"empty_layer"`
		}
		if json.Unmarshal(raw, &entry) == nil && !entry.Empty {
			layers++
		}
	}
	if layers != len(rootfs.DiffIDs) {
		return nil
	}
	for _, s := range steps(in) {
		entry, _ := json.Marshal(map[string]string{
			"created":    time.Unix(epoch, 0).UTC().Format(time.RFC3339),
			"created_by": "gantline: " + s.name,
		})
		base = append(base, entry)
	}
	history, _ := json.Marshal(base)
	return history
}
