package wheels

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// Format numbers the way in which wheels are laid out. It changes when the same
// wheel would give other files.
const Format = "1"

// Scheme is where an environment has what.
type Scheme struct {
	// Venv is the environment's directory, an absolute path.
	Venv string
	// Python is the interpreter's minor version: "3.11".
	Python string
}

// Entry is a file of an environment.
type Entry struct {
	// Path is absolute in the image, without the slash at its start.
	Path string
	// Mode is 0644 or 0755; a link has none.
	Mode int64
	// Link is where a symbolic link leads; empty for a file.
	Link string
	// Size is in bytes.
	Size int64
	// Hash is the SHA-256 of the content in hex; of a link, of where it leads.
	Hash string
	// Open reads the content, and fails at its end where that is not what the
	// wheel's RECORD promises.
	Open func() (io.ReadCloser, error)
}

func (s Scheme) python() string { return s.Venv + "/bin/python" }
func (s Scheme) site() string   { return s.Venv + "/lib/python" + s.Python + "/site-packages" }

// dir is where a directory of NAME.data goes.
func (s Scheme) dir(kind, name string) (string, bool) {
	switch kind {
	case "purelib", "platlib":
		return s.site(), true
	case "scripts":
		return s.Venv + "/bin", true
	case "data":
		return s.Venv, true
	case "headers":
		return s.Venv + "/include/site/python" + s.Python + "/" + name, true
	}
	return "", false
}

