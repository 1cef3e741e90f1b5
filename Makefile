# Everything a developer of Penstock runs, and everything CI runs. `make help` lists it.
# Needs Go, gcc, bash and make. The tools for lint and bench are built from tools/go.mod on first use.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
PKG ?= ./...
TOOL := go tool -modfile=tools/go.mod

# make golden RUN=TestSQL/window
RUN ?= .
# A benchmark that has a peer names both at its first level: impl=penstock, impl=peer-<name>.
# make bench BENCH=JSON BENCHPKG=./internal/format COUNT=6 OLD=before.txt
BENCH ?= .
BENCHPKG ?= ./...
COUNT ?= 3
OLD ?=
# make sim SEEDS=5000
SEEDS ?= 1000
# make oracle N=5000 SEED=77
N ?= 300
SEED ?= 1
# make crash ROUNDS=100
ROUNDS ?= 20
# make fuzz FUZZ=FuzzParse FUZZTIME=5m
FUZZ ?= ^Fuzz
FUZZTIME ?= 60s

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: build ## Run a streaming job over 20,000 flights on this machine, no AWS account needed
	@bash examples/flights/demo.sh

.PHONY: build
build: ## Build bin/penstock
	go build -trimpath -ldflags "-s -w -X github.com/penstock-io/penstock/internal/cli.version=$(VERSION)" -o bin/penstock ./cmd/penstock

.PHONY: test
test: ## Run all tests (PKG=./internal/expr for one package)
	go test -shuffle=on $(PKG)

.PHONY: race
race: ## Run all tests with the race detector
	go test -race -shuffle=on $(PKG)

.PHONY: sim
sim: ## Run the reshard storm of the Kinesis connector and the crashes of jobs with many seeds (SEEDS=1000)
	go test ./internal/connector/kinesis -run TestReshardStorm -sim.seeds=$(SEEDS) -timeout 0
	go test ./internal/engine -run TestSimulatedCrashes -sim.seeds=$(SEEDS) -timeout 0

.PHONY: oracle
oracle: ## Compare N random queries with DuckDB's answers, from SEED on; needs cgo
	cd internal/oracle && go vet . && go test . -timeout 0 -v -count 1 -args -oracle.n=$(N) -oracle.seed=$(SEED)

.PHONY: interop
interop: ## Run the AWS CLI, boto3 and the JavaScript and Java SDKs against penstock kinesis; writes docs/reference/interop.md
	go run ./interop

.PHONY: crash
crash: ## Kill a job with SIGKILL at random moments, ROUNDS times for each exactly-once sink, and compare what comes out
	go run ./crash -rounds $(ROUNDS)

.PHONY: postgres
postgres: ## Run the tests of the connector postgres against a PostgreSQL server of their own; installs it if need be
	go vet -tags postgres ./internal/connector/postgres
	go test -tags postgres ./internal/connector/postgres

.PHONY: vet
vet: ## Run go vet
	go vet ./...

.PHONY: lint
lint: ## Check format and run the linters of .golangci.yml
	$(TOOL) golangci-lint fmt --diff
	$(TOOL) golangci-lint run

.PHONY: fmt
fmt: ## Format the tree with gofumpt and gci
	$(TOOL) golangci-lint fmt

.PHONY: generate
generate: ## Write docs/reference from the tables in the code
	go test ./internal/refdoc -run TestReferencePages -rewrite

.PHONY: golden
golden: ## Rewrite the expected output of the golden tests (RUN=TestSQL/window for some); read the diff before you commit
	go test ./internal/sqltest -run '$(RUN)' -rewrite

.PHONY: bench
bench: ## Run our benchmarks (BENCH, BENCHPKG, COUNT); OLD=file compares with an earlier bin/bench.txt
	@mkdir -p bin
	go test -run '^$$' -bench '$(BENCH)' -skip '/impl=peer' -benchmem -count $(COUNT) $(BENCHPKG) > bin/bench.txt || { cat bin/bench.txt; exit 1; }
	$(TOOL) benchstat $(OLD) bin/bench.txt

.PHONY: bench-peers
bench-peers: ## Run our benchmarks and those of the nearest alternatives in one run, side by side
	@mkdir -p bin
	go test -run '^$$' -bench '$(BENCH)/impl=' -benchmem -count $(COUNT) $(BENCHPKG) > bin/bench-peers.txt || { cat bin/bench-peers.txt; exit 1; }
	$(TOOL) benchstat -col /impl bin/bench-peers.txt

.PHONY: fuzz
fuzz: ## Fuzz each target for FUZZTIME (default 60s); FUZZ chooses targets
	@go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' $(PKG) | while read -r pkg; do \
		{ go test -list '$(FUZZ)' "$$pkg" | grep '^Fuzz' || true; } | while read -r target; do \
			echo "fuzz $$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$pkg"; \
		done; \
	done

.PHONY: check
check: ## Run exactly what CI runs: vet, test, lint, postgres, interop, crash, with timings
	@.ci/run

.PHONY: clean
clean: ## Remove what the other targets built
	rm -rf bin
