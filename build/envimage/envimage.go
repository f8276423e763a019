// Package envimage makes the environment image: a base with the system
// packages, the Python packages and the set-up commands that a project names,
// and nothing of its code. Code comes on top, commit by commit, without a
// builder; so this image is built rarely and found by the hash of its inputs.
//
// Key is that hash, Tag a registry tag made of it. A caller that finds the
// tag in the registry is done. Otherwise Build has a BuildKit daemon run
//
//	base → apt → pip → set-up commands → home of the user
//
// as far as the inputs name them, and push the result. Probe says what a base
// has, for who puts Python packages on it without a builder (build/wheels). Each arrow is one layer. What only one machine knows
// (its certificate authorities, mirrors, proxies, credentials) is a Host: it is
// handed to the steps while they run, and reaches neither Key nor a layer nor
// the image's configuration.
//
// Files that steps write get one fixed time inside the step, so that two
// builders make the same layers as far as apt and pip give them the same files.
//
// RunFinish runs a command on an image that has code in it.
package envimage

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Inputs are all that an environment image is a function of, apart from what
// package archives hold on the day it is built.
type Inputs struct {
	// Base is the image to start from, by digest: "nvcr.io/x/y@sha256:…"; a tag
	// before the digest is allowed.
	Base string `json:"base"`
	// Platform is the one platform to build for: "linux/amd64".
	Platform string `json:"platform"`
	// System are apt packages, each "name" or "name=version".
	System []string `json:"system,omitempty"`
	// Requirements are the files that pip installs from.
	Requirements []File `json:"requirements,omitempty"`
	// Included are files that Requirements name in -r and -c lines (Includes).
	Included []File `json:"included,omitempty"`
	// Indexes are package indexes besides the default one.
	Indexes []string `json:"indexes,omitempty"`
	// Logins are those for indexes; they are no part of the Key, as Host isn't.
	Logins []Login `json:"-"`
	// BaseConstrains keeps every Python package that the base has at the
	// version that the base has.
	BaseConstrains bool `json:"baseConstrains,omitempty"`
	// EnsurePip installs Python's own pip into the virtual environment that the
	// base has, for set-up commands.
	EnsurePip bool `json:"ensurePip,omitempty"`
	// Setup are shell commands, run as root after the packages, one layer each.
	Setup []string `json:"setup,omitempty"`
	// User gets a home and a passwd entry.
	User User `json:"user"`
	// Compression of the new layers: "gzip" (also if empty) or "zstd".
	Compression string `json:"compression"`
}

// File is a file of the repository with its content.
type File struct {
	// Path is relative to the repository's root, with slashes.
	Path string `json:"path"`
	Data []byte `json:"data"`
}

// User is who the image's processes run as. The zero User makes nothing; for
// root, whom every base has, only the environment is set.
type User struct {
	UID  int    `json:"uid"`
	GID  int    `json:"gid"`
	Name string `json:"name,omitempty"`
	// Home is an absolute path, made and owned by the user.
	Home string `json:"home,omitempty"`
}

// DefaultUser is the user of an image that names only numbers.
func DefaultUser(uid, gid int) User {
	if uid == 0 {
		return User{Name: "root", Home: "/root", GID: gid}
	}
	return User{UID: uid, GID: gid, Name: "gantline", Home: "/home/gantline"}
}

// Venv is where the Python packages are installed.
const Venv = "/opt/gantline/venv"

// normal is the inputs with defaults written out and without differences that
// mean nothing.
func (in Inputs) normal() Inputs {
	in.System = slices.Clone(in.System)
	slices.Sort(in.System)
	in.System = slices.Compact(in.System)
	in.Included = slices.Clone(in.Included)
	slices.SortFunc(in.Included, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	if in.Compression == "" {
		in.Compression = "gzip"
	}
	return in
}

// Validate is the first thing wrong with the inputs, or nil.
func (in Inputs) Validate() error {
	checks := []func(Inputs) error{
		checkBase, checkPlatform, checkSystem, checkPython, checkIndexes, checkUser, checkCompression,
	}
	for _, check := range checks {
		if err := check(in); err != nil {
			return err
		}
	}
	return nil
}

func checkBase(in Inputs) error {
	name, digest, pinned := strings.Cut(in.Base, "@")
	if !pinned || name == "" || !match(`sha256:[0-9a-f]{64}`, digest) {
		return fmt.Errorf("reading base %q: it is not pinned by digest (name@sha256:…)", in.Base)
	}
	return nil
}

func checkPlatform(in Inputs) error {
	if !match(`linux/[a-z0-9]+(/v[0-9]+)?`, in.Platform) {
		return fmt.Errorf("reading platform %q: expected linux/ARCH, such as linux/amd64", in.Platform)
	}
	return nil
}

func checkSystem(in Inputs) error {
	for _, name := range in.System {
		if !match(`[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?`, name) {
			return fmt.Errorf("reading system package %q: expected the name of a Debian package, or name=version", name)
		}
	}
	return nil
}

func checkIndexes(in Inputs) error {
	for _, index := range in.Indexes {
		if !match(`https?://[^\s@]+`, index) {
			return fmt.Errorf("reading a package index: expected an http or https URL without spaces, user or password (credentials are the host's, not the image's)")
		}
	}
	return nil
}

func checkUser(in Inputs) error {
	u := in.User
	if u == (User{}) {
		return nil
	}
	if u.UID < 0 || u.GID < 0 || !match(`[a-z_][a-z0-9_-]{0,30}`, u.Name) {
		return fmt.Errorf("reading user %q (%d:%d): expected a lower-case name and numbers from 0", u.Name, u.UID, u.GID)
	}
	if !path.IsAbs(u.Home) || path.Clean(u.Home) != u.Home || u.Home == "/" || strings.ContainsAny(u.Home, ":\n") {
		return fmt.Errorf("reading home %q of user %q: expected an absolute path", u.Home, u.Name)
	}
	return nil
}

func checkCompression(in Inputs) error {
	if in.Compression != "" && in.Compression != "gzip" && in.Compression != "zstd" {
		return fmt.Errorf("reading compression %q: expected gzip or zstd", in.Compression)
	}
	return nil
}

// match says whether the pattern matches all of s.
func match(pattern, s string) bool {
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(s)
}
