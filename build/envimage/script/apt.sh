# Installs the packages given as arguments.
command -v apt-get >/dev/null || fail "The base image has no apt-get: 'system:' needs a Debian or Ubuntu base."
export DEBIAN_FRONTEND=noninteractive HOME=/run/gantline
if [ -s /run/gantline/apt.conf ]; then
  export APT_CONFIG=/run/gantline/apt.conf
fi
apt() {
  if [ -s /run/gantline/sources.list ]; then
    set -- -o Dir::Etc::SourceList=/run/gantline/sources.list -o Dir::Etc::SourceParts=/dev/null "$@"
  fi
  if [ -s "$ca" ]; then
    set -- -o "Acquire::https::CaInfo=$ca" "$@"
  fi
  apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root "$@"
}
apt update
apt install -y --no-install-recommends -- "$@"
apt clean
rm -rf /var/lib/apt/lists/*
# The seven files that differ between two runs with the same packages.
rm -f /var/cache/apt/pkgcache.bin /var/cache/apt/srcpkgcache.bin /var/cache/ldconfig/aux-cache \
  /var/log/alternatives.log /var/log/dpkg.log /var/log/apt/history.log /var/log/apt/term.log
