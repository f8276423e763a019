package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/diag"
)

// cacheEntry is one thing that gantline keeps in the user's cache directory.
type cacheEntry struct {
	Name  string `json:"name"`
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

func (a *app) cacheCommand() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Show what the embedded registry, the builder and the caches hold",
		Args:  noArgs(),
		RunE: func(*cobra.Command, []string) error {
			if err := out.check(); err != nil {
				return err
			}
			return a.showCache(out.format)
		},
	}
	out.bindFormat(cmd, "text", "json")
	cmd.AddCommand(a.cachePruneCommand())
	return cmd
}

// cacheDirs are what gantline keeps, by name.
func (a *app) cacheDirs() []cacheEntry {
	return []cacheEntry{
		{Name: "registry", Path: a.registryDir()},
		{Name: "builder", Path: a.builderDir()},
		{Name: "manifests", Path: filepath.Join(a.cacheDir(), "manifests")},
		{Name: "layers", Path: a.layersDir()},
		{Name: "wheels", Path: a.wheelsDir()},
		{Name: "lfs", Path: a.contentsDir()},
		{Name: "history", Path: a.historyDir()},
	}
}

func (a *app) showCache(format string) error {
	var entries []cacheEntry
	for _, e := range a.cacheDirs() {
		var err error
		if e.Bytes, err = dirSize(e.Path); err != nil {
			return err
		}
		entries = append(entries, e)
	}
	if format == "json" {
		return writeJSON(a.Streams.Out, struct {
			header
			Entries []cacheEntry `json:"entries"`
		}{headed("Cache"), entries})
	}
	table := tabwriter.NewWriter(a.Streams.Out, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		fmt.Fprintf(table, "%s\t%s\t%s\n", e.Name, diag.Size(e.Bytes), e.Path)
	}
	return table.Flush()
}

// dirSize is what the files below a directory take; 0 where it does not exist.
// Files that vanish while it looks do not count.
func dirSize(dir string) (int64, error) {
	var total int64
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		if info, err := entry.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measuring %q: %w", dir, err)
	}
	return total, nil
}
