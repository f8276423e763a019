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

// LayerPull is what a node does for one layer.
type LayerPull string

// The ways to have a layer, the cheapest first.
const (
	PullNothing  LayerPull = "has"     // it is there, unpacked
	PullUnpacks  LayerPull = "unpacks" // its bytes are there, and what lies below it differs
	PullDownload LayerPull = "pulls"   // its bytes are downloaded, and unpacked
)

// PullOf compares the layers of an image, lowest first, with those of one that
// a node has.
func PullOf(layers, had []Layer) Pull {
	var p Pull
	for i, how := range LayerPulls(layers, had) {
		if how != PullNothing {
			p.Unpacked++
			p.UnpackedBytes += layers[i].Size
		}
		if how == PullDownload {
			p.Layers++
			p.Bytes += layers[i].Size
		}
	}
	return p
}

// LayerPulls is PullOf for each of the layers.
func LayerPulls(layers, had []Layer) []LayerPull {
	have := map[string]bool{}
	for _, l := range had {
		have[l.Digest] = true
	}
	pulls := make([]LayerPull, 0, len(layers))
	same := true
	for i, l := range layers {
		same = same && i < len(had) && had[i].Digest == l.Digest
		switch {
		case !have[l.Digest]:
			pulls = append(pulls, PullDownload)
		case same:
			pulls = append(pulls, PullNothing)
		default:
			pulls = append(pulls, PullUnpacks)
		}
		have[l.Digest] = true
	}
	return pulls
}
