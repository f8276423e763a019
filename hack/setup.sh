#!/usr/bin/env bash
# hack/setup.sh [demo] [test]
#
# Installs the Debian or Ubuntu packages that the demo or the tests need and
# that this machine lacks, saying which and why. As root it installs them, never
# asking anything; as another user it prints the command to run. What is there
# already costs no time and no network.
set -euo pipefail

[ $# -gt 0 ] || set -- demo test

# Lines of: package, a file that shows it is there (or a command), and why.
needs() {
  case $1 in
    demo | test) cat <<'END' ;;
git              git                                       reads the repository and its history
ca-certificates  /etc/ssl/certs/ca-certificates.crt        trusts package indexes and registries
runc             runc                                      runs the steps of an image build, under BuildKit
mmdebstrap       mmdebstrap                                makes the demo's base image from Debian packages, without a registry
debian-archive-keyring /usr/share/keyrings/debian-archive-keyring.gpg checks those packages
END
    *) echo "usage: hack/setup.sh [demo] [test]" >&2; exit 2 ;;
  esac
  case $1 in
    test) cat <<'END' ;;
python3          python3                                   compiles what the tests check of Python sources
python3-venv     @python3:import ensurepip                 makes the environments that installed wheels are compared with
git-lfs          git-lfs                                   makes repositories with large files for the tests
END
  esac
}

present() {
  case $1 in
    /*) [ -e "$1" ] ;;
    @python3:*) python3 -c "${1#@python3:}" 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}
