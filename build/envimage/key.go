package envimage

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Format numbers the way in which inputs become an image. It changes whenever
// equal inputs would give other layers: a changed script, order or setting.
// Images of another format are not found any more, and built anew.
const Format = 1

// Key is the hash, in hex, of everything that decides the image.
func Key(in Inputs) string {
	// Structs of strings, numbers and bytes always encode, in field order.
	data, _ := json.Marshal(struct {
		Format int    `json:"format"`
		Inputs Inputs `json:"inputs"`
	}{Format, in.normal()})
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Tag is the tag under which the image of these inputs is kept.
func Tag(in Inputs) string { return "env-" + Key(in) }
