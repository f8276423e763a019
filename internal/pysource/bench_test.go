package pysource

import (
	"os"
	"testing"
)

// BenchmarkRead reads sources that are installed with Python, as many as make
// 20 MB, one after the other.
func BenchmarkRead(b *testing.B) {
	_, roots := newestPython(b)
	var texts [][]byte
	size := 0
	for _, root := range roots {
		for _, file := range sources(root) {
			if size > 20<<20 {
				break
			}
			text, err := os.ReadFile(file)
			if err != nil {
				b.Fatal(err)
			}
			texts = append(texts, text)
			size += len(text)
		}
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	imports := 0
	for b.Loop() {
		imports = 0
		for _, text := range texts {
			file, _ := Read(text) // some of Python's own tests are no Python
			imports += len(file.Imports)
		}
	}
	if imports < len(texts) {
		b.Errorf("%d imports in %d files", imports, len(texts))
	}
	b.ReportMetric(float64(len(texts))*float64(b.N)/b.Elapsed().Seconds(), "files/s")
}
