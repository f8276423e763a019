package build

import (
	"errors"
	"fmt"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// check finds what no image can be made of, before anything is read or sent.
func (s Spec) check() error {
	switch {
	case s.Repository == "":
		return errors.New("no repository is named")
	case !isObjectID(s.Commit):
		return fmt.Errorf("commit %q is not a full hash", s.Commit)
	case !isObjectID(s.Origin.Commit):
		return fmt.Errorf("origin %q is not a full hash", s.Origin.Commit)
	case s.Step.Open == nil || s.Step.Digest == "":
		return errors.New("no gantline-step binary is given")
	}
	if _, err := s.platform(); err != nil {
		return err
	}
	if err := s.User.check(); err != nil {
		return err
	}
	if err := CheckTo(s.To, s.User.Home); err != nil {
		return err
	}
	switch s.Compression {
	case "", GzipWhereItPays, ZstdWhereItPays:
	default:
		return fmt.Errorf("compression %q is neither gzip nor zstd", s.Compression)
	}
	if err := s.checkFinish(); err != nil {
		return err
	}
	return checkFiles(s.Files)
}

func (s Spec) checkFinish() error {
	for i, command := range s.Finish {
		if strings.TrimSpace(command.Run) == "" {
			return fmt.Errorf("command %d of %d is empty", i+1, len(s.Finish))
		}
	}
	return nil
}

func (u User) check() error {
	switch {
	case u.UID < 0 || u.UID > maxID || u.GID < 0 || u.GID > maxID:
		return fmt.Errorf("user %d:%d is outside 0 to %d", u.UID, u.GID, maxID)
	case u.Name == "" || strings.ContainsAny(u.Name, ":\n/ "):
		return fmt.Errorf("user name %q can't stand in a passwd file", u.Name)
	case !isCleanAbsolute(u.Home) || strings.ContainsAny(u.Home, ":\n"):
		return fmt.Errorf("home directory %q can't stand in a passwd file", u.Home)
	}
	return nil
}

// platform is the Spec's platform, linux/amd64 where it names none.
func (s Spec) platform() (v1.Platform, error) {
	if s.Platform == "" {
		return v1.Platform{OS: "linux", Architecture: "amd64"}, nil
	}
	p, err := v1.ParsePlatform(s.Platform)
	if err != nil || p.OS == "" || p.Architecture == "" {
		return v1.Platform{}, fmt.Errorf("platform %q is not os/arch, as in %q", s.Platform, "linux/amd64")
	}
	return *p, nil
}

// isObjectID says whether the text is a full SHA-1 or SHA-256 object id.
func isObjectID(text string) bool {
	if len(text) != 40 && len(text) != 64 {
		return false
	}
	return strings.Trim(text, "0123456789abcdef") == ""
}

// closed are directories that are none of the code's: hiding one breaks the
// image, and below it the code would be hidden itself, or stand behind a
// symlink that many distributions have there, or open up what is to be closed.
func closed() []string {
	return []string{
		"/opt/gantline", "/opt/venv", "/.gantline",
		"/bin", "/dev", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/root", "/run",
		"/sbin", "/sys", "/tmp", "/var/lock", "/var/run", "/var/tmp",
	}
}

// shared are directories that hold others' files beside the code's.
func shared() []string {
	return []string{"/boot", "/etc", "/home", "/usr/bin", "/usr/lib", "/usr/local/bin", "/usr/local/lib"}
}

// CheckTo says why a directory can't be code.to, which the image empties and
// fills with the code alone. Home is the user's home directory.
func CheckTo(to, home string) error {
	if !isCleanAbsolute(to) || strings.ContainsAny(to, ":\\\n\r\t\x00") {
		return fmt.Errorf("code.to %q is not a clean absolute path below /", to)
	}
	for _, dir := range append(closed(), shared()...) {
		if dir == to || isBelow(dir, to) {
			return fmt.Errorf("code.to %q would hide %s; use a directory of its own, as /workspace", to, dir)
		}
	}
	for _, dir := range closed() {
		if isBelow(to, dir) && !isBelow(to, home) {
			return fmt.Errorf("code.to %q lies in %s, which isn't the code's; use a directory of its own, as /workspace", to, dir)
		}
	}
	if isBelow(home, to) {
		return fmt.Errorf("code.to %q would hide the home directory %s", to, home)
	}
	return nil
}

func isCleanAbsolute(dir string) bool {
	return path.IsAbs(dir) && path.Clean(dir) == dir && dir != "/"
}

// isBelow says whether the path lies in the directory, at any depth.
func isBelow(p, dir string) bool { return strings.HasPrefix(p, dir+"/") }

// whiteout starts the names that layers delete with.
const whiteout = ".wh."

func checkFiles(files []File) error {
	for _, f := range files {
		if err := f.check(); err != nil {
			return fmt.Errorf("file %q: %w", f.Path, err)
		}
	}
	return nil
}

func (f File) check() error {
	for name := range strings.SplitSeq(f.Path, "/") {
		switch {
		case name == "" || name == "." || name == ".." || strings.EqualFold(name, ".git"):
			return errors.New("no file of a repository can have this path")
		case strings.HasPrefix(name, whiteout):
			return errors.New(`a name that starts with ".wh." deletes files in an image; rename it or exclude it from the context`)
		case strings.ContainsRune(name, 0):
			return errors.New("the path contains a NUL byte")
		}
	}
	switch f.Mode {
	case ModeFile, ModeExecutable, ModeSymlink, ModeSubmodule:
	default:
		return fmt.Errorf("mode %q is not one of a file in git", f.Mode)
	}
	if !isObjectID(f.Hash) {
		return fmt.Errorf("hash %q is not an object id", f.Hash)
	}
	if f.Content == nil {
		return nil
	}
	return f.Content.check(f.Mode)
}

func (c Content) check(mode Mode) error {
	switch {
	case mode != ModeFile && mode != ModeExecutable:
		return fmt.Errorf("mode %q has no content of its own", mode)
	case c.InGit && c.OID == "": // Options.Digests says it
	case len(c.OID) != 64 || !isObjectID(c.OID):
		return fmt.Errorf("%q is not the SHA-256 of a content", c.OID)
	case c.Volume != "" && !volumeName.MatchString(c.Volume):
		return fmt.Errorf("volume %q is not named by lower-case letters, digits and dashes", c.Volume)
	case c.Size < 0:
		return fmt.Errorf("content %s has a size of %d bytes", c.OID, c.Size)
	}
	return nil
}
