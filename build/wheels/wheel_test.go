package wheels

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"slices"
	"strings"
	"testing"
)

// Wheels that aren't what they should be are refused when they are opened.
func TestRefusedWheels(t *testing.T) {
	lacks := func(name string) []part {
		return slices.DeleteFunc(goodParts(), func(p part) bool { return p.name == "demo-1.0.dist-info/"+name })
	}
	says := func(wheel string) []part {
		return []part{{name: "demo-1.0.dist-info/WHEEL", text: wheel}, {name: "demo-1.0.dist-info/RECORD"}}
	}
	metadata := func(text string) []part {
		return append(lacks("METADATA"), part{name: "demo-1.0.dist-info/METADATA", text: text})
	}
	for _, c := range []struct {
		name, want string
		parts      []part
	}{
		{"leads out", "which is not one below", goodParts(part{name: "../evil.py"})},
		{"leads out further down", "which is not one below", goodParts(part{name: "demo/../../evil.py"})},
		{"the directory above", "which is not one below", goodParts(part{name: ".."})},
		{"a directory that leads out", "which is not one below", goodParts(part{name: "../evil/"})},
		{"absolute", "which is not one below", goodParts(part{name: "/etc/passwd"})},
		{"no name", "which is not one below", goodParts(part{name: ""})},
		{"only a slash", "which is not one below", goodParts(part{name: "/"})},
		{"an empty part", "which is not one below", goodParts(part{name: "demo//a.py"})},
		{"a dot", "which is not one below", goodParts(part{name: "./a.py"})},
		{"backslash", "no package needs", goodParts(part{name: `..\evil.py`})},
		{"end of line", "no package needs", goodParts(part{name: "demo/a\nb.py"})},
		{"zero byte", "no package needs", goodParts(part{name: "demo/a.py\x00.txt"})},
		{"another encoding", "no package needs", goodParts(part{name: "demo/caf\x82.py"})},
		{"symbolic link", "neither a file nor a directory", goodParts(part{name: "demo/link", text: "/etc", mode: 0o120777})},
		{"device", "neither a file nor a directory", goodParts(part{name: "demo/device", mode: 0o020666})},
		{"pipe", "neither a file nor a directory", goodParts(part{name: "demo/pipe", mode: 0o010666})},
		{"the same file twice", `it has "demo/__init__.py" twice`, goodParts(part{name: "demo/__init__.py"})},
		{"a file that is a directory", `"demo" is a file and the directory of`, goodParts(part{name: "demo"})},
		{"a file that is an empty directory", `"empty" is a file and a directory`, goodParts(part{name: "empty/"}, part{name: "empty"})},
		{"whiteout", "delete files in images", goodParts(part{name: "demo/.wh.a.py"})},
		{"whiteout of a directory", "delete files in images", goodParts(part{name: ".wh.demo/a.py"})},
		{"opaque", "delete files in images", goodParts(part{name: "demo/.wh..wh..opq"})},
		{"another package", "it holds other, not demo", []part{{name: "other-1.0.dist-info/WHEEL", text: wheelText}}},
		{"another version", "it holds version 2.0, not 1.0", []part{{name: "demo-2.0.dist-info/WHEEL", text: wheelText}}},
		{"two packages", `it has both "demo-1.0.dist-info" and "other-2.dist-info"`, goodParts(part{name: "other-2.dist-info/WHEEL", text: wheelText})},
		{"no package", "it has no NAME-VERSION.dist-info directory", []part{{name: "demo/__init__.py"}}},
		{"no version", "it has no NAME-VERSION.dist-info directory", []part{{name: "demo.dist-info/WHEEL", text: wheelText}}},
		{"nothing", "it has no NAME-VERSION.dist-info directory", nil},
		{"no WHEEL", `it has no "demo-1.0.dist-info/WHEEL"`, lacks("WHEEL")},
		{"no RECORD", `it has no "demo-1.0.dist-info/RECORD"`, lacks("RECORD")},
		{"no METADATA", `it has no "demo-1.0.dist-info/METADATA"`, lacks("METADATA")},
		{"the metadata of another package", `its METADATA is that of "other" "1.0", not of demo 1.0`, metadata("Name: other\nVersion: 1.0\n")},
		{"the metadata of another version", `its METADATA is that of "demo" "1.1", not of demo 1.0`, metadata("Name: demo\nVersion: 1.1\n")},
		{"metadata without a version", `its METADATA is that of "Demo" ""`, metadata("Name: Demo\n")},
		{"a later format", `its format has version "2.0", only 1 is known`, says("Wheel-Version: 2.0\n")},
		{"a format without a number", `its format has version ""`, says("Generator: x\n")},
		{"a RECORD that is no table", "reading its RECORD", []part{
			{name: "demo-1.0.dist-info/WHEEL", text: wheelText}, {name: "demo-1.0.dist-info/RECORD", text: "a,\"b\n"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, zipped(t, c.parts), c.want) })
	}
	refused(t, []byte("<html>404</html>"), "not a valid zip file")
	cut := zipped(t, goodParts())
	refused(t, cut[:len(cut)-30], "not a valid zip file")
}

