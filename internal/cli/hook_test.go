package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestParsePushed(t *testing.T) {
	zero, some := strings.Repeat("0", 40), strings.Repeat("1a", 20)
	long := strings.Repeat("ab", 32)
	got, err := parsePushed(strings.NewReader("\nrefs/heads/a " + some + " refs/heads/b " + zero + "\n" +
		"(delete) " + zero + " refs/heads/old " + some + "\n" +
		"HEAD@{1 day ago} " + long + " refs/heads/é " + long + "\n\n"))
	want := []pushed{{some, "refs/heads/b", zero}, {zero, "refs/heads/old", some}, {long, "refs/heads/é", long}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	if got, err := parsePushed(strings.NewReader("")); err != nil || len(got) != 0 {
		t.Errorf("nothing is pushed: %v, %v", got, err)
	}
	for _, bad := range []string{"x", "a b c d", "refs/heads/a " + some + " refs/heads/b", "a " + some + " b " + some[1:]} {
		if _, err := parsePushed(strings.NewReader(bad)); ExitCode(err) != exitUsage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
