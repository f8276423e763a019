# Installs requirements into a virtual environment that sees what the base has
# installed, but never changes it. Arguments go to pip as they are.
export HOME=/run/gantline
export PIP_EXTRA_INDEX_URL="${PIP_EXTRA_INDEX_URL:-} $GANTLINE_EXTRA_INDEXES"

python=$(command -v python3 || command -v python) ||
  fail "The base image has no python3: add 'python3-venv' to 'system:', or take a base with Python."

venv=$GANTLINE_VENV
mkdir -p "${venv%/*}"
if "$python" -c 'import ensurepip' 2>/dev/null; then
  "$python" -m venv --system-site-packages "$venv"
elif "$python" -m pip --version >/dev/null 2>&1; then
  "$python" -m venv --system-site-packages --without-pip "$venv"
  # The base's own pip command would look at the base alone.
  printf '#!/bin/sh\nexec %s/bin/python -m pip "$@"\n' "$venv" >"$venv/bin/pip"
  chmod 755 "$venv/bin/pip"
else
  fail "The base image's Python has neither pip nor ensurepip: add 'python3-venv' to 'system:'."
fi

# A base whose Python lives in an environment itself: ours is made from the
# interpreter below that, so it must be told of the packages between.
"$python" -c '
import site, sys
if sys.prefix != sys.base_prefix:
    print("\n".join(site.getsitepackages()))
' >/run/gantline/base.pth
if [ -s /run/gantline/base.pth ]; then
  cp /run/gantline/base.pth "$("$venv/bin/python" -c 'import site; print(site.getsitepackages()[0])')/gantline-base.pth"
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
"$venv/bin/python" -m pip install --no-compile --no-warn-script-location "$@"
cd /

# Bytecode holds the time of its source, here the time of this build.
find "$venv" -name __pycache__ -type d -prune -exec rm -rf {} +
