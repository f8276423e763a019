package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSurplusIsTheOldest(t *testing.T) {
	now := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	at := func(name string, bytes int64, age time.Duration) content { return content{name, bytes, now.Add(-age)} }
	all := []content{at("middle", 20, 5*time.Hour), at("old", 10, 50*time.Hour), at("fresh", 40, time.Minute), at("new", 5, 2*time.Hour)}
	for _, test := range []struct {
		keep int64
		want []string
	}{
		{0, []string{"old", "middle", "new"}},
		{44, []string{"old", "middle", "new"}},
		{45, []string{"old", "middle"}},
		{65, []string{"old"}},
		{75, nil},
	} {
		var got []string
		for _, c := range surplus(all, test.keep, now.Add(-graceTime)) {
			got = append(got, c.path)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("keeping %d (-want +got):\n%s", test.keep, diff)
		}
	}
}

func TestReadContentsTakesOnlyContents(t *testing.T) {
	dir := t.TempDir()
	hash := strings.Repeat("0a", 32)
	wanted := []string{"0a/" + hash + ".whl", "0a/" + hash + ".tar.gz", "objects/0a/0a/" + hash, "sha256-" + hash}
	for _, name := range append([]string{"0a/" + hash + ".whl.part", "partial/" + hash, ".new-1", "lock", hash[1:]}, wanted...) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := readContents(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range found {
		name, err := filepath.Rel(dir, c.path)
		if err != nil || c.bytes != 5 {
			t.Errorf("%s has %d bytes (%v)", c.path, c.bytes, err)
		}
		got = append(got, name)
	}
	slices.Sort(got)
	slices.Sort(wanted)
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if none, err := readContents(filepath.Join(dir, "none")); err != nil || none != nil {
		t.Errorf("a directory that isn't there gave %v, %v", none, err)
	}
}
