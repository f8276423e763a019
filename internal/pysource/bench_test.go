package pysource

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkRead reads the case files, which have something of everything, over
// and over as one source.
func BenchmarkRead(b *testing.B) {
	files, err := filepath.Glob("/tmp/pysbench/*.py")
	if err != nil || len(files) == 0 {
		b.Fatal("no sources", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(filepath.Base(file), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Read(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	_ = bytes.Repeat
}
