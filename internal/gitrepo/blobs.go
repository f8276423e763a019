package gitrepo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
)

// BlobReader reads objects through one git process. It serves one goroutine;
// each worker of a pool opens its own.
type BlobReader struct {
	ctx     context.Context
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	stderr  *tail
	partial bool
	open    *object // being read; nil between objects
	once    bool    // one call of Each is all: git then ends, and waits for nothing
	broken  error   // why the process can't be used any more
}

// Blobs starts a process that reads objects. Close ends it.
func (r *Repo) Blobs(ctx context.Context) (*BlobReader, error) {
	return r.catFile(ctx, "--batch")
}

func (r *Repo) catFile(ctx context.Context, args ...string) (*BlobReader, error) {
	cmd := command(ctx, r.invocation(append([]string{"cat-file"}, args...)...))
	b := &BlobReader{ctx: ctx, cmd: cmd, stderr: &tail{}, partial: r.Partial()}
	cmd.Stderr = b.stderr
	var err error
	if b.in, err = cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting git cat-file: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting git cat-file: %w", err)
	}
	b.out = bufio.NewReaderSize(out, 64<<10)
	if err := cmd.Start(); err != nil {
		return nil, failure(ctx, "cat-file", b.stderr, err)
	}
	return b, nil
}

// Read is the whole content of a blob. An object that isn't there is a
// MissingError; in a partial clone that ends the reader (see Prefetch).
func (b *BlobReader) Read(hash string) ([]byte, error) {
	rc, size, err := b.Open(hash)
	if err != nil {
		return nil, err
	}
	defer rc.Close()
	data := make([]byte, size)
	if _, err := io.ReadFull(rc, data); err != nil {
		return nil, fmt.Errorf("reading object %s: %w", hash, err)
	}
	return data, rc.Close()
}

// Open streams a blob whose size is given in bytes. The reader must be closed
// before the next object is asked for; closing early skips the rest.
func (b *BlobReader) Open(hash string) (rc io.ReadCloser, size int64, err error) {
	o, err := b.ask(hash)
	if err != nil {
		return nil, 0, err
	}
	if o.kind != "blob" {
		kind := o.kind
		if err := o.Close(); err != nil {
			return nil, 0, err
		}
		return nil, 0, fmt.Errorf("reading object %s: it is a %s, not a blob", hash, kind)
	}
	return o, o.size, nil
}

// ask requests one object by a name that git understands.
func (b *BlobReader) ask(name string) (*object, error) {
	if strings.ContainsAny(name, "\n\x00") {
		return nil, &MissingError{Hash: name}
	}
	if b.broken != nil {
		return nil, b.broken
	}
	if _, err := io.WriteString(b.in, name+"\n"); err != nil {
		return nil, b.fail(err)
	}
	return b.answer(name)
}

// answer reads the head of the next object.
func (b *BlobReader) answer(name string) (*object, error) {
	if b.broken != nil {
		return nil, b.broken
	}
	if b.open != nil {
		return nil, fmt.Errorf("reading object %s: the object before it, %s, is not closed", name, b.open.hash)
	}
	line, err := b.out.ReadString('\n')
	if err != nil {
		err = b.fail(err)
		if b.partial && strings.Contains(b.stderr.String(), "promisor remote") {
			// git gives up where an object could have been fetched but may not be.
			b.broken = &MissingError{Hash: name, Partial: true}
			return nil, b.broken
		}
		return nil, err
	}
	o, ok := parseHeader(line)
	if !ok {
		return nil, &MissingError{Hash: name, Partial: b.partial}
	}
	o.from, o.left = b, o.size
	b.open = o
	return o, nil
}

// parseHeader reads "hash type size". Anything else says that there is no such
// object, or more than one.
func parseHeader(line string) (*object, bool) {
	fields := strings.Split(strings.TrimSuffix(line, "\n"), " ")
	if len(fields) != 3 {
		return nil, false
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || size < 0 {
		return nil, false
	}
	return &object{hash: fields[0], kind: fields[1], size: size}, true
}

// fail ends the use of a process that answered no more.
func (b *BlobReader) fail(err error) error {
	b.in.Close()
	if waited := b.cmd.Wait(); waited != nil {
		err = waited
	}
	b.broken = failure(b.ctx, "cat-file", b.stderr, err)
	if strings.Contains(b.stderr.String(), "corrupt") {
		b.broken = fmt.Errorf("%w; check the repository with git fsck", b.broken)
	}
	return b.broken
}

// Close ends the process. How it ends says nothing about what was read, so
// there is no error; closing again does nothing.
func (b *BlobReader) Close() {
	if b.broken != nil {
		return
	}
	b.broken = fmt.Errorf("reading objects: the reader is closed")
	if b.open != nil {
		b.kill() // the rest of the object may be gigabytes
		return
	}
	b.in.Close()
	_ = b.cmd.Wait()
}

// kill ends the process whatever it is doing.
func (b *BlobReader) kill() {
	b.in.Close()
	_ = b.cmd.Process.Kill() // it may have ended by itself
	_ = b.cmd.Wait()
}

// object is one object on its way out of the process.
type object struct {
	hash, kind string
	size, left int64
	from       *BlobReader
	done       bool
}

// Read implements io.Reader.
func (o *object) Read(p []byte) (int, error) {
	if o.left == 0 || o.done {
		return 0, io.EOF
	}
	n, err := o.from.out.Read(p[:min(int64(len(p)), o.left)])
	o.left -= int64(n)
	if err != nil {
		return n, o.from.fail(err)
	}
	return n, nil
}

// Close skips what was not read, so that the next object can be asked for.
func (o *object) Close() error {
	if o.done {
		return nil
	}
	o.done = true
	o.from.open = nil
	if o.from.broken != nil {
		return o.from.broken
	}
	if _, err := io.CopyN(io.Discard, o.from.out, o.left); err != nil {
		return o.from.fail(err)
	}
	// One newline follows the content, unless that is not as long as it says.
	end, err := o.from.out.ReadByte()
	if err != nil {
		return o.from.fail(err)
	}
	if end != '\n' {
		err := fmt.Errorf("reading object %s: it is not as long as its head says; check the repository with git fsck", o.hash)
		o.from.abandon(err)
		return err
	}
	return nil
}
