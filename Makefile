# Everything a fresh machine lacks is set up first; that takes a while the first time, and a second afterwards.
.PHONY: run test check house docs dev setup dist deb check-packaging fuzz fuzz-api openapi soak drill drill-device screenshots bench-web bench-live bench-agents bench-downloads bench-kills bench-catalogue bench-planner bench-device bench-bundles drill-bundles
SHELL := bash

run:   ## Build and serve on http://127.0.0.1:3000; data in ./data
	@scripts/setup.sh run
	@scripts/run.sh

test:  ## All checks and tests, as in CI; the last line counts the passed ones
	@scripts/setup.sh test
	@scripts/test.sh

check: ## Only the checks: formatting, direction, figures of the house, spelling, dependencies, lints, types
	@scripts/setup.sh check
	@scripts/test.sh format direction spelling dependencies clippy types

house: ## Sizes of the crates, import circles, arrows against the floors, names defined twice, comments
	@node scripts/house.mjs $(or $(SHOW),some)

docs:  ## The documentation of the code, with an index of the crates; target/doc/index.html
	@scripts/docs.sh

dev:   ## Rebuild and reload at every change
	@scripts/setup.sh dev
	@. scripts/env.sh && exec cargo leptos watch --split -- serve

dist:  ## A tarball of the release build with its checksum and the list of its crates (CycloneDX), in target/dist
	@scripts/setup.sh tarball
	@scripts/dist.sh tarball

deb:   ## A Debian package of the release build, in target/dist
	@scripts/setup.sh dist
	@scripts/dist.sh deb

check-packaging: ## Every file of packaging/, checked by the tool that will read it
	@scripts/setup.sh packaging
	@scripts/dist.sh deb
	@scripts/check-packaging.sh

setup: ## Only install the tools
	@scripts/setup.sh test

bench-web: ## Startup, memory, sizes, live frames and pages of the release build, with Lighthouse, as tables for docs/benchmarks.md
	@scripts/setup.sh bench-web
	@. scripts/env.sh && scripts/build-site.sh release && node --experimental-websocket scripts/bench.mjs "$$CARGO_TARGET_DIR/release/smartcache" target/site

bench-live: ## Live connections of one server and of two, sign-ins and half requests, and Django Channels; PARTS="one 8000 10000 two broadcast"
	@scripts/setup.sh bench-live
	@. scripts/env.sh && scripts/with-postgres.sh cargo bench -p smartcache-server --bench live -- \
	  $(or $(PARTS),one 8000 10000 two broadcast) "$$SMARTCACHE_TOOLS/channels/bin/python"

screenshots: ## Pictures of every page, phone and desktop, light and dark, into docs/screens, with a contact sheet
	@scripts/setup.sh test
	@. scripts/env.sh && scripts/build-site.sh dev && cd end2end && SCREENS=1 SMARTCACHE_BIN="$$CARGO_TARGET_DIR/debug/smartcache" \
	  SMARTCACHE_SITE="$$PWD/../target/site" node_modules/.bin/playwright test screens

drill: ## Long drills: the database, the bucket, a worker and a web process are away or die; minutes
	@scripts/setup.sh test
	@scripts/with-postgres.sh cargo test -p smartcache-server --features smartcache/testing --test http -- \
	  drills:: --include-ignored --nocapture --test-threads=1

drill-device: ## Tab, renderer and browser are killed while a copy comes to the device; KILLS=20
	@scripts/setup.sh test
	@. scripts/env.sh && scripts/build-site.sh dev && cd end2end && KILLS=$(or $(KILLS),20) SMARTCACHE_BIN="$$CARGO_TARGET_DIR/debug/smartcache" \
	  SMARTCACHE_SITE="$$PWD/../target/site" node_modules/.bin/playwright test device-kills

drill-bundles: ## Export and import of bundles are killed, and random histories of two nodes with real databases; KILLS=200 HISTORIES=50
	@scripts/setup.sh test
	@. scripts/env.sh && cargo build -p smartcache-server && node scripts/drill-bundles.mjs "$$CARGO_TARGET_DIR/debug/smartcache" $(or $(KILLS),200)
	@. scripts/env.sh && SMARTCACHE_HISTORIES=$(or $(HISTORIES),50) scripts/with-postgres.sh cargo test -p smartcache --features testing --lib histories