func refused(t *testing.T, archive []byte, want string) {
	t.Helper()
	wheel, err := OpenWheel(onDisk(t, archive), demoFile)
	if err == nil {
		wheel.Close()
	}
	if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), demoFile) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// What an archive's headers say is not believed.
func TestLyingHeaders(t *testing.T) {
	const member = "demo/data.bin"
	refused(t, withRaw(t, raw{name: member, flags: 1}), "is encrypted")
	refused(t, withRaw(t, raw{name: member, size: 1 << 40}), "more than 32 GB")
	refused(t, withRaw(t, raw{name: member, size: 1<<64 - 2}), "more than 32 GB")
	// An archive from a system without modes may have them all the same.
	refused(t, withRaw(t, raw{name: member, unixMode: 0o120777, creatorWrote: 0}), "neither a file nor a directory")

	packed := deflated(t, bytes.Repeat([]byte("a"), 1<<20))
	for name, r := range map[string]raw{
		"less than there is": {name: member, data: packed, size: 10, method: zip.Deflate},
		"more than there is": {name: member, data: packed, size: 1 << 21, method: zip.Deflate},
		"another checksum":   {name: member, data: []byte("abc"), size: 3, crc: 7},
		"unknown method":     {name: member, data: []byte("abc"), size: 3, method: 99},
	} {
		wheel, err := OpenWheel(onDisk(t, withRaw(t, r)), demoFile)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		// RECORD has no row of it, so its hash is asked for at once.
		if entries, err := wheel.Entries(venv311); err == nil || !strings.Contains(err.Error(), member) {
			t.Errorf("%s: %d entries, %v", name, len(entries), err)
		}
		wheel.Close()
	}
}

// Members that share compressed bytes make a small archive unpack to anything.
func TestOverlappingMembers(t *testing.T) {
	const name = "demo/zeros.bin"
	archive := withRaw(t, raw{name: name, data: deflated(t, make([]byte, 1<<20)), size: 1 << 20, method: zip.Deflate})
	refused(t, directoryTwice(t, archive, name), "share bytes")
}

// directoryTwice lists one member a second time under another name of the same
// length.
func directoryTwice(t *testing.T, archive []byte, name string) []byte {
	t.Helper()
	const signature = "PK\x01\x02"
	start := bytes.LastIndex(archive, []byte(signature)) // the member is the last one
	end := bytes.LastIndex(archive, []byte("PK\x05\x06"))
	if start < 0 || end < start || !bytes.Contains(archive[start:end], []byte(name)) {
		t.Fatal("the archive isn't as expected")
	}
	entry := archive[start:end]
	again := bytes.Replace(entry, []byte(name), []byte(strings.ToUpper(name)), 1)
	tail := slices.Clone(archive[end:])
	tail[8]++ // the number of members, twice
	tail[10]++
	size := len(again)
	for i := 12; i < 16; i++ { // and the length of their directory
		size += int(tail[i]) << (8 * (i - 12))
	}
	for i := 12; i < 16; i++ {
		tail[i] = byte(size >> (8 * (i - 12)))
	}
	return slices.Concat(archive[:end], again, tail)
}

