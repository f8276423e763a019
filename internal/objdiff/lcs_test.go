package objdiff

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLines(t *testing.T) {
	tests := []struct{ name, before, after, want string }{
		{"same", "a\nb\n", "a\nb\n", " a\n b\n"},
		{"nothing", "", "", ""},
		{"all new", "", "a\nb\n", "+a\n+b\n"},
		{"all gone", "a", "", "-a\n"},
		{"middle", "a\nb\nc\nd\n", "a\nB\nc\nd\n", " a\n-b\n+B\n c\n d\n"},
		{"end of file newline", "a\n", "a", " a\n"},
		{"empty lines count", "a\n\nb", "a\nb", " a\n-\n b\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got strings.Builder
			for _, line := range Lines(test.before, test.after) {
				got.WriteString(map[Op]string{"": " ", Added: "+", Removed: "-"}[line.Op] + line.Text + "\n")
			}
			if diff := cmp.Diff(test.want, got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAlignIsShortest compares against the longest common subsequence found by
// trying everything.
func TestAlignIsShortest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const letters = "abc"
	text := func() string {
		out := make([]byte, random.IntN(8))
		for i := range out {
			out[i] = letters[random.IntN(len(letters))]
		}
		return string(out)
	}
	for range 500 {
		a, b := text(), text()
		common, i, j := 0, 0, 0
		for _, e := range align(len(a), len(b), func(i, j int) bool { return a[i] == b[j] }) {
			switch {
			case e.base == i && e.head == j && a[i] == b[j]:
				common, i, j = common+1, i+1, j+1
			case e.base == i && e.head < 0:
				i++
			case e.head == j && e.base < 0:
				j++
			default:
				t.Fatalf("%s, %s: %v is out of turn", a, b, e)
			}
		}
		if i != len(a) || j != len(b) || common != longest(a, b) {
			t.Fatalf("%s, %s: %d in common, %d,%d reached", a, b, common, i, j)
		}
	}
}

func longest(a, b string) int {
	if a == "" || b == "" {
		return 0
	}
	if a[0] == b[0] {
		return 1 + longest(a[1:], b[1:])
	}
	return max(longest(a[1:], b), longest(a, b[1:]))
}

func TestAlignOfHugeLists(t *testing.T) {
	n := 5000
	edits := align(n, n, func(i, j int) bool { return i == j && (i == 0 || i == n-1) })
	if len(edits) != 2+2*(n-2) {
		t.Errorf("%d edits", len(edits))
	}
	if first, last := edits[0], edits[len(edits)-1]; first != (edit{0, 0}) || last != (edit{n - 1, n - 1}) {
		t.Errorf("the common ends are %v and %v", first, last)
	}
}
