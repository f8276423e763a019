"""What `pip check` says of packages, for tests that compare.

Reads JSON from standard input, a list of sets of packages with name, version
and requires, and writes one list of complaints for each set.
"""

import json
import sys

from pip._internal.operations.check import PackageDetails, check_package_set
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.version import Version


def needed(package):
    """The requirements that hold without extras, as for an installed package."""
    all_of = map(Requirement, package["requires"] or [])
    return [r for r in all_of if r.marker is None or r.marker.evaluate({"extra": ""})]


def complaints(packages):
    missing, conflicting = check_package_set({p["name"]: PackageDetails(Version(p["version"]), needed(p)) for p in packages})
    found = [[name, need, ""] for name, needs in missing.items() for need, _ in needs]
    found += [[name, need, str(has)] for name, needs in conflicting.items() for need, has, _ in needs]
    return sorted(found)


json.dump([complaints(packages) for packages in json.load(sys.stdin)], sys.stdout)
