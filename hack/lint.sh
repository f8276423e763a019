#!/usr/bin/env bash
# hack/lint.sh checks what a compiler does not: formatting, golangci-lint's
# linters, tidy modules, shell scripts' syntax.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'lint: %s\n' "$*" >&2; }

say "gofmt"
unformatted=$(gofmt -l $(git ls-files '*.go'))
if [[ -n $unformatted ]]; then
  echo "not formatted; run gofmt -w on:" >&2
  echo "$unformatted" >&2
  exit 1
fi

# Kubernetes' own tests import what its module doesn't name; -e passes over that,
# and a go.mod that would change is still an error.
say "modules are tidy"
for mod in $(git ls-files 'go.mod' '*/go.mod'); do
  (cd "$(dirname "$mod")" && go mod tidy -e -diff)
done

say "shell scripts parse"
for script in $(git ls-files '*.sh' .ci/run); do
  bash -n "$script"
done

# With the flags that the programs are built with, what was compiled for them
# serves here too.
linter=$(hack/tool.sh golangci-lint)
for mod in $(git ls-files 'go.mod' '*/go.mod'); do
  dir=$(dirname "$mod")
  [[ $dir == . || -n $(git ls-files "$dir/*.go") ]] || continue # a list of tools
  say "golangci-lint in $dir"
  (cd "$dir" && CGO_ENABLED=0 GOFLAGS=-trimpath "$linter" run ./...)
done
