# Gantline. `make demo` and `make test` are all the set-up that a fresh
# Debian 12 or Ubuntu machine with Go needs; each says what it installs.

# build, test, … are verbs here, though folders of those names may exist.
.PHONY: all build demo test e2e lint bench generate install clean
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
	GANTLINE_TEST=full go test -race -timeout 20m ./...
	cd tools/images && go test ./...

e2e:
	@echo "make e2e: the test cluster does not exist yet; make test runs every test that there is" >&2
	@exit 1

lint:
	@hack/lint.sh

bench:
	@hack/setup.sh demo
	@$(MAKE) --no-print-directory build
	@hack/bench.sh

# Files that are made from the code: schemas, reference pages, goldens.
generate:
	go test ./workflows ./render ./internal/config ./internal/cli ./internal/report ./internal/objdiff -update

install:
	CGO_ENABLED=0 go install $(FLAGS) ./cmd/gantline
	CGO_ENABLED=0 GOOS=linux go install $(STEP_FLAGS) ./cmd/gantline-step
	@hack/tool.sh buildkitd --to "$$(go env GOPATH)/bin/buildkitd" >/dev/null

clean:
	rm -rf bin
