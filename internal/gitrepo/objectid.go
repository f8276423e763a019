package gitrepo

import (
	"encoding/hex"
	"strings"
)

// ObjectID is an object's name as bytes, for the streams that name millions.
// A SHA-1 fills the first 20 bytes and leaves the others zero, so that names of
// both formats compare and serve as keys. The zero value names no object.
type ObjectID [32]byte

// ParseObjectID reads a full name in lower-case hex, of either format.
func ParseObjectID(text string) (ObjectID, bool) { return parseID([]byte(text)) }

func parseID(text []byte) (id ObjectID, ok bool) {
	if len(text) != 40 && len(text) != 64 {
		return id, false
	}
	_, err := hex.Decode(id[:], text)
	return id, err == nil
}

// Hex is the name as git writes it in this repository.
func (r *Repo) Hex(id ObjectID) string { return hex.EncodeToString(id[:r.hashBytes()]) }

// idLines is names as lines for a process to read.
func (r *Repo) idLines(ids []ObjectID) *strings.Reader {
	var lines strings.Builder
	lines.Grow(len(ids) * (2*r.hashBytes() + 1))
	buf := make([]byte, 0, 2*len(ObjectID{})+1)
	for _, id := range ids {
		buf = append(hex.AppendEncode(buf[:0], id[:r.hashBytes()]), '\n')
		lines.Write(buf)
	}
	return strings.NewReader(lines.String())
}

// ShallowCommits is the commits at whose parents a shallow clone is cut off;
// empty in any other.
func (r *Repo) ShallowCommits() map[ObjectID]bool {
	cut := make(map[ObjectID]bool, len(r.shallow))
	for _, hash := range r.shallow {
		if id, ok := ParseObjectID(hash); ok {
			cut[id] = true
		}
	}
	return cut
}
