#!/usr/bin/env bash
# hack/tool.sh NAME [--to FILE]
#
# Prints the path of one of the project's tools, building it first where it is
# missing. Every tool is built from Go modules whose versions and checksums
# stand in tools/*/go.mod and go.sum, into a cache outside the checkout:
#
#   ${XDG_CACHE_HOME:-~/.cache}/gantline-tools/<name>-<version>/<name>
#
# With --to, the tool is also copied to FILE (replaced in one step, so that a
# running program or a second make never sees half a file) and FILE is printed.
#
# Each tool has a module of its own, so that what a linter needs never decides
# which versions the product is built with.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gantline-tools

usage() {
  cat >&2 <<'END'
usage: hack/tool.sh NAME [--to FILE]
  images and checks: buildkitd buildctl dockerd crane baseimage golangci-lint
  test cluster: kube-apiserver kube-controller-manager kube-scheduler kubelet
    kubectl etcd coredns pause workflow-controller argoexec
END
  exit 2
}

name=${1:-}
to=
case "$#:${2:-}" in
  1:) ;;
  3:--to) to=$3 ;;
  *) usage ;;
esac

case $name in
  buildkitd | buildctl)
    dir=$root/tools/buildkit module=github.com/moby/buildkit package=$module/cmd/$name
    why="the BuildKit version that Gantline's client was tested with"
    stamp=$module/version.Version ;;
  dockerd)
    dir=$root/tools/docker module=github.com/moby/moby/v2 package=$module/cmd/dockerd
    why="a Docker engine that tests build in; the first build takes some minutes"
    stamp=$module/dockerversion.Version ;;
  golangci-lint)
    dir=$root/tools/lint module=github.com/golangci/golangci-lint/v2 package=$module/cmd/$name
    why="the linters of make lint; the first build takes some minutes" ;;
  crane)
    dir=$root/tools/images module=github.com/google/go-containerregistry package=$module/cmd/$name
    why="reads and copies images; the benchmarks compare with it" ;;
  baseimage)
    dir=$root/tools/images module= package=./baseimage
    why="pushes a root file system as a one-layer image" ;;
  kube-apiserver | kube-controller-manager | kube-scheduler | kubelet | kubectl)
    dir=$root/tools/kubernetes module=k8s.io/kubernetes package=$module/cmd/$name
    why="Kubernetes of the test cluster; the first of its programs takes some minutes"
    stamp=k8s.io/component-base/version.gitVersion ;;
  etcd)
    dir=$root/tools/etcd module=go.etcd.io/etcd/server/v3 package=.
    why="the test cluster's database" ;;
  coredns)
    dir=$root/tools/coredns module=github.com/coredns/coredns package=.
    why="the test cluster's name server" ;;
  pause)
    dir=$root/tools/images module= package=./pause
    why="holds a pod's network in the test cluster" ;;
  workflow-controller | argoexec)
    dir=$root/tools/argo module=github.com/argoproj/argo-workflows/v3 package=$module/cmd/$name
    why="Argo Workflows of the test cluster; the first of its programs takes some minutes"
    stamp=$module.version ;;
  *) usage ;;
esac

export GOWORK=off CGO_ENABLED=0
version=
if [ -n "$module" ]; then
  version=$(cd "$dir" && go list -m -f '{{.Version}}' "$module")
fi
ldflags="-s -w"
[ -z "${stamp:-}" ] || ldflags+=" -X $stamp=$version"
case $package in
  .*) # our own source: its content is its version, or a part of it
    version+=${version:+-}$(cd "$dir" && cat go.mod go.sum "$package"/*.go | sha256sum | cut -c1-12) ;;
esac
home=$cache/$name-$version
tool=$home/$name

build() {
  case $name in
    argoexec) build_argoexec ;;
    *) cd "$dir" && go build -trimpath -buildvcs=false -ldflags="$ldflags" -o "$tool.new" "$package" ;;
  esac
}

# Argo's repository has signal_linux.go of its osspecific package as a symbolic
# link to signal_darwin.go, and a module's zip holds no links: argoexec builds
# only from a vendored copy, in which the file can be put back.
build_argoexec() {
  local copy=$home/source
  rm -rf "$copy"
  mkdir "$copy"
  cp "$dir"/go.mod "$dir"/go.sum "$copy"
  cd "$copy"
  go mod vendor
  local files=vendor/$module/workflow/executor/osspecific
  cp "$files/signal_darwin.go" "$files/signal_linux.go"
  go build -mod=vendor -trimpath -buildvcs=false -ldflags="$ldflags" -o "$tool.new" "$package"
  rm -rf "$copy"
}

if [ ! -x "$tool" ]; then
  mkdir -p "$home"
  # One build at a time: the second caller waits, and then finds the tool there.
  exec 9>"$home/.lock"
  flock 9
  if [ ! -x "$tool" ]; then
    echo "building $name $version into $home: $why" >&2
    (build)
    mv "$tool.new" "$tool"
  fi
fi

if [ -n "$to" ]; then
  if ! cmp -s "$tool" "$to"; then
    mkdir -p "$(dirname "$to")"
    new=$(mktemp "$to.XXXXXX")
    trap 'rm -f "$new"' EXIT
    cp "$tool" "$new"
    chmod 755 "$new"
    mv "$new" "$to"
  fi
  tool=$to
fi
echo "$tool"
