# Gantline. `make demo`, `make test` and `make e2e` are all the set-up that a
# fresh Debian 12 or Ubuntu machine with Go needs; each says what it installs.

# build, test, … are verbs here, though folders of those names may exist.
.PHONY: all build demo test cluster cluster-down e2e lint bench bench-cluster generate install clean
.DEFAULT_GOAL := build

SHELL := /bin/bash

# gantline-step is a layer of every image: its bytes must not tell the machine
# or folder that it was built in.
STEP_FLAGS := -trimpath -buildvcs=false -ldflags='-s -w -buildid='
FLAGS      := -trimpath -ldflags='-s -w'

build:
	@mkdir -p bin
	CGO_ENABLED=0 go build $(FLAGS) -o bin/gantline ./cmd/gantline
	CGO_ENABLED=0 GOOS=linux go build $(STEP_FLAGS) -o bin/gantline-step ./cmd/gantline-step
	@hack/tool.sh buildkitd --to bin/buildkitd >/dev/null

demo:
	@hack/setup.sh demo
	@$(MAKE) --no-print-directory build
	@hack/demo.sh

test:
	@hack/setup.sh test
	@$(MAKE) --no-print-directory build
	GANTLINE_TEST=full go test -race -timeout 40m ./...
	cd tools/images && go test ./...

# A real Kubernetes with Argo Workflows and a real Slurm on this machine, in
# namespaces of their own: nothing of the machine's network is touched.
cluster:
	@hack/setup.sh e2e
	@$(MAKE) --no-print-directory build bin/devcluster
	@bin/devcluster up --slurm

cluster-down: bin/devcluster
	@bin/devcluster down

.PHONY: bin/devcluster # go build knows what is up to date
bin/devcluster:
	@cd e2e && CGO_ENABLED=0 go build $(FLAGS) -o ../bin/devcluster ./devcluster

# The cases of e2e/cases and the tests of the cluster itself, on clusters that
# the tests start and take down; then an image with PyTorch, built and trained
# in. CASE=name runs one case, with full CRDs.
e2e:
	@hack/setup.sh e2e
	@$(MAKE) --no-print-directory build bin/devcluster
	cd e2e && GANTLINE_TEST=e2e go test -count=1 -p 1 -parallel 6 -timeout 40m $(if $(CASE),-run '^TestFull$$/^$(CASE)$$' -v .,./...)
	$(if $(CASE),,set -o pipefail; GANTLINE_TEST=torch go test -timeout 30m -run '^TestTorch$$' -v ./examples/agent | grep -v ' level=')

lint:
	@hack/lint.sh

bench:
	@hack/setup.sh bench
	@$(MAKE) --no-print-directory build
	@hack/bench.sh

# Deploys of many flows to the test cluster, beside kubectl.
bench-cluster:
	@hack/setup.sh e2e
	@$(MAKE) --no-print-directory build bin/devcluster
	@cd e2e && GANTLINE_TEST=e2e go test -count=1 -timeout 30m -run '^TestMeasureDeploy$$' -v . -args -measure

# Files that are made from the code: schemas, reference pages, goldens.
generate:
	go test ./workflows ./render ./repoclean/... ./internal/config ./internal/cli ./internal/report ./internal/objdiff -update
	go test ./examples/agent -run Docs -update

install:
	CGO_ENABLED=0 go install $(FLAGS) ./cmd/gantline
	CGO_ENABLED=0 GOOS=linux go install $(STEP_FLAGS) ./cmd/gantline-step
	@hack/tool.sh buildkitd --to "$$(go env GOPATH)/bin/buildkitd" >/dev/null

clean:
	rm -rf bin