fuzz: ## Fuzz the parsers of feeds, lists and volumes; SECONDS=60 for each of TARGETS="feed json_feed opml header volume record"
	@scripts/setup.sh fuzz
	@scripts/fuzz.sh $(or $(SECONDS),60) $(TARGETS)

openapi: ## Write docs/openapi.json anew, the description of the REST API; look at the difference
	@. scripts/env.sh && cargo build -p smartcache-server && "$$CARGO_TARGET_DIR/debug/smartcache" openapi > docs/openapi.json && git diff --stat docs/openapi.json

fuzz-api: ## Ask a server whatever its description allows and forbids, with schemathesis; CASES=10000
	@scripts/setup.sh fuzz-api
	@. scripts/env.sh && cargo build -p smartcache-server && node scripts/fuzz-api.mjs "$$CARGO_TARGET_DIR/debug/smartcache" $(or $(CASES),10000)

soak: ## Ten downloads per second for half an hour, with faults: losses and leftovers; MINUTES=30, about 7 GB of disk
	@scripts/setup.sh bench
	@. scripts/env.sh && cargo bench -p smartcache-server --bench downloads -- soak $(or $(MINUTES),30)

bench-agents: ## Turns per second of the agent team, compared with AutoGen in its own Python environment
	@scripts/setup.sh bench-agents
	@. scripts/env.sh && cargo bench -p smartcache-server --bench agents -- "$$SMARTCACHE_TOOLS/autogen/bin/python"

bench-kills: ## Time until a download is ready after its server is killed and restarted; TIMES=20
	@scripts/setup.sh bench
	@. scripts/env.sh && cargo bench -p smartcache-server --bench downloads -- kills $(or $(TIMES),20)

bench-downloads: ## Downloads compared with curl, aria2c and wget on loopback; ROUNDS=5 TASKS="a b c d e f 1 10 50 100"
	@scripts/setup.sh bench
	@. scripts/env.sh && cargo bench -p smartcache-server --bench downloads -- $(or $(ROUNDS),5) $(TASKS)

bench-catalogue: ## A million items on both databases, a thousand feeds compared with gPodder, and feed parsers compared; PARTS="scale feeds parse"
	@scripts/setup.sh bench-catalogue
	@scripts/bench-catalogue.sh $(or $(PARTS),scale feeds parse)

bench-planner: ## The planner of devices in simulated worlds, beside simpler policies; USERS=1000 DAYS=30
	@. scripts/env.sh && cargo bench -p smartcache-domain --bench planner -- $(or $(USERS),1000) $(or $(DAYS),30)

bench-bundles: ## Volumes, and whole exports and imports, beside sha256sum and cp of the same bytes; GIGABYTES=10 ROUNDS=3 RECORDS=1000000 FILES=100 MEGABYTES=20 THOUSANDS=20, five times as much disk
	@scripts/setup.sh test
	@. scripts/env.sh && cargo bench -p smartcache-bundle --bench volume -- $(or $(GIGABYTES),10) $(or $(ROUNDS),3) $(or $(RECORDS),1000000)
	@. scripts/env.sh && cargo build --release -p smartcache-server && node scripts/bench-bundles.mjs "$$CARGO_TARGET_DIR/release/smartcache" \
	  $(or $(FILES),100) $(or $(MEGABYTES),20) $(or $(THOUSANDS),20) $(or $(ROUNDS),3)

bench-device: ## Copies on the device: time, memory, cold starts without the server, kills, lost positions; ROUNDS=5 KILLS=15 SESSIONS=1000 PARTS="copy cold kills sessions"
	@scripts/setup.sh bench-device
	@. scripts/env.sh && scripts/build-site.sh release && ROUNDS=$(ROUNDS) KILLS=$(KILLS) SESSIONS=$(SESSIONS) PARTS="$(PARTS)" \
	  node --experimental-websocket scripts/bench-device.mjs "$$CARGO_TARGET_DIR/release/smartcache" target/site
