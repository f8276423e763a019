#!/usr/bin/env bash
# hack/bench.sh measures Gantline beside other ways to the same image and
# prints one table; `make bench` runs it after `make build`. docs/benchmarks.md
# says what is measured. It needs root (for BuildKit), takes some minutes and
# 6 GB of disk (in the cache and in $TMPDIR), and leaves the base image of 2 GB in
#
#   ${XDG_CACHE_HOME:-~/.cache}/gantline-bench
#
# so that the next run need not make it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "$(id -u)" != 0 ]; then
  echo "hack/bench.sh: run as root: it starts a BuildKit daemon" >&2
  exit 1
fi
for tool in crane buildctl buildkitd; do
  hack/tool.sh "$tool" >/dev/null
done
# Run in the package's own directory, go test shows output as it comes.
cd internal/bench
GANTLINE_TEST=full exec go test -count=1 -timeout 20m -run '^TestMeasure$' -args -measure
