package cli

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/diag"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/internal/streams"
)

type lockOptions struct {
	app    *app
	update bool
	// onlyMissing leaves an existing lock alone.
	onlyMissing bool
}

func (a *app) lockCommand() *cobra.Command {
	opts := &lockOptions{app: a}
	cmd := &cobra.Command{
		Use:   "lock",
		Short: "Pin base images and gantline-step in gantline.lock",
		Long: `Pins what a build depends on beside the commit: the digests that base images'
names mean now, and the digest of gantline-step. Without --update, entries that
the lock has are kept and missing ones are added. The file is to be committed.

Where Python packages are locked by hash, the base is also looked into, once,
with a builder: its Python, its C library, what is installed and which users it
has stand in the lock then, and builds put packages on it without pulling it.`,
		Args: noArgs(),
		RunE: func(cmd *cobra.Command, _ []string) error { return opts.run(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&opts.update, "update", false, "pin everything anew, and show what that changes")
	return cmd
}

func (o *lockOptions) run(ctx context.Context) error {
	rev, err := o.app.open(ctx, workTree, true)
	if err != nil {
		return err
	}
	defer rev.Close()
	project, err := o.app.project(ctx, rev)
	if err != nil {
		return err
	}
	// What is wrong with the flows or with the lock itself is no hindrance.
	if problems := project.ConfigProblems(); diag.HasErrors(problems) {
		return o.app.invalid(problems)
	}
	path := filepath.Join(rev.repo.Root(), pipeline.LockFile)
	if o.onlyMissing && hasFile(rev.repo.Root(), pipeline.LockFile) {
		o.app.printer().Say("kept     %s", pipeline.LockFile)
		return nil
	}
	before := project.Lock
	after, err := o.pin(ctx, project)
	if err != nil {
		return err
	}
	if err := updateFile(path, after.Bytes()); err != nil {
		return err
	}
	o.show(before, after)
	return nil
}

// pin is the lock as it should be.
func (o *lockOptions) pin(ctx context.Context, project *pipeline.Project) (build.Lock, error) {
	means, closeMeans, err := o.app.means(meansFlags{})
	if err != nil {
		return build.Lock{}, err
	}
	defer closeMeans()
	lock := build.Lock{Bases: map[string]build.Pinned{}, Images: map[string]build.Pinned{}, Step: map[string]string{}}
	platforms := map[string][]string{}
	for _, image := range project.Config.Images {
		step, err := means.Step(image.Platform)
		if err != nil {
			return lock, err
		}
		lock.Step[image.Platform] = step.Digest
		if image.Base != config.Scratch && !slices.Contains(platforms[image.Base], image.Platform) {
			platforms[image.Base] = append(platforms[image.Base], image.Platform)
		}
	}
	for _, base := range slices.Sorted(maps.Keys(platforms)) {
		if lock.Bases[base], err = o.pinBase(ctx, project.Lock, means.Remote, base, platforms[base]); err != nil {
			return lock, err
		}
	}
	return lock, project.LockFacts(ctx, means, &lock)
}

// pinBase is what a base image's name means: as the lock has it, where it has
// every platform, or as its registry says now.
func (o *lockOptions) pinBase(ctx context.Context, lock build.Lock, remote *build.Remote, base string, platforms []string) (build.Pinned, error) {
	known, ok := lock.Bases[base]
	for _, platform := range platforms {
		_, has := known.Platforms[platform]
		ok = ok && has
	}
	if ok && !o.update {
		return known, nil
	}
	task := o.app.printer().Start("resolving base image " + base)
	pinned, err := build.Pin(ctx, remote, base, platforms)
	if err != nil {
		task.Fail("failed")
		return build.Pinned{}, err
	}
	task.Done(pinned.Digest)
	return pinned, nil
}

// show says what is different from before.
func (o *lockOptions) show(before, after build.Lock) {
	old, now := entries(before), entries(after)
	changes := 0
	for _, name := range slices.Sorted(maps.Keys(merged(old, now))) {
		from, to := old[name], now[name]
		switch {
		case from == to:
			continue
		case from == "":
			fmt.Fprintf(o.app.Streams.Out, "added    %s  %s\n", streams.Safe(name), to)
		case to == "":
			fmt.Fprintf(o.app.Streams.Out, "removed  %s  %s\n", streams.Safe(name), from)
		default:
			fmt.Fprintf(o.app.Streams.Out, "changed  %s  %s -> %s\n", streams.Safe(name), from, to)
		}
		changes++
	}
	if changes == 0 {
		o.app.printer().Say("%s: nothing changed", pipeline.LockFile)
	}
}

// entries are what a lock pins, by name.
func entries(lock build.Lock) map[string]string {
	out := map[string]string{}
	for name, pinned := range lock.Bases {
		out[name] = pinned.Digest
	}
	for name, pinned := range lock.Images {
		out[name] = pinned.Digest
	}
	for image, platforms := range lock.Environments {
		for platform, facts := range platforms {
			out["base of "+image+" "+platform] = factsText(facts)
		}
	}
	for platform, digest := range lock.Step {
		out["gantline-step "+platform] = digest
	}
	return out
}

// factsText is what a base has, in short.
func factsText(facts build.Facts) string {
	if facts.Python == nil {
		return fmt.Sprintf("no Python, %d users", len(facts.Users))
	}
	libc := "glibc " + facts.Python.GLibc
	if facts.Python.Musl != "" {
		libc = "musl " + facts.Python.Musl
	}
	return fmt.Sprintf("%s %s, %s, %s, %d packages", facts.Python.Implementation, facts.Python.Version, libc, facts.Python.Machine, len(facts.Python.Installed))
}

func merged(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
