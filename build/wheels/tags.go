package wheels

import (
	"fmt"
	"strconv"
	"strings"
)

// Tags are the tags of wheels that the interpreter can use, best first, as
// packaging.tags.sys_tags has them.
func (t Target) Tags() []string {
	platforms := t.platforms()
	var tags []string
	add := func(interpreter, abi string, platforms ...string) {
		for _, platform := range platforms {
			tags = append(tags, interpreter+"-"+abi+"-"+platform)
		}
	}
	major, minor := twoNumbers(t.Version)
	interpreter := t.interpreterTag()
	for _, abi := range t.abis() {
		add(interpreter, abi, platforms...)
	}
	stable := t.stableABI()
	if stable != "" {
		add(interpreter, stable, platforms...)
	}
	add(interpreter, "none", platforms...)
	for older := minor - 1; stable != "" && older > 1; older-- {
		add(fmt.Sprintf("cp%d%d", major, older), stable, platforms...)
	}
	generic := genericTags(major, minor)
	for _, tag := range generic {
		add(tag, "none", platforms...)
	}
	add(t.compatibleTag(), "none", "any")
	for _, tag := range generic {
		add(tag, "none", "any")
	}
	return tags
}

// interpreterTag is the first part of tags for this interpreter: "cp311".
func (t Target) interpreterTag() string {
	major, minor := twoNumbers(t.Version)
	short, known := map[string]string{"cpython": "cp", "pypy": "pp"}[t.Implementation]
	if !known {
		short = t.Implementation
	}
	return fmt.Sprintf("%s%d%d", short, major, minor)
}

// compatibleTag is the interpreter's in tags that don't depend on the platform:
// PyPy's names the major version alone.
func (t Target) compatibleTag() string {
	if t.Implementation == "pypy" {
		major, _ := twoNumbers(t.Version)
		return fmt.Sprintf("pp%d", major)
	}
	return t.interpreterTag()
}

// abis are the interpreter's own. A debug build takes a release build's wheels.
func (t Target) abis() []string {
	if release, debug := strings.CutSuffix(t.ABI, "d"); debug && t.Implementation == "cpython" {
		return []string{t.ABI, release}
	}
	return []string{t.ABI}
}

// stableABI is the ABI that later minor versions keep, or "". An interpreter
// without a global lock has one from 3.15.
func (t Target) stableABI() string {
	_, minor := twoNumbers(t.Version)
	freeThreaded := strings.Contains(strings.TrimPrefix(t.ABI, "cp"), "t")
	switch {
	case t.Implementation != "cpython", freeThreaded && minor < 15:
		return ""
	case freeThreaded:
		return "abi3t"
	default:
		return "abi3"
	}
}

// genericTags are the tags of pure Python that a version runs: itself, its
// major version, and those before it.
func genericTags(major, minor int) []string {
	tags := []string{fmt.Sprintf("py%d%d", major, minor), fmt.Sprintf("py%d", major)}
	for older := minor - 1; older >= 0; older-- {
		tags = append(tags, fmt.Sprintf("py%d%d", major, older))
	}
	return tags
}

// legacyManylinux are the names that platforms had before PEP 600, by the
// minor version of glibc.
var legacyManylinux = map[int]string{17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}

// platforms are the last parts of tags, best first. The oldest manylinux is
// glibc 2.17 but for x86, which had it from 2.5. The bare linux_ tag, which no
// public index takes, comes last as in most of pip's versions; the latest have
// it first.
func (t Target) platforms() []string {
	var all []string
	machine := strings.NewReplacer("-", "_", ".", "_", " ", "_").Replace(t.Machine)
	oldest := 17
	if machine == "x86_64" || machine == "i686" {
		oldest = 5
	}
	if major, minor := twoNumbers(t.GLibc); major == 2 {
		for ; minor >= oldest; minor-- {
			all = append(all, fmt.Sprintf("manylinux_2_%d_%s", minor, machine))
			if name, ok := legacyManylinux[minor]; ok {
				all = append(all, name+"_"+machine)
			}
		}
	}
	if major, minor := twoNumbers(t.Musl); major > 0 {
		for ; minor >= 0; minor-- {
			all = append(all, fmt.Sprintf("musllinux_%d_%d_%s", major, minor, machine))
		}
	}
	return append(all, "linux_"+machine)
}

// twoNumbers are the first two of a version; 0 where there is none. The second
// is at most 999: tags are listed down from it.
func twoNumbers(version string) (major, minor int) {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, _ = strconv.Atoi(first)
	second = second[:len(second)-len(strings.TrimLeft(second, "0123456789"))]
	minor, _ = strconv.Atoi(second)
	return major, min(max(minor, 0), 999)
}
