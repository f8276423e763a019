package wheels

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
)

// Wheel is an open wheel file whose names have been looked at: none leads out
// of where it is unpacked.
type Wheel struct {
	// Name and Version are those of its .dist-info directory.
	Name, Version string

	file     string // for messages
	zip      *zip.ReadCloser
	members  []*zip.File // in the archive's order, directories left out
	distInfo string      // "idna-3.10.dist-info"
	data     string      // "idna-3.10.data"
	purelib  bool
	record   map[string]recordRow // by path in the archive
}

// maxMetadata is how many bytes of a wheel's own files are read: RECORD of the
// largest packages has some megabytes.
const maxMetadata = 64 << 20

// OpenWheel opens a wheel and reads what it says of itself. The name that the
// archive was published under is in messages, and must fit what is inside; the
// file's own name on this machine need not.
func OpenWheel(file, published string) (*Wheel, error) {
	reader, err := zip.OpenReader(file)
	if err != nil {
		return nil, fmt.Errorf("opening wheel %q: %w", published, err)
	}
	w := &Wheel{file: published, zip: reader}
	if err := w.read(); err != nil {
		reader.Close()
		return nil, fmt.Errorf("reading wheel %q: %w", published, err)
	}
	return w, nil
}

// Close closes the file. Entries can't be opened afterwards.
func (w *Wheel) Close() error { return w.zip.Close() }

func (w *Wheel) read() error {
	for _, check := range []func() error{w.list, w.identify, w.readWheelFile, w.readRecord} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// list takes the members that are files.
func (w *Wheel) list() error {
	seen := map[string]bool{}
	for _, member := range w.zip.File {
		if err := checkMember(member); err != nil {
			return err
		}
		name := strings.TrimSuffix(member.Name, "/")
		if seen[name] {
			return fmt.Errorf("it has %q twice", name)
		}
		seen[name] = true
		if !strings.HasSuffix(member.Name, "/") {
			w.members = append(w.members, member)
		}
	}
	for name := range seen {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if member, ok := w.member(dir); ok {
				return fmt.Errorf("%q is a file and the directory of %q", member.Name, name)
			}
		}
	}
	return nil
}

// checkMember refuses what would lie outside, or mean something else in a
// layer than in a directory.
func checkMember(member *zip.File) error {
	name := strings.TrimSuffix(member.Name, "/")
	switch {
	case name == "" || path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../"):
		return fmt.Errorf("it has the path %q, which is not one below where it is unpacked", member.Name)
	case strings.ContainsAny(name, "\\\x00\n\r"):
		return fmt.Errorf("it has the path %q, with a character that no package needs", member.Name)
	case !member.Mode().IsRegular() && !member.Mode().IsDir():
		return fmt.Errorf("%q is neither a file nor a directory", member.Name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".wh.") {
			return fmt.Errorf("it has the path %q: names that begin with .wh. delete files in images", member.Name)
		}
	}
	return nil
}

func (w *Wheel) member(name string) (*zip.File, bool) {
	for _, member := range w.members {
		if member.Name == name {
			return member, true
		}
	}
	return nil, false
}

// identify finds the one .dist-info directory, and holds it to the file's name.
func (w *Wheel) identify() error {
	for _, member := range w.members {
		dir, _, _ := strings.Cut(member.Name, "/")
		if !strings.HasSuffix(dir, ".dist-info") || dir == w.distInfo {
			continue
		}
		if w.distInfo != "" {
			return fmt.Errorf("it has both %q and %q", w.distInfo, dir)
		}
		w.distInfo = dir
	}
	stem, ok := strings.CutSuffix(w.distInfo, ".dist-info")
	name, version, both := strings.Cut(stem, "-")
	if !ok || !both {
		return errors.New("it has no NAME-VERSION.dist-info directory")
	}
	w.Name, w.Version, w.data = name, version, stem+".data"
	if says, ok := splitWheelName(filepath.Base(w.file)); ok && Normalize(says.name) != Normalize(name) {
		return fmt.Errorf("it holds %s, not %s", name, says.name)
	}
	return nil
}

// readWheelFile reads WHEEL: the format's version and whether the root is
// purelib.
func (w *Wheel) readWheelFile() error {
	text, err := w.text(path.Join(w.distInfo, "WHEEL"))
	if err != nil {
		return err
	}
	fields := headers(text)
	major, _, _ := strings.Cut(fields["wheel-version"], ".")
	if major != "1" {
		return fmt.Errorf("its format has version %q, only 1 is known", fields["wheel-version"])
	}
	w.purelib = strings.EqualFold(fields["root-is-purelib"], "true")
	return nil
}

// headers reads "Name: value" lines to the first empty one; names in lower case.
func headers(text []byte) map[string]string {
	fields := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxMetadata)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if key := strings.ToLower(strings.TrimSpace(name)); ok && fields[key] == "" {
			fields[key] = strings.TrimSpace(value)
		}
	}
	return fields
}

// text reads one of the wheel's own files whole.
func (w *Wheel) text(name string) ([]byte, error) {
	member, ok := w.member(name)
	if !ok {
		return nil, fmt.Errorf("it has no %q", name)
	}
	return readMember(member)
}

// readMember reads a small member whole.
func readMember(member *zip.File) ([]byte, error) {
	if member.UncompressedSize64 > maxMetadata {
		return nil, fmt.Errorf("%q has %d bytes", member.Name, member.UncompressedSize64)
	}
	content, err := member.Open()
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", member.Name, err)
	}
	defer content.Close()
	text, err := io.ReadAll(io.LimitReader(content, maxMetadata+1))
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", member.Name, err)
	}
	return text, nil
}
