package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/pipeline"
	"gantline.dev/gantline/render"
)

// bootstrapOptions are the flags of render --bootstrap.
type bootstrapOptions struct {
	on        bool
	target    string
	namespace string
}

func (b *bootstrapOptions) bind(a *app, cmd *cobra.Command) {
	cmd.Flags().BoolVar(&b.on, "bootstrap", false, "the accounts and rights that an administrator applies once")
	cmd.Flags().StringVar(&b.target, "target", "", "with --bootstrap: the cluster target whose namespace is meant")
	cmd.Flags().StringVar(&b.namespace, "namespace", "", "with --bootstrap: another namespace than the target's")
	_ = cmd.RegisterFlagCompletionFunc("target", a.completeTargets)
}

// check refuses flags that mean nothing together.
func (b *bootstrapOptions) check(o *renderOptions) error {
	switch {
	case !b.on && (b.target != "" || b.namespace != ""):
		return usageError{fmt.Errorf("--target and --namespace go with --bootstrap: rendered objects name neither")}
	case b.on && o.output.format != "yaml":
		return usageError{fmt.Errorf("--bootstrap is YAML alone: its comments are part of it")}
	case b.on && len(o.pins) > 0:
		return usageError{fmt.Errorf("--image pins flows, and --bootstrap renders none")}
	}
	return nil
}

func (o *renderOptions) writeBootstrap(ctx context.Context, rev string) error {
	opened, project, err := o.app.openValid(ctx, rev, false)
	if err != nil {
		return err
	}
	defer opened.Close()
	target, err := o.bootstrap.place(project)
	if err != nil {
		return err
	}
	text, err := render.Bootstrap(render.BootstrapOptions{
		Project: project.Config.Project, Namespace: target.Namespace, RunsOnly: target.RunsOnly, Flows: project.Flows,
	})
	if err != nil {
		return usageError{err}
	}
	return o.output.write(o.app.Streams.Out, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// place is the target with the namespace that is meant: the one named, or the
// only cluster there is. To the namespace of a branch others deploy.
func (b *bootstrapOptions) place(project *pipeline.Project) (config.Target, error) {
	target, err := b.chosen(project)
	if err != nil {
		return config.Target{}, err
	}
	target.RunsOnly = target.RunsOnly || target.Branch != ""
	if b.namespace != "" {
		target.Namespace = b.namespace
	}
	if target.Namespace == "" {
		return config.Target{}, usageError{fmt.Errorf("target %q is a branch: say with --namespace where its objects end", target.Name)}
	}
	return target, nil
}

func (b *bootstrapOptions) chosen(project *pipeline.Project) (config.Target, error) {
	if b.target != "" {
		return project.Target(b.target)
	}
	if b.namespace != "" {
		return config.Target{}, nil
	}
	var clusters []config.Target
	var names []string
	for _, target := range project.Config.Deploy.Targets {
		if target.IsCluster() {
			clusters, names = append(clusters, target), append(names, target.Name)
		}
	}
	switch len(clusters) {
	case 0:
		return config.Target{}, usageError{fmt.Errorf("gantline.yaml has no cluster target: say with --namespace what to prepare")}
	case 1:
		return clusters[0], nil
	}
	return config.Target{}, usageError{fmt.Errorf("say with --target which namespace to prepare: %s", strings.Join(names, ", "))}
}
