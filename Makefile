# Every target is a verb with a ## line; `make` alone prints them. `make check` is all that CI runs.

# Labelled sets to measure quality on beside the sample in bench/sample: SET.accounts.jsonl.gz and SET.leads.jsonl.gz.
# Used only where the folder exists.
DATA ?= ../shared/data

# How long each fuzz target runs in `make fuzz`.
FUZZTIME ?= 30s

# How many kills `make kill` and `make kill-rematch` do, and how long `make overload` and `make soak` last.
CYCLES ?= 1200
KILLS ?= 100
OVERLOAD ?= 3m
SOAK ?= 1h

# How long `make replicas` kills and parts.
CHAOS ?= 1m

# What `leadmatchd --version` and `leadmatch --version` say, and where `make build` puts them.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
BIN ?= bin
STAMP = -X github.com/leadmatch/leadmatch/server.version=$(VERSION) -X main.stamp=$(VERSION)

# buf is needed only to change a .proto, and takes minutes to build: it is fetched when it is asked for.
BUF_VERSION := v1.75.0
BUF ?= go run github.com/bufbuild/buf/cmd/buf@$(BUF_VERSION)

SETS := $(if $(wildcard $(DATA)/*.leads.jsonl.gz),-data $(DATA))
SCALE := $(if $(wildcard $(DATA)/scale.accounts.jsonl.gz),-file $(DATA)/scale.accounts.jsonl.gz)

# The race detector needs a C compiler; everything else does not.
CC_FOUND := $(shell command -v cc || command -v gcc || command -v clang)

.DEFAULT_GOAL := help
.PHONY: help demo build test race lint lint-proto generate check floors guard guard-accept bench bench-compare quality \
	results retyped million sizes fit ablate load impact fuzz kill kill-rematch rematch same \
	faults overload soak peers peers-check replicas beam beam-check scaling reproduce package-check browser observe-cost console clean

help: ## Print what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Start a server, match the sample leads, print decisions with their reasons, stop
	go run ./bench/demo

build: ## Build leadmatchd and leadmatch into bin/: static, and the same bytes from the same sources
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(STAMP)' -o $(BIN)/ ./server/leadmatchd ./client/leadmatch

reproduce: ## Build what is committed twice, in two folders, once with nothing cached, and compare the bytes
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && mkdir "$$dir/one" "$$dir/another" && \
		git archive HEAD | tar -x -C "$$dir/one" && git archive HEAD | tar -x -C "$$dir/another" && \
		version=$$(git describe --tags --always) && \
		$(MAKE) -s -C "$$dir/one" build VERSION=$$version BIN=bin && \
		GOCACHE="$$dir/cache" $(MAKE) -s -C "$$dir/another" build VERSION=$$version BIN=bin && \
		cmp "$$dir/one/bin/leadmatchd" "$$dir/another/bin/leadmatchd" && \
		cmp "$$dir/one/bin/leadmatch" "$$dir/another/bin/leadmatch" && \
		cd "$$dir/one/bin" && echo "the same bytes, of $$version by $$(go env GOVERSION):" && sha256sum *

package-check: ## Check what server/deploy holds: its manifests strictly, and the image's files in an empty root (Linux, with user namespaces)
	go -C server/deploy/kubernetes/check mod tidy -diff
	go -C server/deploy/kubernetes/check vet ./...
	go -C server/deploy/kubernetes/check test -count 1 ./... # the manifests are no part of that module, so that go test does not see them change
	go vet -tags image ./server/deploy
	go test -tags image ./server/deploy -v -count 1

test: ## Run all tests
	go test ./...

race: ## Run all tests under the race detector
ifneq ($(CC_FOUND),)
	CGO_ENABLED=1 go test -race ./...
else
	@echo 'race: no C compiler found, which the race detector needs: NOT RUN'
endif

lint: ## Check format, vet, staticcheck, and that generated code fits its sources
	@unformatted=$$(go tool gofumpt -l .) && \
		if [ -n "$$unformatted" ]; then printf 'not formatted (go tool gofumpt -w FILE):\n%s\n' "$$unformatted"; exit 1; fi
	go vet ./...
	go vet -tags noop,uncounted ./server ./server/metrics
	go tool staticcheck ./...
	go test ./proto

lint-proto: ## Check the .proto files' format and rules (fetches buf)
	$(BUF) format --diff --exit-code proto
	$(BUF) lint proto

generate: ## Write generated code anew (fetches buf)
	cd proto && $(BUF) generate && $(BUF) generate --template buf.gen.http.yaml --path leadmatch/v1
	go test ./proto -update
	go generate ./...

check: lint build floors guard demo race test ## Do all that CI does; needs only Go and make

floors: ## Check that decisions are no worse than the floors, on the sample and, where it exists, on DATA
	go run ./bench/quality $(SETS) -timed 0 -floors bench/quality/floors.json
	@$(if $(SETS),,echo 'floors: no labelled sets in $(DATA): only the sample was checked')

guard: ## Check that the engine does just the work that bench/guard/figures.txt says, and takes no longer
	go vet -tags count ./matcher ./bench/guard
	go run ./bench/guard
	go run -tags count ./bench/guard

guard-accept: ## Write what make guard measures into bench/guard/figures.txt: a change that is meant
	go run ./bench/guard -accept
	go run -tags count ./bench/guard -accept

bench: ## Run the benchmarks (ACCOUNTS=1000000 for a million accounts)
	go test -run '^$$' -bench . -benchmem ./...

bench-compare: ## Measure the engine against another commit's, REF=main~1, and let benchstat say what differs (5 minutes)
	@go run ./bench/compare -ref '$(REF)'

quality: ## Print decision quality on the sample and, where it exists, on DATA
	go run ./bench/quality $(SETS)

results: ## Write anew what the README shows, and the quality tables of bench/RESULTS.md, also through a server
	go run ./bench/demo -readme README.md
	go run ./bench/quality $(SETS) -served -results bench/RESULTS.md -readme README.md

fit: ## Fit the model to the labelled sets in DATA, measure each set by a fit to the others, and write matcher/model.txt
	go run ./bench/quality $(SETS) -fit matcher/model.txt

ablate: ## Measure the model without each of its parts, on the labelled sets in DATA
	go run ./bench/quality $(SETS) -fit matcher/model.txt -ablate

retyped: ## Measure decisions on leads made of the names of a million accounts, which DATA must have
	go run ./bench/retyped $(SCALE)

million: ## Measure with a million accounts, of DATA where it has them, and write bench/RESULTS.md
	go run ./bench/million $(SCALE) -results bench/RESULTS.md
	go run ./bench/scaling >/dev/null # server/SCALING.md is computed from it

sizes: ## Measure with 10 thousand to 10 million made-up accounts (half an hour, 10 GB of memory), and write bench/RESULTS.md
	go run ./bench/million -accounts 10000,100000,1000000,10000000 -results bench/RESULTS.md
	go run ./bench/scaling >/dev/null # server/SCALING.md is computed from it

load: ## Measure a server with a million accounts under load, and write bench/RESULTS.md (twelve minutes)
	go run ./bench/service $(SCALE) -results bench/RESULTS.md
	go run ./bench/scaling >/dev/null # server/SCALING.md is computed from it

observe-cost: ## Measure what metrics and traces cost, in turns, and write bench/RESULTS.md (3 minutes)
	go run ./bench/service -observe -accounts 20000 -span 1500ms -results bench/RESULTS.md

console: ## Time the console's pages with a million accounts in a headless Chromium, and write bench/RESULTS.md (3 minutes)
	go run ./bench/console $(SCALE) -results bench/RESULTS.md

rematch: ## Measure rematching a million leads against a million accounts, and write bench/RESULTS.md (some fifteen minutes)
	go run ./bench/rematch -results bench/RESULTS.md

same: ## Check that rematch, and Match lead by lead, give the same bytes, on the sample and on DATA
	go test ./client/leadmatch -run '^TestSameAnswer' -v -count 1 $(if $(SETS),-same.data $(abspath $(DATA)))

impact: ## Measure how many leads need not be decided again when accounts change, and write bench/RESULTS.md (a minute)
	go run ./bench/impact -results bench/RESULTS.md

fuzz: ## Fuzz every target for FUZZTIME each
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

kill: ## Kill leadmatchd CYCLES times while it writes, and look for what is lost
	go test ./server/leadmatchd -run '^TestKill$$' -v -timeout 0 -kill.cycles $(CYCLES)

kill-rematch: ## Kill leadmatch rematch KILLS times, look for outcomes that are lost or doubled, and write bench/RESULTS.md (2 minutes)
	@report=$$(mktemp) && trap 'rm -f "$$report"' EXIT && \
		go test ./client/leadmatch -run '^TestRematchIsKilled$$' -v -timeout 0 -rematch.kills $(KILLS) -rematch.report "$$report" && \
		go run ./bench/results/section -name 'Rematching, killed' -command 'make kill-rematch' bench/RESULTS.md < "$$report"

faults: ## Run leadmatchd on disks that are full and files that may not grow (Linux, with user namespaces)
	go vet -tags faults ./server/leadmatchd
	go test -tags faults ./server/leadmatchd -run 'FullDisk|NoSpaceAtAll|FilesMayNotGrow' -v -timeout 20m

overload: ## Ask for three times as much as the server can do, for OVERLOAD
	go test ./server -run '^TestOverload$$' -v -timeout 0 -overload.time $(OVERLOAD) -overload.floor 0.8

soak: ## Use a server in all ways for SOAK, and look for leaks and for drift between store and index (Linux)
	go vet -tags soak ./server/leadmatchd
	go test -tags soak ./server/leadmatchd -run '^TestSoak$$' -v -timeout 0 -soak.time $(SOAK)

peers: ## Measure leadmatch beside PostgreSQL, Bleve and strutil (20 minutes; PEERS=-quick for less), and write bench/RESULTS.md
	go build -C bench/peers -mod=mod -o $(CURDIR)/bin/peers . # -mod=mod: leadmatch may need more than when it was tidied
	bin/peers $(if $(wildcard $(DATA)/*.leads.jsonl.gz),-data $(DATA)) -results bench/RESULTS.md $(PEERS)

peers-check: ## Check and test bench/peers, a module of its own
	go -C bench/peers mod tidy -diff
	go -C bench/peers vet ./...
	staticcheck=$$(go tool -n staticcheck) && cd bench/peers && $$staticcheck ./...
	go -C bench/peers test ./...

beam: ## Measure a pipeline of Apache Beam on its local runner beside leadmatch rematch (fetches Beam; 5 minutes), and write bench/RESULTS.md
	go run ./bench/beam -results bench/RESULTS.md

beam-check: ## Check and test client/beam, a module of its own (no part of make check: Beam takes minutes to build)
	go -C client/beam mod tidy -diff
	go -C client/beam vet ./...
	staticcheck=$$(go tool -n staticcheck) && cd client/beam && $$staticcheck ./...
	go -C client/beam test . $(if $(wildcard $(DATA)/*.leads.jsonl.gz),-data $(abspath $(DATA)))

scaling: ## Count bytes into bench/RESULTS.md, and compute the tables of server/SCALING.md from it
	go run ./bench/scaling -count

replicas: ## Kill, stop and part three leadmatchds and three servers of NATS for CHAOS, measure them (seven minutes with the build), and write bench/RESULTS.md
	go -C server/replica/cluster mod tidy -diff
	go -C server/replica/cluster vet ./...
	go -C server/replica/cluster test ./... -v -count 1 -timeout 0 -chaos.time $(CHAOS) \
		-figures $(CURDIR)/bench/RESULTS.md -figures.accounts 100000 -figures.time 10s

browser: ## Click through the console in a headless Chromium (PICTURES=1 writes server/console/screenshots anew)
	go build -o bin/ ./server/leadmatchd ./client/leadmatch
	go -C server/console/browser vet -tags big ./...
	go -C server/console/browser test -count 1 ./... $(if $(PICTURES),-screenshots ../screenshots)

clean: ## Remove what the other targets made
	rm -rf bin
	go clean -testcache
