package node

import (
	"context"
	"fmt"
	"os"

	"gantline.dev/gantline/e2e/internal/kubeapi"
	"gantline.dev/gantline/e2e/internal/program"
)

// Supervise is the second process of the node: it brings the cluster up, and
// then waits until one of its programs ends, which is the error that it ends
// with.
func Supervise(ctx context.Context, specFile string) error {
	reports := inherited(reportFD, "reports")
	err := supervise(ctx, specFile, reports)
	if err != nil {
		Report{Error: err.Error()}.Say(reports)
	}
	return err
}

func supervise(ctx context.Context, specFile string, reports *os.File) error {
	spec, err := Load(specFile)
	if err != nil {
		return err
	}
	admin, err := loadAdmin(spec)
	if err != nil {
		return err
	}
	client, err := kubeapi.New(serverInside(), admin.CA, admin.User)
	if err != nil {
		return err
	}
	b := bringUp{
		spec: spec, admin: admin, client: client,
		programs: program.NewSupervisor(spec.Logs()),
		say:      func(text string) { Report{Progress: text}.Say(reports) },
	}
	up := make(chan error, 1)
	go func() { up <- b.all(ctx) }()
	select {
	case err := <-up:
		if err != nil {
			return err
		}
	case err := <-b.programs.Ended():
		return fmt.Errorf("bringing the cluster up: %w", err)
	}
	Report{Ready: true}.Say(reports)
	return <-b.programs.Ended()
}
