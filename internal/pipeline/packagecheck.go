package pipeline

import (
	"os"

	"gantline.dev/gantline/build/wheels"
)

// maxUnmet is how many requirements that aren't met are told one by one.
const maxUnmet = 10

// tellUnmet tells what installed packages need and don't have, as pip does after
// it has installed. It looks at the wheels that are on this machine, which are
// those of the layers that were made now and of earlier ones: none is fetched to
// be looked at. Of the others names and versions count.
func (o ownLayers) tellUnmet(store *packageStore, archives []wheels.Archive) {
	extras := map[string][]string{}
	for _, l := range o.locked.packages {
		extras[l.Name] = append(extras[l.Name], l.Extras...)
	}
	unmet := wheels.Check(o.facts.Python.Target, store.metadata(archives), extras)
	for _, u := range unmet[:min(len(unmet), maxUnmet)] {
		o.Means.Printer.Say("note: %s", u)
	}
	if more := len(unmet) - maxUnmet; more > 0 {
		o.Means.Printer.Say("note: and %d more such requirements", more)
	}
}

// metadata is what is known here of archives: of a wheel that is on this machine
// what it says of itself, of another one its name and version.
func (s *packageStore) metadata(archives []wheels.Archive) []wheels.Metadata {
	all := make([]wheels.Metadata, 0, len(archives))
	for _, a := range archives {
		m := wheels.Metadata{Name: a.Name, Version: a.Version}
		// One that can't be read fails its layer; this only tells.
		if read, err := readMetadata(s.here(a), a.File); err == nil {
			m.Requires, m.RequiresPython = read.Requires, read.RequiresPython
		}
		all = append(all, m)
	}
	return all
}

// here is where an archive is on this machine, or would be.
func (s *packageStore) here(a wheels.Archive) string {
	if path := s.madeHere(a); path != "" {
		return path
	}
	path, err := s.store.Path(a)
	if err != nil {
		return ""
	}
	return path
}

func readMetadata(path, file string) (wheels.Metadata, error) {
	if _, err := os.Stat(path); err != nil {
		return wheels.Metadata{}, err
	}
	wheel, err := wheels.OpenWheel(path, file)
	if err != nil {
		return wheels.Metadata{}, err
	}
	defer wheel.Close()
	return wheel.Metadata()
}
