# What every step begins with. /run/gantline is a tmpfs of this step: the host's
# settings lie there, and nothing in it reaches a layer.
set -eu
umask 022
fail() {
  echo "$*" >&2
  exit 1
}

# One second before now: what this step writes is newer, even within one tick
# of the kernel's clock.
stamp=/run/gantline/stamp
: >"$stamp"
touch -d "@$(($(date +%s) - 1))" "$stamp"

ca=/run/gantline/ca.pem
if [ -s "$ca" ]; then
  export SSL_CERT_FILE="$ca" PIP_CERT="$ca" REQUESTS_CA_BUNDLE="$ca" CURL_CA_BUNDLE="$ca" GIT_SSL_CAINFO="$ca"
fi
if [ -s /run/gantline/netrc ]; then
  export NETRC=/run/gantline/netrc
fi
if [ -s /run/gantline/env ]; then
  . /run/gantline/env
fi
