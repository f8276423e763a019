package objdiff

import (
	"encoding/json"
	"fmt"
)

// APIVersion and Kind head the JSON form of Changes.
const (
	APIVersion = "gantline.dev/v1"
	Kind       = "ObjectChanges"
)

// plain is Changes without its methods.
type plain Changes

type document struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	plain
}

// MarshalJSON implements json.Marshaler. The objects themselves are left out;
// fields, statements and counts are there.
func (c Changes) MarshalJSON() ([]byte, error) {
	return json.Marshal(document{APIVersion: APIVersion, Kind: Kind, plain: plain(c)})
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *Changes) UnmarshalJSON(raw []byte) error {
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		return fmt.Errorf("reading object changes: %w", err)
	}
	if doc.APIVersion != APIVersion || doc.Kind != Kind {
		return fmt.Errorf("reading object changes: apiVersion %q and kind %q, expected %q and %q",
			doc.APIVersion, doc.Kind, APIVersion, Kind)
	}
	*c = Changes(doc.plain)
	return nil
}
