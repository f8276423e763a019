#!/usr/bin/env bash
# hack/setup.sh [demo] [test] [bench] [e2e]
#
# Installs the Debian or Ubuntu packages that the demo, the tests, the benchmarks
# or the test cluster need and that this machine lacks, saying which and why. As
# root it installs them and asks nothing; as another user it prints the command
# to run and fails. Where nothing is missing it says nothing, and uses neither
# time nor network. Services among the packages are neither started now nor at
# the next boot: the test cluster starts its own, inside its namespaces.
set -euo pipefail

groups=("$@")
[ $# -gt 0 ] || groups=(demo test bench e2e)

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
      cat <<'END'
gcc|gcc|links the race detector into the tests
libc6-dev|/usr/include/stdlib.h|links the race detector into the tests
python3|python3|compiles the Python sources that tests read
python3-venv|python:ensurepip|makes environments to compare installed packages with
uidmap|newuidmap|lends a user the identities that a builder without root needs
containerd|containerd|runs containers below the Docker engine of the tests
docker.io|docker|is the client that reaches a builder in a container
umoci|umoci|unpacks images, to compare with what they should hold
git-lfs|git-lfs|is the client that Git LFS in Gantline is compared with
END
      # Ubuntu has it as a snap only; tests of pages then say that they are skipped.
      ! grep -qx 'ID=debian' /etc/os-release 2>/dev/null ||
        echo 'chromium|chromium|opens the pages of reports, wide and narrow, light and dark' ;;
    bench)
      needs demo
      cat <<'END' ;;
git-filter-repo|git-filter-repo|analyzes the same history as gantline audit
END
    e2e)
      needs demo
      cat <<'END' ;;
containerd|containerd|runs the pods of the test cluster
containernetworking-plugins|/usr/lib/cni/bridge|gives those pods a network
iproute2|ip|sets up the network inside the cluster's node
iptables|iptables|sends the API's port to the API server, inside the node
munge|munged|signs the messages between Slurm's daemons
slurmctld|slurmctld|queues Slurm's jobs
slurmd|slurmd|runs Slurm's jobs
slurm-client|sbatch|submits jobs and asks for their state
openssh-server|sshd|is the bastion that jobs are submitted through
openssh-client|ssh|reaches the bastion
END
    *)
      echo "usage: hack/setup.sh [demo] [test] [bench] [e2e]" >&2
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

# no_services installs with no service started. Debian asks policy-rc.d; one that
# is there already is an administrator's. Ours steps aside when this process is
# gone, so that a kill leaves no machine that cannot start services.
policy=/usr/sbin/policy-rc.d
mark='# of hack/setup.sh of gantline'
no_services() {
  if [ ! -e $policy ] || grep -qF "$mark" $policy; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\n%s\n[ ! -d /proc/%s ] || exit 101\n' "$mark" $$ >$policy
    chmod 755 $policy
  fi
  "$@"
}

# keep_disabled undoes what packages do for the next boot.
keep_disabled() {
  command -v systemctl >/dev/null || return 0
  local units
  units=$(dpkg -L "$@" | sed -nE 's,^(/usr)?/lib/systemd/system/([^/@]+\.(service|socket))$,\2,p' | sort -u)
  [ -z "$units" ] || systemctl disable --quiet $units >&2 || true
}

echo "installing: ${missing[*]}" >&2
# The package lists may be missing or too old: they are read again only then.
no_services apt install --no-install-recommends "${missing[@]}" ||
  { apt update && no_services apt install --no-install-recommends "${missing[@]}"; }
keep_disabled "${missing[@]}"
