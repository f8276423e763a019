package build

// Pull is what a node does for an image that has another one already.
type Pull struct {
	// Layers and Bytes are what it downloads: compressed layers that it lacks.
	Layers int   `json:"layers"`
	Bytes  int64 `json:"bytes"`
	// Unpacked and UnpackedBytes are the layers, by their compressed bytes, that
	// it unpacks: all above the first that differs, for a layer is unpacked onto
	// what lies below it. A node whose containerd discards layers once they are
	// unpacked downloads as much.
	Unpacked      int   `json:"unpacked"`
	UnpackedBytes int64 `json:"unpackedBytes"`
}

// PullOf compares the layers of an image, lowest first, with those of one that
// a node has.
func PullOf(layers, had []Layer) Pull {
	have := map[string]bool{}
	for _, l := range had {
		have[l.Digest] = true
	}
	var p Pull
	same := true
	for i, l := range layers {
		same = same && i < len(had) && had[i].Digest == l.Digest
		if !same {
			p.Unpacked++
			p.UnpackedBytes += l.Size
		}
		if !have[l.Digest] {
			have[l.Digest] = true
			p.Layers++
			p.Bytes += l.Size
		}
	}
	return p
}
