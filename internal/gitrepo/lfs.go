package gitrepo

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// MaxPointerBytes is the size below which a blob can be an LFS pointer; larger
// ones needn't be read to know that they are none.
const MaxPointerBytes = 1024

// Pointer stands in git for content that Git LFS keeps elsewhere.
type Pointer struct {
	// OID is the SHA-256 of the content, in hex.
	OID string
	// Size is the content's, in bytes.
	Size int64
	// Extended says that programs of the repository's own changed the content on
	// its way into Git LFS: what is kept there is not the file itself.
	Extended bool
}

// ParsePointer reads an LFS pointer: lines of key and value, version first, an
// oid and a size among the rest. Pointers that old clients wrote in another
// order or with carriage returns count too: what matters is that such a file
// is not the content it stands for. An empty file is not a pointer.
func ParsePointer(text []byte) (Pointer, bool) {
	if len(text) >= MaxPointerBytes {
		return Pointer{}, false
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if !isPointerVersion(strings.TrimSuffix(lines[0], "\r")) {
		return Pointer{}, false
	}
	p := Pointer{Size: -1}
	for _, line := range lines[1:] {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\r"), " ")
		if !ok {
			return Pointer{}, false
		}
		p.Extended = p.Extended || strings.HasPrefix(key, "ext-")
		switch key {
		case "oid":
			p.OID, ok = parseOID(value)
		case "size":
			var err error
			p.Size, err = strconv.ParseInt(value, 10, 64)
			ok = err == nil && p.Size >= 0
		}
		if !ok {
			return Pointer{}, false
		}
	}
	return p, p.OID != "" && p.Size >= 0
}

// isPointerVersion knows the three URLs that pointers were written with.
func isPointerVersion(line string) bool {
	switch line {
	case "version https://git-lfs.github.com/spec/v1",
		"version http://git-media.io/v/2",
		"version https://hawser.github.com/spec/v1":
		return true
	}
	return false
}

func parseOID(text string) (string, bool) {
	oid, ok := strings.CutPrefix(text, "sha256:")
	if _, err := hex.DecodeString(oid); err != nil || len(oid) != 64 || !ok {
		return "", false
	}
	return strings.ToLower(oid), true
}

// String is the pointer as git-lfs writes it, without extensions.
func (p Pointer) String() string {
	return "version https://git-lfs.github.com/spec/v1\noid sha256:" + p.OID + "\nsize " + strconv.FormatInt(p.Size, 10) + "\n"
}
