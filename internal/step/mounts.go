package step

import (
	"fmt"
	"os"
)

// checkMounts wants the directories of the image's volumes: a program without
// its data would fail somewhere, later, or compute something else.
func checkMounts(dirs []string) error {
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("stat %s: it is no directory", dir)
		}
		if err != nil {
			return fmt.Errorf("looking for the image's volume: %w; the pod was made without it: the cluster needs image volumes, the feature gate ImageVolume of API server and kubelet", err)
		}
	}
	return nil
}