// Entries are the files that installing the wheel makes, by path: those that
// pip makes, with these differences: INSTALLER says gantline, programs have
// another text, scripts are executable whatever the archive says, and there is
// neither REQUESTED nor direct_url.json.
func (w *Wheel) Entries(scheme Scheme) ([]Entry, error) {
	l := &layout{wheel: w, scheme: scheme, installed: map[string]string{}, changed: map[string]bool{}}
	if err := l.all(); err != nil {
		return nil, fmt.Errorf("unpacking wheel %q: %w", w.file, err)
	}
	byPath := map[string]Entry{}
	for _, entry := range l.entries {
		byPath[entry.Path] = entry // of two the later one stays, as with pip
	}
	entries := slices.SortedFunc(maps.Values(byPath), func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	for _, entry := range entries {
		for dir := path.Dir(entry.Path); dir != "."; dir = path.Dir(dir) {
			if _, file := byPath[dir]; file {
				return nil, fmt.Errorf("unpacking wheel %q: /%s would be a file and the directory of /%s", w.file, dir, entry.Path)
			}
		}
	}
	return entries, nil
}

// layout is a wheel on its way to an environment.
type layout struct {
	wheel   *Wheel
	scheme  Scheme
	entries []Entry
	// installed are paths as the new RECORD has them, by path in the wheel.
	installed map[string]string
	// changed are paths in the wheel of files that got another content.
	changed map[string]bool
	// rows are those of the new RECORD.
	rows []recordRow
}

func (l *layout) all() error {
	points, err := l.wheel.entryPoints()
	if err != nil {
		return err
	}
	record := path.Join(l.wheel.distInfo, "RECORD")
	for _, member := range l.ordered() {
		if member.Name == record {
			l.installed[record] = record // written below, as pip does
			continue
		}
		if err := l.member(member, points); err != nil {
			return err
		}
	}
	for _, point := range forPython(points, l.scheme.Python) {
		l.generate(l.scheme.Venv+"/bin/"+point.name, 0o755, point.launcher(l.scheme.python()))
	}
	info := l.scheme.site() + "/" + l.wheel.distInfo
	l.generate(info+"/INSTALLER", 0o644, []byte("gantline\n"))
	l.keepRows()
	l.add(content(info+"/RECORD", 0o644, writeRecord(l.rows)))
	return nil
}

// ordered is the members in the order in which pip writes them: scripts last,
// and before them what is in no directory of NAME.data.
func (l *layout) ordered() []*zip.File {
	rank := func(member *zip.File) int {
		dir, rest, _ := strings.Cut(member.Name, "/")
		switch {
		case !strings.HasSuffix(dir, ".data"):
			return 0
		case strings.HasPrefix(rest, "scripts/"):
			return 2
		}
		return 1
	}
	members := slices.Clone(l.wheel.members)
	slices.SortStableFunc(members, func(a, b *zip.File) int { return cmp.Compare(rank(a), rank(b)) })
	return members
}

// keepRows takes over what the wheel's RECORD says of files that are as they
// were, with the paths that they have now. Rows of files that the wheel has not
// stay too, as with pip.
func (l *layout) keepRows() {
	for _, row := range l.wheel.rows {
		if l.changed[row.path] {
			delete(l.changed, row.path) // its new row is there
			continue
		}
		if at, ok := l.installed[row.path]; ok {
			delete(l.installed, row.path)
			row.path = at
		}
		l.rows = append(l.rows, row)
	}
	for _, at := range l.installed {
		l.rows = append(l.rows, recordRow{path: at})
	}
}

// member places one file of the archive.
func (l *layout) member(member *zip.File, points []entryPoint) error {
	at, script, err := l.place(member.Name)
	if err != nil {
		return err
	}
	if script {
		return l.script(member, at, points)
	}
	entry, err := l.wheel.entry(member, at)
	if err != nil {
		return err
	}
	l.installed[member.Name] = l.relative(at)
	l.add(entry)
	return nil
}

// place is where a path of the archive goes, and whether it is a script.
func (l *layout) place(name string) (at string, script bool, err error) {
	dir, rest, _ := strings.Cut(name, "/")
	if !strings.HasSuffix(dir, ".data") {
		return l.scheme.site() + "/" + name, false, nil
	}
	kind, rest, ok := strings.Cut(rest, "/")
	target, known := l.scheme.dir(kind, l.wheel.Name)
	if !ok || !known {
		return "", false, fmt.Errorf("%q is not in purelib, platlib, scripts, headers or data of %q", name, dir)
	}
	return target + "/" + rest, kind == "scripts", nil
}

// wrapperSuffixes are those that builds give to the programs that they make of
// entry points.
var wrapperSuffixes = []string{".exe", "-script.py", ".pya"}

// wraps is the name of the entry point that a script would be the program of.
func wraps(at string) string {
	name := path.Base(at)
	for _, suffix := range wrapperSuffixes {
		if strings.HasSuffix(strings.ToLower(name), suffix) {
			return name[:len(name)-len(suffix)]
		}
	}
	return name
}

// script places a script: what a package's build made for its entry points is
// left out, for they are made anew.
func (l *layout) script(member *zip.File, at string, points []entryPoint) error {
	name := wraps(at)
	if slices.ContainsFunc(points, func(p entryPoint) bool { return p.name == name }) {
		return nil
	}
	entry, err := l.wheel.entry(member, at)
	if err != nil {
		return err
	}
	entry.Mode = 0o755
	python, err := startsWithPython(member)
	if err != nil {
		return err
	}
	if !python {
		l.installed[member.Name] = l.relative(at)
		l.add(entry)
		return nil
	}
	text, err := readEntry(entry)
	if err != nil {
		return err
	}
	text, _ = withInterpreter(text, l.scheme.python())
	l.changed[member.Name] = true
	l.generate(at, 0o755, text)
	return nil
}

// readEntry reads a small file whole, and checks it as Open does.
func readEntry(entry Entry) ([]byte, error) {
	if entry.Size > maxMetadata {
		return nil, fmt.Errorf("the script /%s has %d bytes", strings.TrimPrefix(entry.Path, "/"), entry.Size)
	}
	content, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer content.Close()
	return io.ReadAll(content)
}

// startsWithPython says whether a script asks for Python in its first line.
func startsWithPython(member *zip.File) (bool, error) {
	content, err := member.Open()
	if err != nil {
		return false, fmt.Errorf("opening %q: %w", member.Name, err)
	}
	defer content.Close()
	start := make([]byte, len("#!python"))
	n, err := io.ReadFull(content, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, fmt.Errorf("reading %q: %w", member.Name, err)
	}
	_, python := withInterpreter(start[:n], "")
	return python, nil
}

// generate adds a file that is not in the archive as it is.
func (l *layout) generate(at string, mode int64, text []byte) {
	l.rows = append(l.rows, rowOf(l.relative(at), text))
	l.add(content(at, mode, text))
}

func (l *layout) add(entry Entry) {
	entry.Path = strings.TrimPrefix(entry.Path, "/")
	// There is a link lib64 in the environment, which a directory of that name in
	// a layer would replace.
	lib64 := strings.TrimPrefix(l.scheme.Venv, "/") + "/lib64/"
	if below, ok := strings.CutPrefix(entry.Path, lib64); ok {
		entry.Path = strings.TrimSuffix(lib64, "64/") + "/" + below
	}
	l.entries = append(l.entries, entry)
}

// relative is a path as RECORD has it: from site-packages.
func (l *layout) relative(at string) string {
	if below, ok := strings.CutPrefix(at, l.scheme.site()+"/"); ok {
		return below
	}
	return "../../../" + strings.TrimPrefix(at, l.scheme.Venv+"/")
}

// entryPoints are the programs that the wheel declares.
func (w *Wheel) entryPoints() ([]entryPoint, error) {
	member, ok := w.named[path.Join(w.distInfo, "entry_points.txt")]
	if !ok {
		return nil, nil
	}
	text, err := readMember(member)
	if err != nil {
		return nil, err
	}
	return parseEntryPoints(text)
}

// entry is a file of the archive. What RECORD says of it is believed until it
// is read, and then checked.
func (w *Wheel) entry(member *zip.File, at string) (Entry, error) {
	hash := w.record[member.Name].sha256()
	if hash == "" {
		var err error
		if hash, err = hashMember(member); err != nil {
			return Entry{}, err
		}
	}
	mode := int64(0o644)
	if executable(member) {
		mode = 0o755
	}
	return Entry{Path: at, Mode: mode, Size: int64(member.UncompressedSize64), Hash: hash, Open: func() (io.ReadCloser, error) {
		content, err := member.Open()
		if err != nil {
			return nil, fmt.Errorf("opening %q of wheel %q: %w", member.Name, w.file, err)
		}
		return &checked{ReadCloser: content, name: member.Name, want: hash, sum: sha256.New()}, nil
	}}, nil
}

// hashMember reads a file of the archive that RECORD has no hash of.
func hashMember(member *zip.File) (string, error) {
	content, err := member.Open()
	if err != nil {
		return "", fmt.Errorf("opening %q: %w", member.Name, err)
	}
	defer content.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, content); err != nil {
		return "", fmt.Errorf("reading %q: %w", member.Name, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// content is a file that is at hand.
func content(at string, mode int64, text []byte) Entry {
	sum := sha256.Sum256(text)
	return Entry{
		Path: strings.TrimPrefix(at, "/"), Mode: mode, Size: int64(len(text)), Hash: hex.EncodeToString(sum[:]),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil },
	}
}

// link is a symbolic link.
func link(at, to string) Entry {
	sum := sha256.Sum256([]byte(to))
	return Entry{Path: strings.TrimPrefix(at, "/"), Link: to, Hash: hex.EncodeToString(sum[:])}
}
