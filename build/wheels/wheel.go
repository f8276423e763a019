package wheels

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Wheel is an open wheel file whose names have been looked at: none leads out
// of where it is unpacked.
type Wheel struct {
	// Name and Version are those of its .dist-info directory.
	Name, Version string

	file     string // for messages
	zip      *zip.ReadCloser
	members  []*zip.File // in the archive's order, directories left out
	named    map[string]*zip.File
	distInfo string               // "idna-3.10.dist-info"
	rows     []recordRow          // of RECORD
	record   map[string]recordRow // the same by path in the archive
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
	for _, check := range []func() error{w.list, w.identify, w.readWheelFile, w.readRecord, w.checkMetadata} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// maxUnpacked is how many bytes the files of a wheel may have together: ten
// times what the largest packages have.
const maxUnpacked = 32 << 30

// list takes the members that are files.
func (w *Wheel) list() error {
	w.named = make(map[string]*zip.File, len(w.zip.File))
	var total uint64
	for _, member := range w.zip.File {
		if err := checkMember(member); err != nil {
			return err
		}
		if strings.HasSuffix(member.Name, "/") {
			continue // what is in it has it as its parent
		}
		if w.named[member.Name] != nil {
			return fmt.Errorf("it has %q twice", member.Name)
		}
		w.named[member.Name] = member
		w.members = append(w.members, member)
		// Compared one by one, so that no sum overflows.
		if total += min(member.UncompressedSize64, maxUnpacked+1); total > maxUnpacked {
			return fmt.Errorf("its files have more than %d GB", maxUnpacked>>30)
		}
	}
	for _, member := range w.zip.File {
		name := strings.TrimSuffix(member.Name, "/")
		if name != member.Name && w.named[name] != nil {
			return fmt.Errorf("%q is a file and a directory", name)
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if w.named[dir] != nil {
				return fmt.Errorf("%q is a file and the directory of %q", dir, name)
			}
		}
	}
	return w.checkOverlap()
}

// checkOverlap refuses an archive whose members share bytes, which is how a
// small one unpacks to more than compression can do.
func (w *Wheel) checkOverlap() error {
	members := slices.Clone(w.zip.File)
	starts := make(map[*zip.File]int64, len(members))
	for _, member := range members {
		start, err := member.DataOffset()
		if err != nil {
			return fmt.Errorf("finding %q: %w", member.Name, err)
		}
		starts[member] = start
	}
	slices.SortFunc(members, func(a, b *zip.File) int { return cmp.Compare(starts[a], starts[b]) })
	for i := 1; i < len(members); i++ {
		before, next := members[i-1], members[i]
		if uint64(starts[next]-starts[before]) < before.CompressedSize64 {
			return fmt.Errorf("%q and %q share bytes", before.Name, next.Name)
		}
	}
	return nil
}

// The upper half of a member's attributes is a mode as Unix has it, whichever
// system made the archive: installers look at nothing else.
const (
	unixType      = 0o170000
	unixFile      = 0o100000
	unixDirectory = 0o040000
)

// executable says whether a member is a file that is marked as a program.
func executable(member *zip.File) bool {
	mode := member.ExternalAttrs >> 16
	return mode&unixType == unixFile && mode&0o111 != 0
}

// checkMember refuses what would lie outside, or mean something else in a
// layer than in a directory.
func checkMember(member *zip.File) error {
	name := strings.TrimSuffix(member.Name, "/")
	switch {
	case name == "" || path.IsAbs(name) || path.Clean(name) != name || name == ".." || strings.HasPrefix(name, "../"):
		return fmt.Errorf("it has the path %q, which is not one below where it is unpacked", member.Name)
	case strings.ContainsAny(name, "\\\x00\n\r") || !utf8.ValidString(name):
		return fmt.Errorf("it has the path %q, with a character that no package needs", member.Name)
	case !slices.Contains([]uint32{0, unixFile, unixDirectory}, member.ExternalAttrs>>16&unixType):
		return fmt.Errorf("%q is neither a file nor a directory", member.Name)
	case member.Flags&1 != 0:
		return fmt.Errorf("%q is encrypted", member.Name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".wh.") {
			return fmt.Errorf("it has the path %q: names that begin with .wh. delete files in images", member.Name)
		}
	}
	return nil
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
	w.Name, w.Version = name, version
	says, ok := splitWheelName(filepath.Base(w.file))
	switch {
	case !ok:
		return nil
	case Normalize(says.name) != Normalize(name):
		return fmt.Errorf("it holds %s, not %s", name, says.name)
	case !SameVersion(says.version, strings.ReplaceAll(version, "_", "-")):
		return fmt.Errorf("it holds version %s, not %s", version, says.version)
	}
	return nil
}

// readWheelFile reads WHEEL, of which the format's version counts: whether the
// root is purelib or platlib is one in a virtual environment.
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
	member, ok := w.named[name]
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
