#!/usr/bin/env bash
# hack/bench.sh [start] [render] [images] [wheels] [tree] [replay] [audit] [files]
#
# measures Gantline beside other tools and prints one table, or the named parts
# of it; `make bench` runs all after `make build`. docs/benchmarks.md says what
# is measured. All takes half an hour and 40 GB of disk (in the cache and in
# $TMPDIR), 7 GB without wheels, and leaves a base image of 2 GB and histories of
# 150 MB in
#
#   ${XDG_CACHE_HOME:-~/.cache}/gantline-bench
#
# so that the next run need not make them, and PyTorch's archives of 3 GB in
# gantline-e2e beside it. images and wheels need root, for BuildKit; the other
# parts need git alone, and audit git-filter-repo and git-sizer where they
# are to be compared with. GANTLINE_BENCH_HISTORY=DIR has audit measure that
# repository as well: it is read, and never written to.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

groups=${*:-all}
case " $groups " in
  *' all '* | *' images '* | *' wheels '*)
    if [ "$(id -u)" != 0 ]; then
      echo "hack/bench.sh: run as root: images and wheels start a BuildKit daemon; or name the other parts: hack/bench.sh start render tree replay audit files" >&2
      exit 1
    fi
    for tool in crane buildctl buildkitd; do
      hack/tool.sh "$tool" >/dev/null
    done ;;
esac
# Run in the package's own directory, go test shows output as it comes.
cd internal/bench
GANTLINE_TEST=full exec go test -count=1 -timeout 60m -run '^TestMeasure$' -args -measure="${groups// /,}"
