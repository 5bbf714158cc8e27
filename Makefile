# Everything a user or a developer runs. `make help` lists it.
SHELL := /bin/bash
export CGO_ENABLED ?= 0
GO ?= go
NPM ?= npm
ARGS ?=
# The engine of the platforms that package-lock.json does not pin by its integrity; keep it equal to package.json.
CHDB := 26.7.3-stable.1

.PHONY: help build test test-kafka demo check bench clean engine

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /\t/'

engine: node_modules/.package-lock.json ## fetch the ClickHouse engine (npm, pinned by package-lock.json)

node_modules/.package-lock.json: package.json package-lock.json
	@command -v $(NPM) >/dev/null || { echo "npm is missing: install Node.js 20 or newer, it fetches the ClickHouse engine" >&2; exit 1; }
	$(NPM) ci --no-audit --no-fund
	@case "$$(uname -sm)" in \
	  "Linux x86_64") ;; \
	  "Linux aarch64") $(NPM) install --no-save --no-audit --no-fund @chdb/lib-linux-arm64-gnu@$(CHDB) ;; \
	  "Darwin arm64") $(NPM) install --no-save --no-audit --no-fund @chdb/lib-darwin-arm64@$(CHDB) ;; \
	  "Darwin x86_64") $(NPM) install --no-save --no-audit --no-fund @chdb/lib-darwin-x64@$(CHDB) ;; \
	  *) echo "no prebuilt ClickHouse engine for $$(uname -sm): name a server in workmix.yaml" >&2 ;; \
	esac
	@touch $@

test: engine ## every test
	$(GO) test ./...

test-kafka: ## the log's tests on a real Apache Kafka too (needs a JDK 17 and Maven)
	deploy/kafka/run.sh $(GO) test -count=1 -p 1 ./internal/eventlog ./processors/...

check: ## what CI checks besides tests
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not formatted: $$(gofmt -l $$(git ls-files '*.go'))" >&2; exit 1; }
	$(GO) vet ./...

clean: ## remove what was built
	rm -rf bin node_modules
