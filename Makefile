# What a contributor types. `make help` lists it; .ci/run runs `make test`, and `make check` adds what CI has no time for.
.DEFAULT_GOAL := help

tool      := go tool -modfile=tools.mod
generated := $(shell find . -name '*.gen.go')
dynalite  := store/dynamo/dynamotest
FUZZTIME  ?= 20s
# How long the storm of `make storm` is; a failure prints its seed.
STORM_CONVERSATIONS ?= 2000
STORM_ACCOUNTS      ?= 1000
STORM_SEED          ?= 1
export STORM_SEED
# Stores write through to the disk, and tests have many of them: in memory where there is room for it.
quick     := $(shell df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2000 { print "TMPDIR=/dev/shm GOTMPDIR=/tmp" }')
# Most of what tests do is wait, so more of them than cores run at once.
PARALLEL  ?= 6

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The cheap answers first, so that a slip shows in seconds; the linter is built from source on its first run.
check: ## What a change must pass: format, modules, generated code, vet, linters, tests
	@unformatted="$$(gofmt -l .)"; test -z "$$unformatted" || { echo "not gofmt'ed: $$unformatted"; exit 1; }
	go mod tidy -diff
	@before="$$(cat $(generated) | cksum)"; $(MAKE) --no-print-directory generate; \
		test "$$before" = "$$(cat $(generated) | cksum)" || { echo "generated code was out of date; it is new now: commit it"; exit 1; }
	go vet ./...
	$(tool) golangci-lint run ./...
	$(MAKE) --no-print-directory test
	$(MAKE) --no-print-directory storm STORM_CONVERSATIONS=24 STORM_ACCOUNTS=24

test: engines ## All tests but the storm, with the race detector
	$(quick) go test -race -short -parallel $(PARALLEL) $$(go list ./... | grep -v -e certify/skillpackage -e certify/report)
	$(quick) go test -parallel $(PARALLEL) ./skill/certify/skillpackage/... ./skill/certify/report

# Hundreds of broken packages are judged one after the other: there is nothing to race, and it takes ten times as long.
# DynamoDB's stand-in is Node's (its lock file says which), and pages are looked at with Debian's browser.
engines: ## Get what the tests speak to: dynalite and chromium
	@npm ci --prefix $(dynalite) --silent --no-audit --no-fund
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium >/dev/null; } || \
		{ echo "the browser tests need chromium: install it with your system's packages"; exit 1; }

run: ## Serve the pretend Echo on 127.0.0.1:8080, with a dongle cloud of our own and the owner page
	go run . serve --no-verify

say: ## Talk to it; one turn: make say SAY='"what is my tire pressure"'
	go run . say $(SAY)

update: ## Rewrite what we say in tests/conversations; read the diff like prose
	go test ./intents/assembly -update
	go test ./tests -update

generate: ## Generate code from the contract
	go generate ./...

certify: ## Ask of the skill what Amazon will ask; writes bin/certification.html
	@mkdir -p bin
	go run . certify --report bin/certification.html

build: ## Build bin/trunkpass
	go build -trimpath -o bin/trunkpass .

lambda: ## Build the Lambda functions' zips, the same byte for byte everywhere, and print their sizes
	go run ./lambda/pack -out bin/lambda

bench: ## Measure a turn in process, time and allocations, and the start of the program
	go test -run '^$$' -bench . -benchmem ./...

bench-peers: ## Measure against Amazon's SDK for Node, side by side
	@npm ci --prefix tests/peers --silent --no-audit --no-fund
	go test -count=1 -timeout 30m -v ./tests/peers -args -measure

# In the folder itself, because go test given a package hides the terminal from the progress bar.
storm: engines ## Bad weather: STORM_CONVERSATIONS from STORM_SEED, kills included, and a crowd that guesses PINs
	cd tests && STORM_CONVERSATIONS=$(STORM_CONVERSATIONS) STORM_ACCOUNTS=$(STORM_ACCOUNTS) \
		go test -run 'TestStorm|TestCrowd' -v -timeout 0 -count 1

fuzz: ## Run every fuzz target for FUZZTIME (20s) each
	@grep -rl --include='*_test.go' '^func Fuzz' . | sort | while read -r file; do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$file"); do \
			echo "$$(dirname "$$file") $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$(dirname "$$file")" || exit 1; \
		done; \
	done

.PHONY: help check test engines run say update generate certify build lambda bench bench-peers storm fuzz
