# `make help` lists the targets. Recipes are one or two lines; anything longer
# is a Go program in scripts/.

PORT ?= 8787
FUZZTIME ?= 10s
CORPUS ?= ../shared/corpus/qr

# What the engine and the server are built from; tests and their data are not.
SOURCES := go.mod go.sum $(shell find wasm worker shared scripts/build scripts/engine web/engine/decoder.js -type f ! -name '*_test.go' ! -path '*/testdata/*')

build: ## engine, native server and pages into dist/, with brotli and gzip copies (default)
	go run ./scripts/build && go run ./scripts/pages

run: dist/server ## pages and native server on localhost; PORT=8787
	PORT=$(PORT) dist/server -demo

dist/server: $(SOURCES)
	go run ./scripts/build -fast

edge: dist/edge/edge.wasm ## the same on workerd, the engine of Cloudflare Workers; PORT=8787
	@test -d node_modules/workerd || npm ci
	PORT=$(PORT) go run ./scripts/edge

dist/edge/edge.wasm: $(SOURCES) $(wildcard worker/edge/*.mjs)
	go run ./scripts/build -edge

test: ## everything below, the one command
	go run ./scripts/test lint go wasm js browser

test-go: ## Go tests, natively
	go run ./scripts/test go

test-wasm: ## Go tests under GOOS=js in node
	go run ./scripts/test wasm

test-js: ## plain JavaScript modules with node --test
	go run ./scripts/test js

test-browser: ## all pages in Chromium of today and 109, the most in Firefox and WebKitGTK
	go run ./scripts/test browser

lint: ## gofmt, vet for both targets, staticcheck, tsc, imports and file sizes
	go run ./scripts/test lint

hostile: ## a million redemptions tried at each of three servers, on one Redis and one SQLite file
	go test -count=1 -v -timeout 3h -run '^TestHostile' ./worker -hostile 1000000

races: ## a hundred requests race for each of a thousand nonces, at each way to run the endpoint
	go test -count=1 -v -timeout 3h -run '^TestConformance$$/./^(races|kill)$$' ./worker -races 1000

deploy-check: build ## what wrangler would deploy to Cloudflare, packed without a network
	@test -d node_modules/wrangler || npm ci
	CI=1 WRANGLER_SEND_METRICS=false npx wrangler deploy --dry-run --config worker/edge/wrangler.jsonc --outdir dist/deploy

vectors: ## make our test vectors again; no difference expected
	go run ./scripts/vectors

conformance: ## published test vectors, as a table
	go run ./scripts/test -conformance -run '^TestConformance' go

attack: ## hostile cards and answers, as a table
	go run ./scripts/test -show -run '^TestAttack' go

bench: ## camera frame to text and to verdict at 720p, then the Go packages
	go run ./scripts/bench && go test -run '^$$' -bench FrameToVerdict -benchtime 1x ./scripts/browsertest
	go test -run '^$$' -bench . -benchmem ./shared/... ./worker/...

bench-qr: ## our decoder and zxing-wasm on labelled images; CORPUS="DIR..." RESULTS=FILE.json
	@test -d node_modules/zxing-wasm || npm ci
	go test -run '^$$' -bench '^BenchmarkReaders$$' -benchtime 1x -timeout 3h ./scripts/browsertest -corpus "$(abspath $(CORPUS))" -results "$(abspath $(RESULTS))"

bench-camera: ## a camera's frame to its text, each way ours gets at it, beside canvas + zxing-wasm
	@test -d node_modules/zxing-wasm || npm ci
	go test -run '^$$' -bench '^BenchmarkCamera$$' -benchtime 1x -timeout 1h ./scripts/browsertest

bench-edge: dist/server dist/edge/edge.wasm ## requests/s of each endpoint beside a JavaScript worker; BENCH="-rounds 5" or "-soak 1000000"
	@test -d node_modules/workerd || npm ci
	go run ./scripts/benchedge $(BENCH)

bench-page: build ## the pages of a release on a quarter of a core and a thin line, as root; N=5 fresh profiles
	go run ./scripts/benchpage -n $(or $(N),5)

pictures: ## every page and outcome as screenshots in dist/pictures
	go test -count=1 -run '^TestPictures' ./scripts/browsertest -pictures $(CURDIR)/dist/pictures

size: build ## sizes of engine and page beside their budgets; fails when over
	go run ./scripts/size

fuzz: ## every fuzz target, one after another; FUZZTIME=10s each
	go run ./scripts/fuzz -time $(FUZZTIME)

clean: ## remove dist/
	rm -rf dist

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

.PHONY: build run edge test test-go test-wasm test-js test-browser lint vectors conformance attack deploy-check hostile races bench bench-qr bench-camera bench-edge bench-page pictures size fuzz clean help
