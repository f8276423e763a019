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

say "modules are tidy"
for mod in $(git ls-files 'go.mod' '*/go.mod'); do
  (cd "$(dirname "$mod")" && go mod tidy -diff)
done

say "shell scripts parse"
for script in $(git ls-files '*.sh' .ci/run); do
  bash -n "$script"
done

say "golangci-lint"
linter=$(hack/tool.sh golangci-lint)
"$linter" run ./...
