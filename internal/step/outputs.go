package step

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"gantline.dev/gantline/internal/wire"
)

// prepareOutputs makes the directories and takes away what an earlier attempt
// in the same place left, so that nobody reads that as this attempt's.
func prepareOutputs(at places, outputs []wire.Output) error {
	for _, dir := range []string{at.outputs, at.encoded} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making the directory for outputs: %w", err)
		}
		for _, output := range outputs {
			if err := os.RemoveAll(filepath.Join(dir, output.Name)); err != nil {
				return fmt.Errorf("removing output %q of an earlier attempt: %w", output.Name, err)
			}
		}
	}
	return nil
}

// collectOutputs checks all outputs and, if every one is good, writes them
// encoded. It gives the size of each encoded output in bytes. The error names
// every bad output and holds no value.
func collectOutputs(at places, outputs []wire.Output) (map[string]int, error) {
	encoded := map[string]string{}
	var problems []error
	for _, output := range outputs {
		value, err := readOutput(filepath.Join(at.outputs, output.Name), output)
		if err != nil {
			problems = append(problems, fmt.Errorf("reading output %q: %w", output.Name, err))
		}
		encoded[output.Name] = value
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	sizes := map[string]int{}
	for name, value := range encoded {
		if err := writeFile(filepath.Join(at.encoded, name), value); err != nil {
			return nil, fmt.Errorf("writing output %q: %w", name, err)
		}
		sizes[name] = len(value)
	}
	return sizes, nil
}

// readOutput is one output, encoded.
func readOutput(file string, output wire.Output) (string, error) {
	content, err := readFile(file)
	var value string
	switch {
	case errors.Is(err, fs.ErrNotExist) && output.Default != nil:
		value = wire.Escape(*output.Default)
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("the step wrote no file $%s/%s", wire.OutputsVar, output.Name)
	case err != nil:
		return "", err
	default:
		if value, err = encodeOutput(output.Type, content); err != nil {
			return "", err
		}
	}
	if len(value) > wire.MaxValueBytes {
		return "", tooLarge(fmt.Sprintf("%d bytes once encoded", len(value)))
	}
	return value, nil
}

func tooLarge(size string) error {
	return fmt.Errorf("it has %s, and an output at most %d; store the content elsewhere and put its address out", size, wire.MaxValueBytes)
}

// readFile reads a regular file that is not larger than an output can be. A
// pipe or device in its place must not block the step.
func readFile(file string) (content string, err error) {
	f, err := os.OpenFile(file, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", reason(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return "", reason(err)
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("it is not a regular file")
	}
	data, err := io.ReadAll(io.LimitReader(f, wire.MaxValueBytes+1))
	if err != nil {
		return "", reason(err)
	}
	if len(data) > wire.MaxValueBytes {
		return "", tooLarge(fmt.Sprintf("%d bytes", max(info.Size(), int64(len(data)))))
	}
	return string(data), nil
}

// reason drops the path, which the caller names in a shorter way.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// writeFile makes the file whole or not at all.
func writeFile(file, content string) error {
	temp, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return reason(err)
	}
	_, err = temp.WriteString(content)
	err = errors.Join(err, temp.Chmod(0o644), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}
