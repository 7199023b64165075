# What a person, and CI, does with this project. `make help` lists it.

.DEFAULT_GOAL := help
.PHONY: help build run web web-check web-journeys pages test bench lint vet format staticcheck staticcheck-fetch mutate

# Checked together with a Go release; a linter that changes by itself would fail
# a commit that did not change.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
# Without the symbols, which are a quarter of the program and which no crash report needs, and with less
# empty space between functions.
LDFLAGS := -s -w -funcalign=16 $(if $(VERSION),-X main.version=$(VERSION))

# Every module here: the main one, and those below test/ that keep other people's
# client libraries out of it.
MODULES := . $(patsubst %/go.mod,%,$(shell find test -name node_modules -prune -o -name go.mod -print))

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: pages ## build bin/qiwei, one static program, with the pages where Node is present
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/qiwei ./cmd/qiwei

run: build ## build, then run a demo enterprise: make run [ARGS='--listen :0']
	bin/qiwei dev $(ARGS)

web: web/dist/console/index.html.gz ## build the pages of the console and the phone (needs Node)

web-check: web/node_modules/.package-lock.json ## check the types of the pages and run their unit tests
	cd web && npm run --silent check && npm run --silent test

web-journeys: build ## drive the pages in Chromium, against bin/qiwei
	cd web && npm run --silent journeys

# The program is built with the pages there are: without Node, or where npm cannot
# reach its registry, with none.
pages:
	@if command -v npm >/dev/null; then \
		$(MAKE) --no-print-directory web || echo "the pages were not built; /console/ and /phone/ will say so"; \
	else echo "no npm here: /console/ and /phone/ will say what to do"; fi

WEB := $(shell find web -name node_modules -prune -o -path web/dist -prune -o -type f ! -name '*.go' ! -name '*.test.ts' -print)

web/dist/console/index.html.gz: $(WEB) web/node_modules/.package-lock.json
	cd web && npm run --silent build -- --logLevel warn

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --silent --no-audit --no-fund && touch node_modules/.package-lock.json

test: ## run every test on SQLite and PostgreSQL: make test [ARGS='-run Member ./internal/…']
	@# Not by go run, which does not hand on the SIGTERM that make gives it.
	@go build -o bin/test-run ./test/run
	@bin/test-run -- $(ARGS)

bench: ## measure, and print the performance table
	go run ./test/bench $(ARGS)

mutate: ## put faults into rooms, and say which no test notices: make mutate ARGS='-sample 30 directory'
	go run ./test/mutate $(ARGS)

lint: vet staticcheck ## gofmt, go vet and staticcheck

vet: format ## gofmt and go vet alone, which need no download
	@set -e; for module in $(MODULES); do (cd $$module && echo "go vet in $$module" && go vet ./...); done

format:
	@unformatted=$$(find . \( -name node_modules -o -name .git \) -prune -o -name '*.go' -print | xargs gofmt -l); \
	if [ -n "$$unformatted" ]; then echo "gofmt would change:"; echo "$$unformatted"; exit 1; fi

staticcheck:
	@set -e; for module in $(MODULES); do (cd $$module && echo "staticcheck in $$module" && go run $(STATICCHECK) ./...); done

staticcheck-fetch: # whether it can be had at all
	go run $(STATICCHECK) -version
