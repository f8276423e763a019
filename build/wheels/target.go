package wheels

import (
	"fmt"
	"strings"
)

// Target is an interpreter that archives are chosen for: a function of the
// image it is in, probed once and kept.
type Target struct {
	// Implementation is sys.implementation.name: "cpython".
	Implementation string `json:"implementation"`
	// Version is all of it: "3.11.2".
	Version string `json:"version"`
	// ABI is the tag of wheels with extensions for it alone: "cp311".
	ABI string `json:"abi"`
	// Interpreter is its absolute path, outside any virtual environment.
	Interpreter string `json:"interpreter"`
	// GLibc is the version of the C library, "2.36"; empty where Musl is.
	GLibc string `json:"glibc"`
	// Musl is the version of musl, "1.2"; empty where GLibc is.
	Musl string `json:"musl"`
	// Machine is what uname calls the processor: "x86_64", "aarch64".
	Machine string `json:"machine"`
	// Installed are versions by normalized name.
	Installed map[string]string `json:"installed"`
	// HasPip says whether `python -m pip` works.
	HasPip bool `json:"hasPip"`
}

// String names the interpreter as users know it: "CPython 3.11, x86_64, glibc 2.36".
func (t Target) String() string {
	libc := "an unknown C library"
	switch {
	case t.GLibc != "":
		libc = "glibc " + t.GLibc
	case t.Musl != "":
		libc = "musl " + t.Musl
	}
	return fmt.Sprintf("%s %s, %s, %s", t.implementationName(), t.minorVersion(), t.Machine, libc)
}

// implementationName is platform.python_implementation().
func (t Target) implementationName() string {
	switch t.Implementation {
	case "cpython":
		return "CPython"
	case "pypy":
		return "PyPy"
	case "graalpy":
		return "GraalVM"
	default:
		return t.Implementation
	}
}

// minorVersion is the version's first two numbers: "3.11".
func (t Target) minorVersion() string {
	parts := strings.SplitN(t.Version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}
