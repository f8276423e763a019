package wheels

import (
	"fmt"
	"path"
	"strings"
)

// Metadata is what a package says of itself.
type Metadata struct {
	// Name and Version are as the package spells them.
	Name, Version string
	// RequiresPython is the specifier of interpreters that it runs on; empty is
	// any.
	RequiresPython string
	// Requires are the packages that it needs (PEP 508), as they stand there.
	Requires []string
}

// Metadata reads the wheel's METADATA.
func (w *Wheel) Metadata() (Metadata, error) {
	text, err := w.text(path.Join(w.distInfo, "METADATA"))
	if err != nil {
		return Metadata{}, fmt.Errorf("reading wheel %q: %w", w.file, err)
	}
	return ParseMetadata(text), nil
}

// checkMetadata holds what the package says of itself to its .dist-info
// directory, as installers do: later installers believe METADATA.
func (w *Wheel) checkMetadata() error {
	text, err := w.text(path.Join(w.distInfo, "METADATA"))
	if err != nil {
		return err
	}
	says := ParseMetadata(text)
	if Normalize(says.Name) != Normalize(w.Name) || !SameVersion(says.Version, strings.ReplaceAll(w.Version, "_", "-")) {
		return fmt.Errorf("its METADATA is that of %q %q, not of %s %s", says.Name, says.Version, w.Name, w.Version)
	}
	return nil
}

// ParseMetadata reads the text of a METADATA, as wheels have it and as indexes
// serve it beside them (PEP 658). What it doesn't know is passed over.
func ParseMetadata(text []byte) Metadata {
	var m Metadata
	for _, field := range metadataFields(string(text)) {
		switch strings.ToLower(field.name) {
		case "name":
			m.Name = field.value
		case "version":
			m.Version = field.value
		case "requires-python":
			m.RequiresPython = field.value
		case "requires-dist":
			m.Requires = append(m.Requires, field.value)
		}
	}
	return m
}

type metadataField struct{ name, value string }

// metadataFields reads "Name: value" lines up to the first empty one. Lines
// that begin with a space go on with the value before them.
func metadataFields(text string) []metadataField {
	var all []metadataField
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			break
		}
		if last := len(all) - 1; last >= 0 && (line[0] == ' ' || line[0] == '\t') {
			all[last].value = strings.TrimSpace(all[last].value + " " + strings.TrimSpace(line))
			continue
		}
		if name, value, ok := strings.Cut(line, ":"); ok {
			all = append(all, metadataField{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return all
}
