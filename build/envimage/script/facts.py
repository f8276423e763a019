import glob, importlib.metadata, importlib.util, json, os, platform, re, site, subprocess, sys, sysconfig


def glibc():
    try:
        name, _, version = os.confstr("CS_GNU_LIBC_VERSION").partition(" ")
        return version if name == "glibc" else ""
    except (AttributeError, OSError, ValueError):
        return ""


def musl():
    for loader in glob.glob("/lib/ld-musl-*.so.1"):
        said = subprocess.run([loader], stderr=subprocess.PIPE, text=True).stderr
        found = re.search(r"Version (\d+\.\d+)", said)
        if found:
            return found.group(1)
    return ""


def abi():
    version = "".join(map(str, sys.version_info[:2]))
    if sys.implementation.name == "pypy":
        return "pypy%s_pp%d%d" % ((version,) + sys.pypy_version_info[:2])
    threading = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return "cp" + version + threading + sys.abiflags.replace("t", "")


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


installed = {}
for found in importlib.metadata.distributions():
    if found.metadata["Name"]:
        installed.setdefault(normal(found.metadata["Name"]), found.version)

libc = glibc()
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": platform.python_version(),
    "abi": abi(),
    "interpreter": getattr(sys, "_base_executable", None) or sys.executable,
    "glibc": libc,
    "musl": "" if libc else musl(),
    "machine": platform.machine(),
    "installed": installed,
    "hasPip": importlib.util.find_spec("pip") is not None,
    "hasEnsurepip": importlib.util.find_spec("ensurepip") is not None,
    # A Python that lives in an environment itself: what is made from the
    # interpreter below must be told of the packages between.
    "sites": site.getsitepackages() if sys.prefix != sys.base_prefix else [],
    "pins": open("/etc/pip/constraint.txt").read() if os.path.exists("/etc/pip/constraint.txt") else "",
}))
