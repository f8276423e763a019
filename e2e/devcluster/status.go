package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/e2e/internal/cluster"
)

// errNotRunning tells that a cluster can't be asked for what it has.
func errNotRunning(name string) error {
	return fmt.Errorf("cluster %q is not running: devcluster up --name %s starts it", name, name)
}

func statusCommand(w *where) *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Tell how a cluster is and where its parts are",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			state, err := read(w)
			if err != nil {
				return err
			}
			switch output {
			case "json":
				err = printJSON(cmd.OutOrStdout(), state)
			case "text":
				err = printText(cmd.OutOrStdout(), state)
			default:
				return fmt.Errorf("-o %s: want json or text", output)
			}
			if err == nil && !state.Running {
				return errNotRunning(state.Name)
			}
			return err
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}

func kubeconfigCommand(w *where) *cobra.Command {
	return &cobra.Command{
		Use:   "kubeconfig",
		Short: "Print the path of the administrator's kubeconfig",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			state, err := read(w)
			if err != nil {
				return err
			}
			if !state.Running {
				return errNotRunning(state.Name)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), state.Kubeconfig)
			return err
		},
	}
}

func read(w *where) (cluster.State, error) {
	folder, err := w.folder()
	if err != nil {
		return cluster.State{}, err
	}
	return cluster.Read(folder)
}

func printJSON(to io.Writer, state cluster.State) error {
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", "  ")
	return encoder.Encode(state)
}

func printText(to io.Writer, state cluster.State) error {
	status := "not running"
	switch {
	case state.Ready:
		status = "ready"
	case state.Running:
		status = "starting"
	}
	lines := [][2]string{
		{"cluster", state.Name}, {"status", status}, {"error", state.Error},
		{"API server", state.APIServer}, {"kubeconfig", state.Kubeconfig}, {"kubectl", state.Kubectl},
		{"registry", state.Registry},
		{"Kubernetes", state.Kubernetes}, {"Argo", state.Argo}, {"Argo's CRDs", state.CRDs},
		{"logs", state.Logs}, {"audit log", state.AuditLog},
	}
	if !state.Since.IsZero() {
		lines = append(lines, [2]string{"since", state.Since.Local().Format(time.DateTime)}, [2]string{"pid", fmt.Sprint(state.PID)})
	}
	if s := state.SSH; s != nil {
		lines = append(lines,
			[2]string{"Slurm", fmt.Sprintf("ssh -p %d -i %s -o UserKnownHostsFile=%s %s@%s", s.Port, s.Identity, s.KnownHosts, s.User, s.Host)},
			[2]string{"", "from pods: " + s.User + "@" + s.Inside})
	}
	for _, line := range lines {
		if line[1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(to, "%-12s %s\n", line[0], line[1]); err != nil {
			return err
		}
	}
	return nil
}
