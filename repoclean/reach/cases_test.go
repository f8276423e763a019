package reach

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what is found into the cases")

// caseInput is the input of a case: each file of the archive is one of the
// context. "outside NAME" is one that isn't, "link NAME" a link to its text,
// "unread NAME" a file whose text is not handed over; "want" is the answer.
func caseInput(archive *txtar.Archive) Input {
	in := Input{Texts: map[string][]byte{}, Links: map[string]string{}}
	for _, f := range archive.Files {
		what, name, ok := strings.Cut(f.Name, " ")
		switch {
		case what == "want":
		case ok && what == "outside":
			in.Outside = append(in.Outside, Text{name, f.Data})
		case ok && what == "link":
			in.Paths = append(in.Paths, name)
			in.Links[name] = strings.TrimSpace(string(f.Data))
		case ok && what == "unread":
			in.Paths = append(in.Paths, name)
		default:
			in.Paths = append(in.Paths, f.Name)
			if Wants(f.Name, int64(len(f.Data)), strings.HasPrefix(string(f.Data), "#!")) {
				in.Texts[f.Name] = f.Data
			}
		}
	}
	return in
}

// print writes a result for people who compare it.
func print(r Result) string {
	var b strings.Builder
	for _, p := range slices.Sorted(maps.Keys(r.Files)) {
		f := r.Files[p]
		fmt.Fprintf(&b, "%s: %s\n", p, f.Class)
		for _, s := range f.Chain {
			place := s.Path
			if s.Line > 0 {
				place = fmt.Sprintf("%s:%d", s.Path, s.Line)
			}
			fmt.Fprintf(&b, "    %s\n", strings.TrimSpace(place+" "+s.How))
		}
	}
	return b.String()
}

func TestTrace(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := print(Trace(caseInput(archive)))
			last := &archive.Files[len(archive.Files)-1]
			if last.Name != "want" {
				t.Fatal("the last file of a case is what is wanted")
			}
			if *update {
				last.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(last.Data), got); diff != "" {
				t.Errorf("want, got:\n%s", diff)
			}
		})
	}
}
