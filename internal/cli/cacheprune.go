package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/builder"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/streams"
)

// prunable are the caches whose content can be made or fetched again.
var prunable = []string{"builder", "wheels", "lfs", "layers", "manifests"}

// kept is why the others stay as they are.
var kept = map[string]string{
	"registry": "images that tags and digests name; removing those that nothing needs does not exist yet",
	"history":  "what shallow clones borrow; remove the directory while nothing runs",
}

type cachePruneOptions struct {
	app    *app
	output output
	keep   string
	dryRun bool
	yes    bool
	only   []string
}

// pruned is what goes from one cache, or went.
type pruned struct {
	cacheEntry
	// Frees is in bytes, as the cache itself counts.
	Frees int64 `json:"frees"`
	// Note is why nothing goes, where more could have been expected.
	Note string `json:"note,omitempty"`
	err  error
}

func (a *app) cachePruneCommand() *cobra.Command {
	opts := &cachePruneOptions{app: a}
	cmd := &cobra.Command{
		Use:   "prune [CACHE]…",
		Short: "Remove what can be made or fetched again, the oldest first",
		Long: `Removes what the builder, wheels, lfs, layers and manifests hold, or those that
are named: each keeps as much as --keep says, the newest. Files that came in the
last hour stay, and so does what a build uses. Without --yes nothing is removed
and the answer is what would be.`,
		ValidArgs: prunable,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.only = args
			return opts.run(cmd.Context())
		},
	}
	opts.output.bindFormat(cmd, "text", "json")
	cmd.Flags().StringVar(&opts.keep, "keep", "0", "how much each of them keeps, such as 20GB")
	cmd.Flags().BoolVar(&opts.dryRun, "dry-run", false, "say what would go, and remove nothing")
	cmd.Flags().BoolVar(&opts.yes, "yes", false, "remove it")
	return cmd
}

func (o *cachePruneOptions) run(ctx context.Context) error {
	keep, err := o.check()
	if err != nil {
		return err
	}
	acts := o.yes && !o.dryRun
	var all []pruned
	for _, e := range o.app.cacheDirs() {
		if e.Bytes, err = dirSize(e.Path); err != nil {
			return err
		}
		all = append(all, o.prune(ctx, e, keep, acts))
	}
	if err := o.show(all, acts); err != nil {
		return err
	}
	if !o.yes && !o.dryRun {
		return usageError{errors.New("nothing was removed: say --yes to remove it, or --dry-run to be told only")}
	}
	var failed []error
	for _, p := range all {
		failed = append(failed, p.err)
	}
	return errors.Join(failed...)
}

// check reads the flags and arguments.
func (o *cachePruneOptions) check() (keep int64, err error) {
	if err := o.output.check(); err != nil {
		return 0, err
	}
	var size diag.Size
	if err := size.ParseText(o.keep); err != nil {
		return 0, usageError{fmt.Errorf("--keep %q: %w", o.keep, err)}
	}
	for _, name := range o.only {
		if reason := kept[name]; reason != "" {
			return 0, usageError{fmt.Errorf("%q is not pruned: it holds %s", name, reason)}
		}
		if !slices.Contains(prunable, name) {
			return 0, usageError{fmt.Errorf("there is no cache %q; those that can be pruned are %s", name, strings.Join(prunable, ", "))}
		}
	}
	return int64(size), nil
}

// prune is one cache's part.
func (o *cachePruneOptions) prune(ctx context.Context, e cacheEntry, keep int64, acts bool) pruned {
	p := pruned{cacheEntry: e, Note: kept[e.Name]}
	switch {
	case p.Note != "" || len(o.only) > 0 && !slices.Contains(o.only, e.Name) || e.Bytes == 0:
	case e.Name == "builder":
		p.Frees, p.err = o.pruneBuilder(ctx, keep, acts)
	default:
		p.Frees, p.err = o.pruneFiles(e.Path, keep, acts)
	}
	if p.err != nil {
		p.Note = p.err.Error()
	}
	return p
}

// pruneBuilder asks our own builder, which runs for it where it does not yet.
func (o *cachePruneOptions) pruneBuilder(ctx context.Context, keep int64, acts bool) (int64, error) {
	own, err := o.app.ownBuilder()
	if err != nil {
		return 0, err
	}
	b, err := builder.Find(ctx, builder.Options{Own: own})
	if err != nil {
		return 0, err
	}
	defer b.Close()
	if !acts {
		return b.Prunable(ctx, keep)
	}
	return b.Prune(ctx, keep)
}

// pruneFiles removes files, of which each stands for itself.
func (o *cachePruneOptions) pruneFiles(dir string, keep int64, acts bool) (int64, error) {
	contents, err := readContents(dir)
	if err != nil {
		return 0, err
	}
	var freed int64
	for _, c := range surplus(contents, keep, o.app.Now().Add(-graceTime)) {
		if acts {
			if err := os.Remove(c.path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return freed, fmt.Errorf("pruning %q: %w", dir, err)
			}
		}
		freed += c.bytes
	}
	return freed, nil
}

func (o *cachePruneOptions) show(all []pruned, acts bool) error {
	if o.output.format == "json" {
		return writeJSON(o.app.Streams.Out, struct {
			header
			Removed bool     `json:"removed"`
			Entries []pruned `json:"entries"`
		}{headed("CachePrune"), acts, all})
	}
	word := "would free"
	if acts {
		word = "freed"
	}
	table := tabwriter.NewWriter(o.app.Streams.Out, 0, 0, 2, ' ', 0)
	for _, p := range all {
		note := filepath.Clean(p.Path)
		if p.Note != "" {
			note = "kept: " + streams.Safe(p.Note)
		}
		fmt.Fprintf(table, "%s\t%s\t%s %s\t%s\n", p.Name, diag.Size(p.Bytes), word, diag.Size(p.Frees), note)
	}
	return table.Flush()
}
