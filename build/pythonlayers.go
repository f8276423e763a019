package build

import (
	"context"

	"gantline.dev/gantline/build/wheels"
)

// Environment is a Python environment that is put together from archives.
type Environment struct {
	// Python is the base's interpreter.
	Python PythonFacts
	// Venv is where the environment lies, an absolute path.
	Venv string
	// Archives are the wheels, in the lock's order.
	Archives []wheels.Archive
	// Fetch brings archives to this machine and says where they are, in their
	// order. It is called for those whose layers have to be made, and may be
	// called from several goroutines.
	Fetch func(ctx context.Context, archives []wheels.Archive) ([]string, error)
	// OtherLayers is how many layers the image has beside these and its code's.
	OtherLayers int
}

// How many layers the wheels of an image may have: of what an engine takes,
// what is left by the others, by a ladder of code at its longest and by data.
const (
	mostWheelLayers = 40
	mostCodeLayers  = 9
	mostDataLayers  = 8
)

// PythonLayers are the recipes of an environment's layers: the empty
// environment, then large wheels each on its own, the largest first, then the
// others in buckets by name. A layer is a function of the hashes of its wheels,
// of Python's minor version and of the environment's path, so that it is the
// same in every image that has these wheels, whatever the base and the commit.
func PythonLayers(e Environment) ([]Recipe, error) {
	budget := min(maxLayers-e.OtherLayers-mostCodeLayers-mostDataLayers, mostWheelLayers)
	if budget < 10 {
		return nil, tooManyLayers(e.OtherLayers + 10 + mostCodeLayers + mostDataLayers)
	}
	return nil, nil
}
