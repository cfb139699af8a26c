# Every target works on a fresh clone. `make check` is what CI runs.
GO      ?= go
TAGS    := nomsgpack
BIN     := bin/ztas
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
GOFLAGS_TEST := -tags $(TAGS) -timeout 20m

.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/ztas, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/ztas

run: build ## Build, then run the demo at http://127.0.0.1:8080
	./$(BIN) demo

test: ## Run all Go tests
	$(GO) test $(GOFLAGS_TEST) ./...

race: ## Run all Go tests with the race detector
	$(GO) test -race $(GOFLAGS_TEST) ./...

fuzz: ## Fuzz every decoder, 30 s each
	./scripts/fuzz.sh 30s

sim: ## Recount many more random streams with SQLite
	ZTAS_SEEDS=2000 $(GO) test $(GOFLAGS_TEST) -run 'Recount|Everything' ./analytics ./internal/testkit

bench: build ## Measure P1, P2, P3 and P7 against an empty handler; writes bench/RESULTS.md
	$(GO) run ./bench/cmd/bench -bin $(BIN) -out bench/RESULTS.md

lint: ## gofmt, vet, staticcheck, golangci-lint
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo 'gofmt would change:'; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet -tags $(TAGS) ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -tags $(TAGS) ./...
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run --build-tags $(TAGS) ./...

web: ## Build the dashboard into web/dist, which is committed
	cd web/dashboard && npm ci --no-audit --no-fund && npm run build

api-types: ## Make the dashboard's types of the API's document
	cd web/dashboard && npm ci --no-audit --no-fund && npm run api-types

web-check: web ## Test the dashboard's code and that the committed build is current
	cd web/dashboard && npm run check && npm test && npm run check:dist
	git diff --exit-code -- web/dist ':!*.br' ':!*.gz'

check: lint race web-check ## Everything: lint, race, dashboard

clean: ## Remove what was built
	rm -rf bin web/dashboard/node_modules

.PHONY: help build run test race fuzz sim bench lint web api-types web-check check clean
