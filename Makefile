# Every target works on a fresh clone. CI runs .ci/run.
GO      ?= go
TAGS    := nomsgpack
BIN     := bin/ztas
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
GOFLAGS_TEST := -tags $(TAGS) -pgo=off -timeout 20m

.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build bin/ztas, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/ztas

run: build ## Build, then run the demo at http://127.0.0.1:8080
	./$(BIN) demo

test: ## Run all tests: Go's, then `make e2e` where Node and Chromium are there or can be installed
	$(GO) test $(GOFLAGS_TEST) ./...
	GO='$(GO)' ./scripts/e2e.sh --optional

race: ## Run all Go tests with the race detector
	$(GO) test -race $(GOFLAGS_TEST) ./...

fuzz: ## Fuzz every decoder, 30 s each
	./scripts/fuzz.sh 30s

security: ## Send 200,000 malformed requests, then fuzz every decoder, 30 s each (docs/security.md)
	ZTAS_HOSTILE=210000 $(GO) test $(GOFLAGS_TEST) -count=1 -v -run 'TestMalformed(Requests|Hits)' ./api
	$(MAKE) fuzz

FAULTS := TestKill|TestRetryStorm|TestDamagedData|TestPowerCut|TestPowerCutBites|TestDiskFull|TestStorageErrors|TestDataDiskHangs|TestPoisonEvent

faults: ## Kill, cut the power, fill and break the disk under the real program (R1 to R6, R12); ten to twenty minutes, needs Linux and root
	@command -v strace >/dev/null || { apt-get update -q && apt-get install -y -q --no-install-recommends strace; } || echo 'no strace: some tests are skipped'
	@mkdir -p bin
	ZTAS_KILLS=100 ZTAS_KILL_EVENTS=1000000 ZTAS_DAMAGES=200 $(GO) test -tags $(TAGS),faults -timeout 90m -count=1 -v -run '^($(FAULTS))$$' \
	  ./cmd/ztas >bin/faults.txt; status=$$?; grep -vE '^=== ' bin/faults.txt; exit $$status

SIM_TIME ?= 1h

sim: lives ## Simulate 10,000 lives of the actor system with faults; recount many more random streams with SQLite
	ZTAS_SEEDS=2000 $(GO) test -tags $(TAGS) -pgo=off -timeout 60m -count=1 -run 'Recount|Everything' ./analytics ./internal/testkit/...

lives: ## The first half of make sim, as CI runs it; SIM_TIME=6m begins no more lives after six minutes
	@mkdir -p bin
	ZTAS_SIM_SEEDS=10000 ZTAS_SIM_TIME=$(SIM_TIME) $(GO) test -tags $(TAGS) -timeout 90m -count=1 -v -run '^TestSimulation$$' ./actors >bin/sim.txt; \
	  status=$$?; grep -E 'seeds in|seed [0-9]+ |^(ok|FAIL|panic|fatal)' bin/sim.txt; exit $$status

bench: build ## Measure P1, P2, P3 and P7 against an empty handler; writes bench/RESULTS.md
	$(GO) run ./bench/cmd/bench -bin $(BIN) -out bench/RESULTS.md

profile: ## Measure where the server's CPU goes; writes cmd/ztas/default.pgo, by which the compiler decides what to inline
	dir=$$(mktemp -d) && CGO_ENABLED=0 $(GO) build -trimpath -pgo=off -tags $(TAGS),profile -o $$dir/ztas ./cmd/ztas && \
	  CPU_PROFILES=$$dir $(GO) run ./bench/cmd/bench -bin $$dir/ztas -out $$dir/results.md && \
	  $(GO) tool pprof -proto -output cmd/ztas/default.pgo $$dir/*.pprof && rm -r $$dir

ONLY ?= 1

load: ## Measure under load, with much data and many clients (docs/performance.md); writes bench/RESULTS-load.md; ONLY=P5,R10 prints some figures
	ZTAS_LOAD=$(ONLY) $(GO) run ./bench/cmd/loadtable $(if $(filter 1,$(ONLY)),-out bench/RESULTS-load.md,-command 'make load ONLY=$(ONLY)') \
	  -note '$(if $(ZTAS_LOAD_SCALE),sizes are those of make load times $(ZTAS_LOAD_SCALE))' -- \
	  $(GO) test -tags $(TAGS) -timeout 60m -count=1 -v -run '^TestLoad' ./cmd/ztas

peers: build ## Compare with GoatCounter and DuckDB, which it builds, in one run; writes bench/RESULTS-peers.md
	$(GO) run -tags $(TAGS) ./bench/peers -bin $(BIN) -out bench/RESULTS-peers.md

proof: ## Print what questions about events cost: backfill, equality with SQL, filters over 10 M events, exports, webhooks
	ZTAS_ROWS=1000000 $(GO) test $(GOFLAGS_TEST) -count=1 -v -run TestBackfillWhileEventsArrive ./cmd/ztas
	ZTAS_SEEDS=20 $(GO) test $(GOFLAGS_TEST) -count=1 -v -run TestExportsEqualSQL ./cmd/ztas
	ZTAS_ROWS=10000000 $(GO) test $(GOFLAGS_TEST) -count=1 -run xxx -bench FilteredQuery -benchtime 5x ./actors
	$(GO) test $(GOFLAGS_TEST) -count=1 -v -run TestExportMemory ./api
	$(GO) test $(GOFLAGS_TEST) -count=1 -v -run 'TestGoalWebhook|TestKilledBeforeDelivery|TestAlertFires' ./cmd/ztas

lint: ## gofmt, vet, staticcheck, golangci-lint
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo 'gofmt would change:'; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet -tags $(TAGS) ./...
	$(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2 -tags $(TAGS) ./...
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run --build-tags $(TAGS) ./...

web: web-tracker ## Build the dashboard into web/dist and the tracker into web/tracker/dist, which are committed
	cd web/dashboard && npm ci --no-audit --no-fund && npm run build

web-tracker: ## Build the tracker alone; prints the sizes, fails above the budget
	cd web/tracker && npm ci --no-audit --no-fund && npm run build

api-types: ## Make the dashboard's types of the API's document
	cd web/dashboard && npm ci --no-audit --no-fund && npm run api-types

web-check: web ## Test the dashboard's and the tracker's code, and that the committed builds are current
	cd web/dashboard && npm run check && npm test && npm run check:dist
	cd web/tracker && npm run check && npm test && npm run check:dist
	git diff --exit-code -- web/dist web/tracker/dist ':!*.br' ':!*.gz'

e2e: ## Drive the tracker, other products' trackers and the dashboard in Chromium against the real server
	GO='$(GO)' ./scripts/e2e.sh

check: lint race web-check ## Everything: lint, race, dashboard

clean: ## Remove what was built
	rm -rf bin web/dashboard/node_modules web/tracker/node_modules web/tracker/lib web/compat/node_modules

.PHONY: help build run test race fuzz security sim lives bench profile load peers faults lint web web-tracker api-types web-check e2e check clean
