package build

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// merge lays layers, each written as tarOf reads it, on each other.
func merge(t testing.TB, layers ...string) Inside {
	t.Helper()
	var indexes []layerIndex
	for _, text := range layers {
		index, err := indexLayer(bytes.NewReader(tarOf(t, text)))
		if err != nil {
			t.Fatal(err)
		}
		indexes = append(indexes, index)
	}
	inside, err := mergeLayers(indexes)
	if err != nil {
		t.Fatal(err)
	}
	return inside
}

// hiddenText is the wasted paths in a line each: bytes, times, path, from which
// layer and by which.
func hiddenText(in Inside) string {
	var out strings.Builder
	for _, h := range in.Hidden {
		word := "replaced"
		if h.Deleted {
			word = "deleted"
		}
		out.WriteString(strings.Join([]string{h.Path, word, itoa(h.Bytes), itoa(h.Times), itoa(h.Layer) + ">" + itoa(h.By)}, " ") + "\n")
	}
	return out.String()
}

func TestWasted(t *testing.T) {
	for _, test := range []struct {
		name   string
		layers []string
		files  int
		bytes  int64
		hidden string
	}{
		{"nothing", []string{"a 5\nd/\nd/b 7"}, 2, 12, ""},
		{"no layer", nil, 0, 0, ""},
		{"an empty layer", []string{"", "a 1"}, 1, 1, ""},
		{"replaced", []string{"a 5", "a 6"}, 1, 6, "/a replaced 5 1 0>1\n"},
		{"replaced twice", []string{"a 5", "a 6", "a 7"}, 1, 7, "/a replaced 11 2 0>2\n"},
		{"deleted", []string{"d/a 5\nd/b 1", "d/.wh.a"}, 1, 1, "/d/a deleted 5 1 0>1\n"},
		{"a directory deleted", []string{"d/a 5\nd/e/b 1", ".wh.d"}, 0, 0, "/d/a deleted 5 1 0>1\n/d/e/b deleted 1 1 0>1\n"},
		{"deleted and made again", []string{"a 5", ".wh.a", "a 3"}, 1, 3, "/a replaced 5 1 0>1\n"},
		{"a whiteout is of lower layers alone", []string{"a 5", "a 6\n.wh.a"}, 1, 6, "/a replaced 5 1 0>1\n"},
		{"an opaque directory", []string{"d/a 5\nd/e/b 4\nk 1", "d/a 6\nd/.wh..wh..opq"}, 2, 7, "/d/a replaced 5 1 0>1\n/d/e/b deleted 4 1 0>1\n"},
		{"an opaque root", []string{"a 5", ".wh..wh..opq\nb 1"}, 1, 1, "/a deleted 5 1 0>1\n"},
		{"a file for a directory", []string{"d/a 5", "d 2"}, 1, 2, "/d/a deleted 5 1 0>1\n"},
		{"a directory for a file", []string{"d 5", "d/a 2"}, 1, 2, "/d replaced 5 1 0>1\n"},
		{"a link for a file", []string{"a 5", "a -> b"}, 0, 0, "/a replaced 5 1 0>1\n"},
		{"a directory's mode", []string{"d/\nd/a 5", "d/"}, 1, 5, ""},
		{"twice in one layer", []string{"a 5\na 6"}, 1, 6, "/a replaced 5 1 0>0\n"},
		{"a hard link keeps its file", []string{"a 5\nb => a", ".wh.a"}, 1, 5, ""},
		{"both names of a file are gone", []string{"a 5\nb => a", ".wh.a\n.wh.b"}, 0, 0, "/b deleted 5 1 0>1\n"},
		{"a hard link in a higher layer", []string{"a 5", "b => a\na 3"}, 2, 8, ""},
		{"a hard link to itself", []string{"a 5\na => a"}, 1, 5, ""},
		{"a hard link to nothing", []string{"a => gone", "a 1"}, 1, 1, ""},
		{"a whiteout of nothing", []string{"a 5", ".wh.b\nx/.wh.y\na/.wh.b"}, 1, 5, ""},
		{"what only old engines read", []string{"a 5", ".wh..wh.plnk\n.wh..wh.aufs 3"}, 1, 5, ""},
		{"whiteouts of no name", []string{"a 5", ".wh.\n.wh..\n.wh..."}, 1, 5, ""},
		{"paths that lead out", []string{"a 5\n../b 1\nd/../../c 2", "/a 3\n./b 1\n../../x/../c 1"}, 3, 5, "/a replaced 5 1 0>1\n/c replaced 2 1 0>1\n/b replaced 1 1 0>1\n"},
		{"the root itself", []string{"./\n/\na 5"}, 1, 5, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := merge(t, test.layers...)
			if diff := cmp.Diff(test.hidden, hiddenText(in)); diff != "" {
				t.Error(diff)
			}
			if in.Files != test.files || in.Bytes != test.bytes {
				t.Errorf("%d files of %d bytes, want %d of %d", in.Files, in.Bytes, test.files, test.bytes)
			}
			if in.Unpacked != in.Bytes+in.Wasted {
				t.Errorf("%d bytes unpacked are not %d and %d wasted", in.Unpacked, in.Bytes, in.Wasted)
			}
		})
	}
}

func TestDuplicates(t *testing.T) {
	for _, test := range []struct {
		name   string
		layers []string
		want   []InsideDuplicate
	}{
		{"none", []string{"a 20000\nb 20000 b"}, nil},
		{"across layers", []string{"a 20000", "d/b 20000"}, []InsideDuplicate{{20000, []string{"/a", "/d/b"}}}},
		{"the most wasteful first", []string{"a 20000\nb 20000\nc 20000\nx 30000 x\ny 30000 x"}, []InsideDuplicate{
			{20000, []string{"/a", "/b", "/c"}}, {30000, []string{"/x", "/y"}},
		}},
		{"what is hidden is no copy", []string{"a 20000\nb 20000", "b 1"}, nil},
		{"nor is a hard link", []string{"a 20000\nb => a"}, nil},
		{"nor what is small", []string{"a 16383\nb 16383"}, nil},
		{"nor what is empty", []string{"a 0\nb 0"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := merge(t, test.layers...)
			var sum int64
			for _, d := range test.want {
				sum += d.Wasted()
			}
			if diff := cmp.Diff(test.want, in.Duplicates); diff != "" || in.Copied != sum {
				t.Errorf("%d bytes copied, want %d\n%s", in.Copied, sum, diff)
			}
		})
	}
}

func TestInsideCut(t *testing.T) {
	in := merge(t, "a 5\nb 4\nc 20000\nd 20000\ne 20001 x\nf 20001 x", "a 1\nb 1").cut(1)
	if len(in.Largest) != 1 || len(in.Hidden) != 1 || in.MoreHidden != 1 || len(in.Duplicates) != 1 || in.MoreDuplicates != 1 {
		t.Errorf("cut to one is %+v", in)
	}
	if in.Wasted != 9 || in.Copied != 40001 {
		t.Errorf("the sums are cut too: %+v", in)
	}
}
