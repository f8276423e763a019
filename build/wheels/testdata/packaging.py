"""What pip's own copy of packaging says, for tests that compare.

Reads one JSON object from standard input and writes one to standard output.
"""

import json
import sys
import sysconfig

from pip._vendor.packaging import _manylinux, _musllinux, markers, specifiers, tags, version


def sys_tags(target):
    """The tags of an interpreter, as sys_tags would list them there."""
    numbers = [tuple(map(int, v.split(".")[:2])) for v in (target["version"], target["glibc"] or target["musl"])]
    python, libc = numbers
    sysconfig.get_platform = lambda: "linux-" + target["machine"]
    for module, name in ((_manylinux, "_have_compatible_abi"), (_manylinux, "_is_compatible")):
        setattr(module, name, lambda *_: True)
    _manylinux._get_glibc_version = lambda: libc if target["glibc"] else (-1, -1)
    _musllinux._get_musl_version = lambda _: _musllinux._MuslVersion(*libc) if target["musl"] else None
    platforms = list(tags._linux_platforms(is_32bit=False))
    abis = [target["abi"]]
    if target["implementation"] == "cpython":
        found = list(tags.cpython_tags(python, abis, platforms))
        interpreter = "cp%d%d" % python
    else:
        found = list(tags.generic_tags("pp%d%d" % python, abis, platforms))
        interpreter = "pp3"
    found += tags.compatible_tags(python, interpreter, platforms)
    return list(dict.fromkeys(map(str, found)))


def holds(marker, environment):
    try:
        return markers.Marker(marker).evaluate(environment)
    except Exception as error:
        return type(error).__name__


def contains(specifier, text):
    try:
        return specifiers.SpecifierSet(specifier).contains(version.Version(text), prereleases=True)
    except (specifiers.InvalidSpecifier, version.InvalidVersion) as error:
        return type(error).__name__


asked = json.load(sys.stdin)
json.dump(
    {
        "tags": [sys_tags(target) for target in asked.get("targets") or []],
        "markers": [holds(marker, asked["environment"]) for marker in asked.get("markers") or []],
        "specifiers": [contains(*pair) for pair in asked.get("specifiers") or []],
    },
    sys.stdout,
)
