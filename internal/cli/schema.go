package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gantline.dev/gantline/build"
	"gantline.dev/gantline/internal/config"
	"gantline.dev/gantline/internal/report"
	"gantline.dev/gantline/workflows"
)

// namedSchema is a JSON schema: of a file that editors check with it, or of a
// document that a command writes.
type namedSchema struct {
	name string
	make func() ([]byte, error)
}

// schemas is those of files.
func schemas() []namedSchema {
	return []namedSchema{
		{"project", config.Schema},
		{"flow", workflows.Schema},
		{"lock", build.LockSchema},
	}
}

func (a *app) schemaCommand() *cobra.Command {
	all := append(schemas(), namedSchema{"audit", report.AuditSchema}, namedSchema{"files", report.FilesSchema})
	var names []string
	for _, s := range all {
		names = append(names, s.name)
	}
	return hidden(&cobra.Command{
		Use:       "schema " + strings.Join(names, "|"),
		Short:     "Print a JSON schema",
		Args:      exactlyOne(),
		ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			i := slices.Index(names, args[0])
			if i < 0 {
				return usageError{fmt.Errorf("there is no schema %q; choose one of %s", args[0], strings.Join(names, ", "))}
			}
			schema, err := all[i].make()
			if err != nil {
				return err
			}
			_, err = a.Streams.Out.Write(schema)
			return err
		},
	})
}