func deflated(t testing.TB, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err == nil {
		_, err = w.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A hash in RECORD is believed until the file is read.
func TestRecordThatLies(t *testing.T) {
	parts := goodParts()
	parts[0].text += "# changed since\n"
	entries, err := opened(t, parts).Entries(venv311)
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, entry := range entries {
		content, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			failed = append(failed, entry.Path+": "+err.Error())
		}
		content.Close()
	}
	if len(failed) != 1 || !strings.Contains(failed[0], `demo/__init__.py: "demo/__init__.py" is not what the wheel's RECORD says`) {
		t.Errorf("got %q", failed)
	}
}

// A script's content is read when the wheel is laid out, and checked then.
func TestScriptThatLies(t *testing.T) {
	parts := goodParts(part{name: "demo-1.0.data/scripts/run", text: "#!python\n"})
	for i := range parts {
		if strings.HasSuffix(parts[i].name, "/run") {
			parts[i].text += "import evil\n"
		}
	}
	if _, err := opened(t, parts).Entries(venv311); err == nil || !strings.Contains(err.Error(), "is not what the wheel's RECORD says") {
		t.Errorf("got %v", err)
	}
}

func TestOddWheelsThatAreGood(t *testing.T) {
	for name, parts := range map[string][]part{
		"directories twice":                goodParts(part{name: "demo/"}, part{name: "demo/"}, part{name: "empty/"}),
		"another package's metadata below": goodParts(part{name: "demo/_vendor/other-2.dist-info/METADATA"}),
		"another package's data":           goodParts(part{name: "Demo-1.data/purelib/more.py"}),
		"a dot at the start":               goodParts(part{name: "demo/.hidden/..x"}),
	} {
		if got := files(t, opened(t, parts)); got["lib/python3.11/site-packages/demo/__init__.py"] == "" {
			t.Errorf("%s: %v", name, got)
		}
	}
	// A name that isn't a wheel's says nothing that could differ.
	wheel, err := OpenWheel(onDisk(t, zipped(t, goodParts())), "archive.zip")
	if err != nil || wheel.Name != "demo" || wheel.Version != "1.0" {
		t.Errorf("%+v, %v", wheel, err)
	}
	wheel.Close()
	wheel, err = OpenWheel(onDisk(t, zipped(t, goodParts())), "Demo-1.0.0-py3-none-any.whl")
	if err != nil {
		t.Fatal(err)
	}
	wheel.Close()
}

func FuzzOpenWheel(f *testing.F) {
	f.Add(zipped(f, goodParts(part{name: "demo-1.0.data/scripts/run", text: "#!python\n"})))
	f.Add(zipped(f, goodParts(part{name: "demo-1.0.dist-info/entry_points.txt", text: "[console_scripts]\nx = demo:main\n"})))
	f.Add(withRaw(f, raw{name: "demo/x", data: []byte("abc"), size: 3, crcIsOfData: true}))
	f.Fuzz(func(t *testing.T, archive []byte) {
		wheel, err := OpenWheel(onDisk(t, archive), demoFile)
		if err != nil {
			return
		}
		defer wheel.Close()
		entries, err := wheel.Entries(venv311)
		if err != nil {
			return
		}
		for i, entry := range entries {
			if !strings.HasPrefix(entry.Path, "opt/venv/") || strings.Contains("/"+entry.Path+"/", "/../") || strings.Contains("/"+entry.Path, "/.wh.") {
				t.Errorf("%q is outside", entry.Path)
			}
			if i > 0 && entries[i-1].Path >= entry.Path {
				t.Errorf("%q comes after %q", entry.Path, entries[i-1].Path)
			}
		}
	})
}

func FuzzHeaders(f *testing.F) {
	f.Add([]byte(wheelText))
	f.Add([]byte("A: b\r\nA: c\r\n\r\nD: e"))
	f.Fuzz(func(t *testing.T, text []byte) {
		before, _, _ := bytes.Cut(text, []byte("\n\n"))
		got := headers(text)
		for name, value := range got {
			if name != strings.ToLower(strings.TrimSpace(name)) || value != strings.TrimSpace(value) {
				t.Errorf("%q: %q", name, value)
			}
		}
		if len(headers(before)) > len(got) {
			t.Errorf("more of the start than of all")
		}
	})
}
