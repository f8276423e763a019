#!/usr/bin/env bash
# hack/setup.sh [demo] [test]
#
# Installs the Debian or Ubuntu packages that the demo or the tests need and
# that this machine lacks, saying which and why. As root it installs them and
# asks nothing; as another user it prints the command to run and fails. Where
# nothing is missing it says nothing, and uses neither time nor network.
set -euo pipefail

groups=("$@")
[ $# -gt 0 ] || groups=(demo test)

# Lines of: package | what shows that it is there: a command, a file, or a
# module of Python | why.
needs() {
  case $1 in
    demo) cat <<'END' ;;
git|git|reads the repository and its history
ca-certificates|/etc/ssl/certs/ca-certificates.crt|trusts package indexes and registries
runc|runc|runs the steps of an image build, below BuildKit
mmdebstrap|mmdebstrap|makes the demo's base image from Debian packages, without a registry
debian-archive-keyring|/usr/share/keyrings/debian-archive-keyring.gpg|checks the signatures of those packages
END
    test)
      needs demo
      cat <<'END' ;;
gcc|gcc|links the race detector into the tests
libc6-dev|/usr/include/stdlib.h|links the race detector into the tests
python3|python3|compiles the Python sources that tests read
python3-venv|python:ensurepip|makes environments to compare installed packages with
END
    *)
      echo "usage: hack/setup.sh [demo] [test]" >&2
      exit 2 ;;
  esac
}

present() {
  case $1 in
    /*) [ -e "$1" ] ;;
    python:*) python3 -c "import ${1#python:}" 2>/dev/null ;;
    *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
  esac
}

missing=()
list=$(for group in "${groups[@]}"; do needs "$group"; done)
while IFS='|' read -r package sign why; do
  case " ${missing[*]-} " in *" $package "*) continue ;; esac
  if ! present "$sign"; then
    missing+=("$package")
    echo "missing: $package ($why)" >&2
  fi
done <<<"$list"
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
  echo "this machine has no apt-get: install by hand what these Debian packages hold: ${missing[*]}" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  echo "run as root: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt() { apt-get -q -y -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 "$@" </dev/null >&2; }
echo "installing: ${missing[*]}" >&2
# The package lists may be missing or too old: they are read again only then.
apt install --no-install-recommends "${missing[@]}" ||
  { apt update && apt install --no-install-recommends "${missing[@]}"; }
