package program

import (
	"io"
	"os"
	"strings"
)

// tailBytes bounds what Tail reads: ten lines of any of a node's programs.
const tailBytes = 8 << 10

// Tail is the last lines of the file, at most n of them and a few kilobytes,
// without a newline at the end; "" where the file can't be read.
func Tail(path string, n int) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	cut := false
	if info, err := file.Stat(); err == nil && info.Size() > tailBytes {
		_, err = file.Seek(-tailBytes, io.SeekEnd)
		cut = err == nil
	}
	data, err := io.ReadAll(io.LimitReader(file, tailBytes))
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	if cut && len(lines) > 1 {
		lines = lines[1:] // half a line
	}
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
