package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/e2e/internal/cluster"
)

func logsCommand(w *where) *cobra.Command {
	return &cobra.Command{
		Use:   "logs [COMPONENT]",
		Short: "Print a component's log, or the path of each; of the last run if the cluster is down",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := w.folder()
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return printLog(cmd.OutOrStdout(), folder, args[0])
			}
			return listLogs(cmd.OutOrStdout(), folder)
		},
	}
}

func listLogs(to io.Writer, folder cluster.Folder) error {
	paths, err := filepath.Glob(filepath.Join(folder.Logs(), "*.log"))
	if err != nil {
		return fmt.Errorf("looking for logs: %w", err)
	}
	if len(paths) == 0 {
		return fmt.Errorf("there are no logs of cluster %q in %q: it never ran", folder.Name(), folder.Logs())
	}
	for _, path := range paths {
		if _, err := fmt.Fprintln(to, path); err != nil {
			return err
		}
	}
	return nil
}

func printLog(to io.Writer, folder cluster.Folder, component string) error {
	file, err := os.Open(filepath.Join(folder.Logs(), filepath.Base(component)+".log"))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cluster %q has no component %q: devcluster logs lists them", folder.Name(), component)
	}
	if err != nil {
		return fmt.Errorf("opening a log: %w", err)
	}
	defer file.Close()
	if _, err := io.Copy(to, file); err != nil {
		return fmt.Errorf("printing a log: %w", err)
	}
	return nil
}
