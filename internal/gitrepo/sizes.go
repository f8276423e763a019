package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Stored is one object of the store, as the bulk streams give it.
type Stored struct {
	ID ObjectID
	// Type is commit, tree, blob or tag; "" is an object that git lists or was
	// asked for and can't read.
	Type string
	// Size is the content's in bytes, Packed what it takes on disk, as a
	// difference to another object perhaps; a repack changes that.
	Size, Packed int64
}

// sizeFormat is what cat-file says about an object.
const sizeFormat = "--batch-check=%(objectname) %(objecttype) %(objectsize) %(objectsize:disk)"

// EachStored streams everything in the store in no order: what no ref leads to
// and what is borrowed from other repositories too. The value that visit gets
// is good until it returns.
func (r *Repo) EachStored(ctx context.Context, visit func(*Stored) error) error {
	inv := r.invocation("cat-file", "--batch-all-objects", "--unordered", "--buffer", sizeFormat)
	if err := eachSize(ctx, inv, visit); err != nil {
		return fmt.Errorf("listing objects: %w", err)
	}
	return nil
}

// LookUp asks for some objects, in their order. In a partial clone they have to
// be here: git would try to fetch another, and end. An object that isn't here
// has no Type.
func (r *Repo) LookUp(ctx context.Context, ids []ObjectID, visit func(*Stored) error) error {
	if len(ids) == 0 {
		return nil
	}
	inv := r.invocation("cat-file", "--buffer", sizeFormat)
	inv.in = r.idLines(ids)
	if err := eachSize(ctx, inv, visit); err != nil {
		return fmt.Errorf("looking up %d objects: %w", len(ids), err)
	}
	return nil
}

func eachSize(ctx context.Context, inv invocation, visit func(*Stored) error) error {
	return stream(ctx, inv, func(out *bufio.Reader) error {
		lines := fieldReader{out: bufio.NewReaderSize(out, streamBuffer), delim: '\n'}
		var o Stored
		for {
			line, err := lines.next()
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil // the exit status tells why it ended
			}
			if err != nil {
				return err
			}
			if err := parseSizes(line, &o); err != nil {
				return err
			}
			if err := visit(&o); err != nil {
				return err
			}
		}
	})
}

// parseSizes reads a line in sizeFormat.
func parseSizes(line []byte, o *Stored) error {
	name, rest, _ := bytes.Cut(line, []byte(" "))
	id, ok := parseID(name)
	if !ok {
		return fmt.Errorf("git answered %q", line)
	}
	*o = Stored{ID: id}
	kind, rest, _ := bytes.Cut(rest, []byte(" "))
	if o.Type = objectType(kind); o.Type == "" {
		return nil // "missing", or a type that no git knows
	}
	size, packed, _ := bytes.Cut(rest, []byte(" "))
	var ok1, ok2 bool
	o.Size, ok1 = parseDecimal(size)
	o.Packed, ok2 = parseDecimal(packed)
	if !ok1 || !ok2 {
		return fmt.Errorf("git answered %q", line)
	}
	return nil
}

func objectType(text []byte) string {
	switch string(text) {
	case "commit":
		return "commit"
	case "tree":
		return "tree"
	case "blob":
		return "blob"
	case "tag":
		return "tag"
	}
	return ""
}

// parseDecimal reads a number that is not negative and fits.
func parseDecimal(text []byte) (int64, bool) {
	const short = 18 // digits that always fit
	if len(text) == 0 || len(text) > short {
		n, err := strconv.ParseInt(string(text), 10, 64)
		return n, err == nil && n >= 0
	}
	var n int64
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// EachText reads many objects into memory, one after the other, and calls visit
// with each one's text, which is good until visit returns; nil is an object that
// is no blob, is larger than limit or can't be found. It answers how many were
// visited: after an error, the next one is what git could not read. It fetches
// nothing in a partial clone.
func (r *Repo) EachText(ctx context.Context, ids []ObjectID, limit int64, visit func(i int, text []byte)) (done int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	inv := r.invocation("cat-file", "--batch", "--buffer")
	inv.in = r.idLines(ids)
	err = stream(ctx, inv, func(out *bufio.Reader) error {
		answers := fieldReader{out: bufio.NewReaderSize(out, streamBuffer), delim: '\n'}
		for done < len(ids) {
			text, err := answers.blob(ids[done], limit)
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil // the exit status tells why it ended
			}
			if err != nil {
				return fmt.Errorf("reading object %s: %w", r.Hex(ids[done]), err)
			}
			visit(done, text)
			done++
		}
		return nil
	})
	if err == nil && done < len(ids) {
		err = fmt.Errorf("reading object %s: git ended within it", r.Hex(ids[done]))
	}
	return done, err
}

// errLength is a content that is not followed by what should follow.
var errLength = errors.New("it is not as long as its head says; check the repository with git fsck")

// blob reads one answer of cat-file --batch.
func (f *fieldReader) blob(id ObjectID, limit int64) ([]byte, error) {
	head, err := f.next()
	if err != nil {
		return nil, err
	}
	name, _, _ := bytes.Cut(head, []byte(" "))
	if got, ok := parseID(name); !ok || got != id {
		return nil, errLength // the one before, by chance followed by a newline
	}
	o, ok := parseHeader(string(head))
	if !ok {
		return nil, nil // "missing"
	}
	if o.kind != "blob" || o.size > limit {
		if _, err := io.CopyN(io.Discard, f.out, o.size); err != nil {
			return nil, err
		}
		return nil, f.newline()
	}
	f.long = slices.Grow(f.long[:0], int(o.size))[:o.size]
	if _, err := io.ReadFull(f.out, f.long); err != nil {
		return nil, err
	}
	return f.long, f.newline()
}

// newline reads what follows a content.
func (f *fieldReader) newline() error {
	c, err := f.out.ReadByte()
	if err == nil && c != '\n' {
		err = errLength
	}
	return err
}

// NewObjects is the objects that a selection reaches and what it leaves out
// doesn't, as git would send them in a push: what the last commits before the
// range hold is not new, but what an older one held and they don't is.
// Objects that are not in this clone come with here false; nothing is fetched.
func (r *Repo) NewObjects(ctx context.Context, sel Selection, visit func(id ObjectID, here bool)) error {
	args, err := sel.args(r)
	if err != nil {
		return err
	}
	inv := r.invocation(append([]string{"rev-list", "--objects", "--no-object-names", "--missing=print"}, args...)...)
	err = scan(ctx, inv, '\n', func(line string) error {
		name, missing := strings.CutPrefix(line, "?")
		id, ok := ParseObjectID(strings.TrimSuffix(name, " "))
		if !ok {
			return fmt.Errorf("git answered %q", line)
		}
		visit(id, !missing)
		return nil
	})
	if err != nil {
		return fmt.Errorf("listing the objects that are new: %w", err)
	}
	return nil
}
