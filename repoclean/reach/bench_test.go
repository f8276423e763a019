package reach

import (
	"fmt"
	"strings"
	"testing"

	"gantline.dev/gantline/internal/pysource"
)

// largeProject is 50,000 files, 5,000 of them Python with 10 MB in all.
func largeProject() Input {
	in := Input{Texts: map[string][]byte{}, Outside: []Text{{"flow.yaml", []byte("run: python -m pkg0.mod0\n")}}}
	body := strings.Repeat("    value = compute(value, key=\"name\", other='a.b')  # why\n", 28)
	for i := range 5000 {
		p := fmt.Sprintf("pkg%d/mod%d.py", i/50, i)
		var b strings.Builder
		for k := range 6 {
			to := (i*7 + k*131) % 5000
			fmt.Fprintf(&b, "from pkg%d import mod%d\nimport third.party%d\n", to/50, to, k)
		}
		fmt.Fprintf(&b, "PATH = \"data/part%d/file%d.bin\"\ndef f(value):\n%s", i%90, i, body)
		in.Paths = append(in.Paths, p)
		in.Texts[p] = []byte(b.String())
	}
	for i := range 44_000 {
		in.Paths = append(in.Paths, fmt.Sprintf("data/part%d/file%d.bin", i%90, i))
	}
	for i := range 1000 {
		p := fmt.Sprintf("conf/c%d.yaml", i)
		in.Paths = append(in.Paths, p)
		in.Texts[p] = []byte(strings.Repeat(fmt.Sprintf("_target_: pkg1.mod%d.Class\nfile: data/part1/file%d.bin\n", i, i), 10))
	}
	return in
}

// BenchmarkTrace measures all of Trace, BenchmarkRead what pysource has of it.
func BenchmarkTrace(b *testing.B) {
	in := largeProject()
	for b.Loop() {
		if len(Trace(in).Files) < 5000 {
			b.Fatal("files are missing")
		}
	}
}

// BenchmarkRead reads the same Python one file after the other.
func BenchmarkRead(b *testing.B) {
	in := largeProject()
	for b.Loop() {
		for p, text := range in.Texts {
			if kindOf(p) == python {
				if _, err := pysource.Read(text); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}
