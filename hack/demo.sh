#!/usr/bin/env bash
# hack/demo.sh takes examples/agent through the whole of Gantline: a first run
# that builds everything, a change of code, a change of documentation. It is
# what `make demo` runs, after `make build`.
#
#   BASE=REF   builds on an image of a registry instead of a base made here
#   DEMO=DIR   where the example repository is made (replaced each time)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gantline-demo
demo=${DEMO:-$cache/agent}
gantline=$root/bin/gantline
export GANTLINE_CACHE=$cache/state
mkdir -p "$GANTLINE_CACHE"

say() {
  if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    printf '\n\033[1m%s\033[0m\n' "$*"
  else
    printf '\n== %s\n' "$*"
  fi
}

run() {
  printf '$ %s\n' "${*/#$gantline/gantline}"
  "$@"
}

commit() {
  git -C "$demo" add -A
  git -C "$demo" -c user.name='Demo' -c user.email=demo@example.com commit -q -m "$1"
}

say "The base image"
if [[ -n ${BASE:-} ]]; then
  echo "using $BASE"
else
  registry=$("$gantline" registry --ensure)
  BASE=$registry/base/debian:bookworm
  "$root/hack/base-image.sh" "$BASE"
fi

say "The repository: some dozens of commits of an agent-training team"
rm -rf "$demo"
(cd "$root" && go run ./examples/agent/make --base "$BASE" "$demo")
git -C "$demo" log --oneline -5
cd "$demo"
run "$gantline" lock
commit "Pin the base image"

say "A commit, from git to deployed nightly workflows"
run "$gantline" pipeline --deploy rendered
first=$(git rev-parse HEAD)

say "One Python file changes: only what differs is built and sent"
printf '\n# Evaluations of the demo are logged under this name.\nLOG_NAME = "eval"\n' >>agent/evaluate.py
commit "Name the evaluation log"
run "$gantline" diff HEAD
run "$gantline" pipeline --deploy rendered
run "$gantline" image --against "HEAD~1"
second=$(git rev-parse HEAD)

say "A page of documentation changes: nothing is built, nothing is deployed"
printf '\nSee the runbook before the first night.\n' >>docs/data.md
commit "Point to the runbook"
run "$gantline" pipeline --deploy rendered
third=$(git rev-parse HEAD)

say "What was deployed"
run "$gantline" deploy history --target rendered
git -C "$demo" ls-tree -r --name-only gantline-rendered

say "Open these in a browser"
for hash in "$first" "$second" "$third"; do
  echo "$demo/.gantline/commits/$hash/report.html"
done
