package build

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/fakes/faultproxy"
)

// sourceFiles is n files of about size bytes each, which compress as source
// does.
func sourceFiles(n, size int) ([]File, memBlobs) {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	words := strings.Fields("def return self import torch for in range if else None batch loss model step data path = ( ) : , . [ ] 0 1 0.5")
	blobs := memBlobs{}
	var files []File
	for i := range n {
		var text strings.Builder
		for text.Len() < size {
			fmt.Fprintf(&text, "%s_%d ", words[rng.IntN(len(words))], rng.IntN(500))
			if rng.IntN(8) == 0 {
				text.WriteByte('\n')
			}
		}
		content := []byte(text.String())
		sum := sha1.Sum(content)
		hash := hex.EncodeToString(sum[:])
		blobs[hash] = content
		files = append(files, File{Path: fmt.Sprintf("pkg%d/mod%d.py", i%17, i), Mode: ModeFile, Hash: hash, Size: int64(len(content))})
	}
	return files, blobs
}

func BenchmarkCodeLayer(b *testing.B) {
	for _, c := range []struct{ files, size int }{{300, 7_000}, {5_000, 2_000}, {4, 5_000_000}} {
		files, blobs := sourceFiles(c.files, c.size)
		spec := treeSpec(files)
		b.Run(fmt.Sprintf("%dx%dB", c.files, c.size), func(b *testing.B) {
			recipes, err := WholeTree(blobs, nil).Code(spec)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(c.files * c.size))
			b.ReportAllocs()
			for b.Loop() {
				p, err := pack(context.Background(), recipes[0], b.TempDir())
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(p.content.size), "compressed-B")
				p.close()
			}
		})
	}
}

func BenchmarkKey(b *testing.B) {
	files, blobs := sourceFiles(10_000, 10)
	spec := treeSpec(files)
	for b.Loop() {
		if _, err := WholeTree(blobs, nil).Code(spec); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCodeOnlyCommit builds and pushes commits that change one of 300
// files on an environment of 60 layers, each in a build of its own that knows
// the environment and has the commit before as neighbour.
func BenchmarkCodeOnlyCommit(b *testing.B) {
	files, blobs := sourceFiles(300, 7_000)
	proxy := faultproxy.New(b, "http://"+newRegistry(b))
	spec := treeSpec(files)
	spec.Repository = proxy.Host() + "/agent/train"
	spec.Base.Environment = pushEnvironment(b, spec.Repository, 60)
	builder := standard(quick(b, nil, DirCache{b.TempDir()}), blobs)
	mustBuild(b, builder, spec)
	proxy.Reset()
	n := 0
	for b.Loop() {
		n++
		text := fmt.Sprintf("# version %d\n", n)
		sum := sha1.Sum([]byte(text))
		hash := hex.EncodeToString(sum[:])
		blobs[hash] = []byte(text)
		spec.Files[0].Hash, spec.Files[0].Size = hash, int64(len(text))
		spec.Neighbours = []string{spec.Commit}
		spec.Commit, spec.Origin.Commit = hash, hash
		if image := mustBuild(b, builder, spec); image.How != Built {
			b.Fatalf("image was %s", image.How)
		}
	}
	total := proxy.Counts().Total()
	b.ReportMetric(float64(total.Requests)/float64(n), "requests/op")
	b.ReportMetric(float64(total.In)/float64(n), "sent-B/op")
	b.ReportMetric(float64(total.Out)/float64(n), "received-B/op")
	b.Logf("per request:\n%s", proxy.Counts())
}
