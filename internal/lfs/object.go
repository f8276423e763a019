package lfs

import (
	"encoding/hex"
	"fmt"
)

// Object is the content that a pointer stands for.
type Object struct {
	// OID is the content's SHA-256, 64 lower-case hex digits.
	OID string
	// Size is the content's, in bytes.
	Size int64
}

// check refuses what can't be an object: OID becomes the name of a file.
func (o Object) check() error {
	if err := checkOID(o.OID); err != nil {
		return err
	}
	if o.Size < 0 {
		return fmt.Errorf("LFS object %s: a size of %d bytes", short(o.OID), o.Size)
	}
	return nil
}

func checkOID(oid string) error {
	raw, err := hex.DecodeString(oid)
	if err != nil || len(raw) != 32 || hex.EncodeToString(raw) != oid {
		return fmt.Errorf("%q is not the name of an LFS object: want 64 lower-case hex digits", oid)
	}
	return nil
}

// short is enough of an OID for a message.
func short(oid string) string { return oid[:min(12, len(oid))] }

// Progress is how far a Fetch has come. What was here already is not counted.
type Progress struct {
	// Objects are here of OfObjects that are fetched.
	Objects, OfObjects int
	// Bytes are here of OfBytes. They fall where a transfer is begun anew.
	Bytes, OfBytes int64
}
