package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	o.bindFormat(cmd, formats...)
	cmd.Flags().StringVar(&o.to, "to", "", "file to write to, instead of standard output")
}

// bindFormat adds -o alone, for a command whose --to is another thing.
func (o *output) bindFormat(cmd *cobra.Command, formats ...string) {
	o.formats = formats
	cmd.Flags().StringVarP(&o.format, "output", "o", formats[0], "format: "+strings.Join(formats, ", "))
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
}

// check refuses a format that isn't there, and a place where no file can be
// made, before any work is done.
func (o *output) check() error {
	if slices.Contains(o.formats, o.format) {
		return o.checkPlace()
	}
	return usageError{fmt.Errorf("%q is no format here; choose one of %s", o.format, strings.Join(o.formats, ", "))}
}

func (o *output) checkPlace() error {
	if o.to == "" {
		return nil
	}
	if info, err := os.Stat(o.to); err == nil && info.IsDir() {
		return usageError{fmt.Errorf("writing %q: it is a directory; name a file in it", o.to)}
	}
	dir := filepath.Dir(o.to)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return usageError{fmt.Errorf("writing %q: there is no directory %q", o.to, dir)}
	}
	return nil
}

// write calls the writer with where the answer goes.
func (o *output) write(stdout io.Writer, writer func(io.Writer) error) error {
	if o.to == "" {
		return writer(stdout)
	}
	return replaceFile(o.to, writer)
}

// replaceFile makes a file of what the writer writes: whole, or not at all.
func replaceFile(path string, writer func(io.Writer) error) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	defer os.Remove(temp.Name())
	err = writer(temp)
	if err == nil {
		err = temp.Chmod(0o644)
	}
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", path, err)
	}
	return nil
}

// updateFile is replaceFile for content that is at hand. A file that has it
// already is left alone.
func updateFile(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	return replaceFile(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// header is what every JSON answer begins with.
type header struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

// headed is the header of a kind of answer.
func headed(kind string) header { return header{"gantline.dev/v1", kind} }

// nonNil is a list that JSON writes as [] where it is empty.
func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
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
