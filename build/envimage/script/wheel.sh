# Builds the source distribution given into a wheel, with what it says that it
# needs to be built. It installs nothing.
export HOME=/run/gantline
export PIP_EXTRA_INDEX_URL="${PIP_EXTRA_INDEX_URL:-} $GANTLINE_EXTRA_INDEXES"
python=$(command -v python3 || command -v python) || fail "The base image has no python3."
if ! "$python" -m pip --version >/dev/null 2>&1; then
  "$python" -m venv /run/gantline/venv || fail "The base image's Python has neither pip nor ensurepip: add 'python3-venv' to 'system:'."
  python=/run/gantline/venv/bin/python
fi
"$python" -m pip wheel --no-deps --wheel-dir /run/gantline-wheel "/run/gantline-sdist/$1"
