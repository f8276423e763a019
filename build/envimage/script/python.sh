# Installs requirements into a virtual environment that sees what the base has
# installed, but never changes it. Arguments go to pip as they are.
export HOME=/run/gantline PIP_CACHE_DIR=/run/gantline/pip-cache PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
  PIP_ROOT_USER_ACTION=ignore PYTHONDONTWRITEBYTECODE=1
export PIP_EXTRA_INDEX_URL="${PIP_EXTRA_INDEX_URL:-} $GANTLINE_EXTRA_INDEXES"

python=$(command -v python3 || command -v python) ||
  fail "The base image has no python3: add 'python3-venv' to 'system:', or take a base with Python."

# The interpreter of the base, not one of an environment made before.
if "$python" -c 'import ensurepip' 2>/dev/null; then
  "$python" -m venv --system-site-packages /opt/venv
elif "$python" -m pip --version >/dev/null 2>&1; then
  "$python" -m venv --system-site-packages --without-pip /opt/venv
  # The base's own pip command would look at the base alone.
  printf '#!/bin/sh\nexec /opt/venv/bin/python -m pip "$@"\n' >/opt/venv/bin/pip
  chmod 755 /opt/venv/bin/pip
else
  fail "The base image's Python has neither pip nor ensurepip: add 'python3-venv' to 'system:'."
fi

if [ "$GANTLINE_CONSTRAINTS" = base ]; then
  if [ -s /etc/pip/constraint.txt ]; then # what NVIDIA's images pin
    cp /etc/pip/constraint.txt /run/gantline/constraints.txt
  else
    "$python" -c '
import importlib.metadata as metadata
pins = {(d.metadata["Name"], d.version) for d in metadata.distributions() if d.metadata["Name"]}
print("\n".join(sorted(f"{name}=={version}" for name, version in pins)))
' >/run/gantline/constraints.txt
  fi
  set -- --constraint /run/gantline/constraints.txt "$@"
fi

cd /run/gantline/requirements
/opt/venv/bin/python -m pip install --no-compile --no-warn-script-location "$@"
cd /

# Bytecode holds the time of its source: it is left to be made by who wants it.
find /opt/venv -name __pycache__ -type d -prune -exec rm -rf {} +
