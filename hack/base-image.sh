#!/usr/bin/env bash
# hack/base-image.sh [--packages a,b] [--mirror URL] [HOST:PORT/NAME:TAG]
#
# Makes a Debian base image from packages alone, for the demo and the tests:
# they must not need an image registry. The root file system is kept in
#
#   ${XDG_CACHE_HOME:-~/.cache}/gantline-base/<key>/root.tar
#
# whose key is the suite, the architecture, the packages and this script's
# version; the same key gives the same bytes within a point release of Debian.
# Without a target, the path of the tar is printed. With one, the image is
# pushed there and its reference by digest is printed.
#
# http_proxy is heeded. Needs mmdebstrap (hack/setup.sh installs it), and root or
# the right to make user namespaces.
set -euo pipefail

version=1 # of this recipe: raise it when the same key would give other bytes
suite=bookworm
packages=python3-minimal,python3-venv,git,ca-certificates
mirror= # Debian's own, with its security updates
target=
while [ $# -gt 0 ]; do
  case $1 in
    --packages) packages=${2:?a comma-separated list}; shift 2 ;;
    --mirror) mirror=${2:?a URL}; shift 2 ;;
    -*) echo "usage: hack/base-image.sh [--packages a,b] [--mirror URL] [HOST:PORT/NAME:TAG]" >&2; exit 2 ;;
    *) target=$1; shift ;;
  esac
done

hack=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
arch=$(dpkg --print-architecture)
key=$suite-$arch-$(printf '%s\n' "$version" "$packages" | sha256sum | cut -c1-12)
home=${XDG_CACHE_HOME:-$HOME/.cache}/gantline-base/$key
tar=$home/root.tar

if [ ! -f "$tar" ]; then
  mkdir -p "$home"
  exec 9>"$home/.lock"
  flock 9 # one at a time; who waited finds it there
  if [ ! -f "$tar" ]; then
    command -v mmdebstrap >/dev/null || {
      echo "mmdebstrap is missing: run hack/setup.sh demo" >&2
      exit 1
    }
    echo "making a Debian base ($suite, $packages) in $home: about a minute, once" >&2
    # 2 January 1980, as for the images built on it.
    if ! SOURCE_DATE_EPOCH=315619200 mmdebstrap --quiet --format=tar --variant=minbase --arch="$arch" \
      --include="$packages" "$suite" "$tar.new" ${mirror:+"$mirror"} >&2; then
      rm -f "$tar.new"
      echo "mmdebstrap failed; see above" >&2
      exit 1
    fi
    mv "$tar.new" "$tar"
  fi
fi

if [ -z "$target" ]; then
  echo "$tar"
  exit 0
fi
case $arch in
  amd64 | arm64 | riscv64 | s390x) platform=linux/$arch ;;
  armhf) platform=linux/arm ;;
  *) echo "no image platform is known for Debian's $arch" >&2; exit 1 ;;
esac
"$("$hack/tool.sh" baseimage)" --platform "$platform" "$tar" "$target"
