// Command devcluster starts and ends test clusters: a real single-node
// Kubernetes with Argo Workflows, and Slurm if asked for, in namespaces of its
// own on this machine. e2e/README.md tells what it has and how to use it.
//
// Exit codes: 0 done, 1 failed, 2 the call or the machine needs a change that
// the message names.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/e2e/internal/cluster"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	err := command(os.Stdout, os.Stderr).ExecuteContext(ctx)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "devcluster:", err)
	var usage *cluster.UsageError
	var call callError
	if errors.As(err, &usage) || errors.As(err, &call) {
		os.Exit(2)
	}
	os.Exit(1)
}

// callError is a command line that can't be meant.
type callError struct{ error }

// where says which cluster a command is about.
type where struct{ name, dir string }

func (w where) base() (string, error) {
	if w.dir == "" {
		return cluster.DefaultBase()
	}
	return filepath.Abs(w.dir)
}

func (w where) folder() (cluster.Folder, error) {
	base, err := w.base()
	if err != nil {
		return "", err
	}
	return cluster.At(base, w.name)
}

func command(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:           "devcluster",
		Short:         "A real Kubernetes with Argo Workflows in namespaces of its own",
		SilenceUsage:  true,
		SilenceErrors: true,
		// An argument here is a command that does not exist.
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return callError{fmt.Errorf("there is no command %q; see: devcluster --help", args[0])}
			}
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return callError{err} })
	root.SetOut(stdout)
	root.SetErr(stderr)
	w := &where{}
	root.PersistentFlags().StringVar(&w.name, "name", "default", "the cluster's name; several run side by side")
	root.PersistentFlags().StringVar(&w.dir, "dir", "", "folder that clusters are kept in (default: gantline-cluster in the user's cache)")
	root.AddCommand(upCommand(w), downCommand(w), statusCommand(w), kubeconfigCommand(w), logsCommand(w))
	root.AddCommand(innerCommands()...)
	return root
}
