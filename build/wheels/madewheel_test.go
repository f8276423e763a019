package wheels

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// part is a member of a wheel that a test makes.
type part struct {
	name, text string
	mode       uint32 // as Unix has it; 0 is a regular file's 0644
}

// wheelText is a WHEEL that is accepted.
const wheelText = "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"

// goodParts are those of a wheel of demo 1.0: its own files, and more.
func goodParts(more ...part) []part {
	return recorded(append([]part{
		{name: "demo/__init__.py", text: "def main(): print('demo')\n"},
		{name: "demo-1.0.dist-info/METADATA", text: "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"},
		{name: "demo-1.0.dist-info/WHEEL", text: wheelText},
	}, more...)...)
}

// recorded are the parts and their RECORD. Signatures have no hash there.
func recorded(parts ...part) []part {
	const record = "demo-1.0.dist-info/RECORD"
	var rows []recordRow
	for _, p := range parts {
		if strings.HasSuffix(p.name, "/") {
			continue
		}
		row := rowOf(p.name, []byte(p.text))
		if strings.HasPrefix(p.name, record) {
			row = recordRow{path: p.name}
		}
		rows = append(rows, row)
	}
	rows = append(rows, recordRow{path: record})
	return append(parts, part{name: record, text: string(writeRecord(rows))})
}

// zipped is an archive of the parts.
func zipped(t testing.TB, parts []part) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, p := range parts {
		if p.mode == 0 {
			p.mode = unixFile | 0o644
		}
		member, err := w.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, CreatorVersion: 3 << 8, ExternalAttrs: p.mode << 16})
		if err == nil {
			_, err = io.WriteString(member, p.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// raw is a member whose header says of it what it wants.
type raw struct {
	name         string
	data         []byte
	size         uint64 // said to be its size unpacked
	flags        uint16
	method       uint16
	crc          uint32
	crcIsOfData  bool
	unixMode     uint32
	creatorWrote uint16
}

// add writes the member.
func (r raw) add(t testing.TB, w *zip.Writer) {
	t.Helper()
	if r.crcIsOfData {
		r.crc = crc32.ChecksumIEEE(r.data)
	}
	member, err := w.CreateRaw(&zip.FileHeader{
		Name: r.name, Method: r.method, Flags: r.flags, CRC32: r.crc, CompressedSize64: uint64(len(r.data)), UncompressedSize64: r.size,
		ExternalAttrs: r.unixMode << 16, CreatorVersion: r.creatorWrote,
	})
	if err == nil {
		_, err = member.Write(r.data)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// withRaw is a good wheel with one such member.
func withRaw(t testing.TB, r raw) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, p := range goodParts() {
		member, err := w.Create(p.name)
		if err == nil {
			_, err = io.WriteString(member, p.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	r.add(t, w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// onDisk is a file with the archive.
func onDisk(t testing.TB, archive []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(file, archive, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

const demoFile = "demo-1.0-py3-none-any.whl"

// opened is a wheel of the parts, closed when the test ends.
func opened(t testing.TB, parts []part) *Wheel {
	t.Helper()
	wheel, err := OpenWheel(onDisk(t, zipped(t, parts)), demoFile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wheel.Close() })
	return wheel
}

var venv311 = Scheme{Venv: "/opt/venv", Python: "3.11"}

// files are what a wheel's files have in them, by path below the environment.
func files(t testing.TB, wheel *Wheel) map[string]string {
	t.Helper()
	entries, err := wheel.Entries(venv311)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, entry := range entries {
		text, err := readEntry(entry)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(text)) != entry.Size || sum(string(text)) != entry.Hash {
			t.Errorf("%s has %d bytes with sha256 %s, not %d with %s", entry.Path, len(text), sum(string(text)), entry.Size, entry.Hash)
		}
		texts[strings.TrimPrefix(entry.Path, "opt/venv/")] = string(text)
	}
	return texts
}
