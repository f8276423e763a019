package build

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// lockCommand mends every refusal of a lock.
const lockCommand = "gantline lock --update"

// LockReason says why a lock does not fit.
type LockReason string

// The reasons of a LockError.
const (
	LockMissing   LockReason = "missing"    // the lock has no entry
	LockMoved     LockReason = "moved"      // a name means another image now
	LockOtherStep LockReason = "other-step" // this tool's gantline-step is another one
	LockOtherBase LockReason = "other-base" // what the lock knows is of another base, or of other system packages
)

// LockError is a lock that does not fit what is to be built. It is a refusal,
// not a failure: the user decides whether what changed is wanted.
type LockError struct {
	Reason LockReason
	// Subject is what the lock is asked about.
	Subject string
	// Locked and Found are the two digests where there are two.
	Locked, Found string
}

// Error implements error; it names the command that mends the lock.
func (e *LockError) Error() string {
	switch e.Reason {
	case LockMoved:
		return fmt.Sprintf("%s is %s now, %s has %s: to take the new one, run %s", e.Subject, e.Found, LockFile, e.Locked, lockCommand)
	case LockOtherStep:
		return fmt.Sprintf("%s of this gantline is %s, %s has %s: use the version that the lock was written with, or run %s", e.Subject, e.Found, LockFile, e.Locked, lockCommand)
	case LockOtherBase:
		return fmt.Sprintf("%s or its system packages are others now than those that %s tells of: run %s", e.Subject, LockFile, lockCommand)
	}
	return fmt.Sprintf("%s is not in %s: run %s", e.Subject, LockFile, lockCommand)
}

// LockWants is what a build needs of its lock.
type LockWants struct {
	// Bases and Images are names that must have an entry. "scratch" needs
	// none.
	Bases, Images []string
	// Platforms are those that bases are built for; empty is linux/amd64.
	Platforms []string
	// Step is this tool's gantline-step by platform; each must be the locked
	// one.
	Step map[string]string
	// Resolved are digests that names have now, for those who have asked: a
	// name that is not here has not moved.
	Resolved map[string]string
}

// Check says everything that does not fit, as LockErrors in one error.
func (l Lock) Check(want LockWants) error {
	var all []error
	platforms := want.Platforms
	if len(platforms) == 0 {
		platforms = []string{"linux/amd64"}
	}
	for _, name := range sortedOnce(want.Bases) {
		if name == "scratch" {
			continue
		}
		for _, platform := range sortedOnce(platforms) {
			if _, err := l.Pin(name, platform); err != nil {
				all = append(all, err)
			}
		}
		all = append(all, moved("base image", name, l.Bases, want.Resolved))
	}
	for _, name := range sortedOnce(want.Images) {
		if _, ok := l.Images[name]; !ok {
			all = append(all, &LockError{Reason: LockMissing, Subject: fmt.Sprintf("image %q", name)})
		}
		all = append(all, moved("image", name, l.Images, want.Resolved))
	}
	return errors.Join(append(all, l.checkStep(want.Step)...)...)
}

func moved(what, name string, locked map[string]Pinned, resolved map[string]string) error {
	pinned, ok := locked[name]
	now := resolved[name]
	if !ok || now == "" || now == pinned.Digest {
		return nil
	}
	return &LockError{Reason: LockMoved, Subject: fmt.Sprintf("%s %q", what, name), Locked: pinned.Digest, Found: now}
}

func (l Lock) checkStep(step map[string]string) []error {
	var all []error
	for _, platform := range slices.Sorted(maps.Keys(step)) {
		subject := "gantline-step for " + platform
		switch locked := l.Step[platform]; locked {
		case step[platform]:
		case "":
			all = append(all, &LockError{Reason: LockMissing, Subject: subject})
		default:
			all = append(all, &LockError{Reason: LockOtherStep, Subject: subject, Locked: locked, Found: step[platform]})
		}
	}
	return all
}

func sortedOnce(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}
