# Everything a user or a developer runs. `make help` lists it.
SHELL := /bin/bash
export CGO_ENABLED ?= 0
GO ?= go
NPM ?= npm
ARGS ?=
DATA ?= $(or $(WORKMIX_TEST_DATA),../shared/data)
# The engine of the platforms that package-lock.json does not pin by its integrity; keep it equal to package.json.
CHDB := 26.7.3-stable.1
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT := mvdan.cc/gofumpt@v0.12.0

.PHONY: assets help build test test-kafka test-browser demo check race bench bench-queries bench-pages train reliability clean engine go

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

assets: internal/web/assets/dist/app.js ## bundle the scripts of the pages, which the program embeds

internal/web/assets/dist/app.js: node_modules/.package-lock.json $(wildcard internal/web/ui/*)
	node internal/web/ui/build.mjs

go:
	@command -v $(GO) >/dev/null || { echo "Go is missing: install Go 1.26 or newer" >&2; exit 1; }

demo: build ## a simulated organisation through every real part; ARGS=--once prints its work mix and exits
	bin/workmix demo $(ARGS)

build: go engine assets ## bin/workmix, and the engine where it finds it
	$(GO) build -o bin/workmix ./cmd/workmix

test: go engine assets ## every test that needs only Go, npm and make
	$(GO) test -timeout 40m ./...

test-kafka: go ## the log's tests on a real Apache Kafka too (needs a JDK 17 and Maven)
	deploy/kafka/run.sh $(GO) test -count=1 -p 1 ./internal/eventlog ./processors/...

test-browser: build ## the pages of a running demo in Chromium: console, other hosts, width, axe-core (needs Chromium)
	node --test --test-concurrency=1 internal/web/browser/

check: go ## formatting, vet, golangci-lint, go.mod
	@out="$$($(GO) run $(GOFUMPT) -l $$(git ls-files '*.go'))" && test -z "$$out" || { echo "not formatted by gofumpt: $$out" >&2; exit 1; }
	$(GO) vet ./...
	$(GO) run $(GOLANGCI) run ./...
	$(GO) mod tidy -diff

race: go engine assets ## the short tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -short -timeout 40m ./...

bench: build ## speed and memory, each figure the median of five in one run of about ten minutes
	@GO="$(GO)" .ci/bench $(ARGS)

bench-queries: go engine ## every question over a million generated items, the first time some minutes more to generate them
	@$(GO) test ./queries -run xxx -bench '^BenchmarkCatalog$$' -benchtime 1x -timeout 3h

bench-pages: go engine assets ## each page's server time over the items that bench-queries generated
	@$(GO) test ./internal/web -run xxx -bench '^BenchmarkPages$$' -benchtime 1x -timeout 1h

train: go ## processors/classify/model.tsv, from labelled data beside the project (DATA=...)
	@test -d "$(DATA)/labelled" || { echo "no labelled data in $(DATA): name its folder with DATA=" >&2; exit 1; }
	$(GO) run ./cmd/workmix rules train --items $(DATA)/labelled/items.jsonl --gold $(DATA)/labelled/gold.jsonl --weak $(DATA) --people $(DATA) -o processors/classify/model.tsv

reliability: go engine assets ## kills, poison, outages and a rebuild; writes its numbers to standard output
	$(GO) test -count=1 -timeout 30m -tags reliability -run Reliability -v ./cmd/workmix

clean: ## remove what was built and fetched
	rm -rf bin node_modules internal/web/assets/dist internal/web/browser/shots
