#!/usr/bin/env bash
# hack/bench.sh [start] [render] [images] [wheels] [tree] [replay] [audit] [files]
#
# measures Gantline beside other tools and prints one table, or the named parts
# of it; `make bench` runs all after `make build`. docs/benchmarks.md says what
# is measured. It takes some minutes and 7 GB of disk (in the cache and in
# $TMPDIR), and leaves a base image of 2 GB and histories of 150 MB in
#
#   ${XDG_CACHE_HOME:-~/.cache}/gantline-bench
#
# so that the next run need not make them. images needs root, for BuildKit; the
# other parts need git alone, and audit git-filter-repo and git-sizer where they
# are to be compared with. GANTLINE_BENCH_HISTORY=DIR has audit measure that
# repository as well: it is read, and never written to.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

groups=${*:-all}
case " $groups " in
  *' all '* | *' images '*)
    if [ "$(id -u)" != 0 ]; then
      echo "hack/bench.sh: run as root: images starts a BuildKit daemon; or name the other parts: hack/bench.sh start render tree replay audit files" >&2
      exit 1
    fi
    for tool in crane buildctl buildkitd; do
      hack/tool.sh "$tool" >/dev/null
    done ;;
esac
# Run in the package's own directory, go test shows output as it comes.
cd internal/bench
GANTLINE_TEST=full exec go test -count=1 -timeout 30m -run '^TestMeasure$' -args -measure="${groups// /,}"
