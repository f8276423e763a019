package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// output is the flags of an answer: its format and where it goes.
type output struct {
	formats []string
	format  string
	to      string
}

// bind adds -o and --to to a command; the first format is the default.
func (o *output) bind(cmd *cobra.Command, formats ...string) {
	o.formats = formats
	cmd.Flags().StringVarP(&o.format, "output", "o", formats[0], "format: "+strings.Join(formats, ", "))
	cmd.Flags().StringVar(&o.to, "to", "", "file to write to, instead of standard output")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

func (o *output) check() error {
	if slices.Contains(o.formats, o.format) {
		return nil
	}
	return usageError{fmt.Errorf("%q is no format here; choose one of %s", o.format, strings.Join(o.formats, ", "))}
}

// write calls the writer with where the answer goes. A file is replaced whole,
// or not at all.
func (o *output) write(stdout io.Writer, writer func(io.Writer) error) error {
	if o.to == "" {
		return writer(stdout)
	}
	temp, err := os.CreateTemp(filepath.Dir(o.to), "."+filepath.Base(o.to)+".*")
	if err != nil {
		return fmt.Errorf("writing %q: %w", o.to, err)
	}
	defer os.Remove(temp.Name())
	err = writer(temp)
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(temp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(temp.Name(), o.to)
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", o.to, err)
	}
	return nil
}

// writeJSON writes a value indented, as every JSON answer is.
func writeJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}

func hasFile(dir, name string) bool {
	if dir == "" {
		return false
	}
	info, err := os.Stat(filepath.Join(dir, name))
	return err == nil && info.Mode().IsRegular()
}
