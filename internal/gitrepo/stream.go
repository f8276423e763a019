package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
)

// errStop, returned by a consumer, ends a process early and is no error.
var errStop = errors.New("stop")

// stream runs git and hands its output to consume while it is written. When
// consume returns before the end, the process is stopped.
func stream(ctx context.Context, inv invocation, consume func(*bufio.Reader) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	cmd := command(ctx, inv)
	stderr := &tail{}
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return failure(ctx, inv.name(), stderr, err)
	}
	consumed := consume(bufio.NewReaderSize(out, 64<<10))
	if consumed != nil {
		cancel(consumed)
		_ = cmd.Wait() // killed by the line above
		if errors.Is(consumed, errStop) {
			return nil
		}
		return consumed
	}
	if err := cmd.Wait(); err != nil {
		return failure(ctx, inv.name(), stderr, err)
	}
	return nil
}

// scan runs git and calls visit for each record that ends with the delimiter.
func scan(ctx context.Context, inv invocation, delim byte, visit func(string) error) error {
	return stream(ctx, inv, func(out *bufio.Reader) error {
		for {
			record, err := readRecord(out, delim)
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := visit(record); err != nil {
				return err
			}
		}
	})
}

// readRecord is the bytes up to the delimiter, which is left out. A record cut
// short by the end of the output is dropped: the exit status tells why.
func readRecord(out *bufio.Reader, delim byte) (string, error) {
	record, err := out.ReadString(delim)
	if err != nil {
		return "", io.EOF
	}
	return strings.TrimSuffix(record, string(delim)), nil
}
