package builder

import (
	"fmt"
	"strconv"
	"strings"
)

// oldest is the first BuildKit that has what environments are built with: it
// answers what version it is, merges layers without a mount, and takes several
// exporters' attributes and times. Newer ones are used as they are.
var oldest = release{0, 13, 0}

// release is a version of BuildKit.
type release [3]int

func (r release) String() string { return fmt.Sprintf("v%d.%d.%d", r[0], r[1], r[2]) }

// before says whether r is older than s.
func (r release) before(s release) bool {
	for i := range r {
		if r[i] != s[i] {
			return r[i] < s[i]
		}
	}
	return false
}

// parseRelease reads "v0.34.2", "0.13.0-rc1" and "v0.12.5+3-g1234". A build
// that was given no version, "v0.0.0+unknown" or a commit's hash, is none.
func parseRelease(text string) (release, bool) {
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "v"), "+")
	text, _, _ = strings.Cut(text, "-")
	parts := strings.Split(text, ".")
	var r release
	if len(parts) != len(r) {
		return r, false
	}
	for i, part := range parts {
		number, err := strconv.Atoi(part)
		if err != nil || number < 0 {
			return release{}, false
		}
		r[i] = number
	}
	return r, r != release{}
}

// checkVersion refuses a daemon that is known to be too old.
func checkVersion(text string) error {
	if r, known := parseRelease(text); known && r.before(oldest) {
		return tooOld("it is BuildKit " + text)
	}
	return nil
}

// tooOld is the error about a daemon.
func tooOld(what string) error {
	return fmt.Errorf("%s, and Gantline needs %v or newer: update that daemon, or name another", what, oldest)
}
