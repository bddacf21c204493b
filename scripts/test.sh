#!/usr/bin/env bash
# Runs the named stages, or all, and ends with one line: N passed, N failed. Logs stay in target/test-logs.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
logs=$root/target/test-logs
selection=(--workspace --exclude smartcache-frontend --features smartcache/testing,smartcache-server/otlp)
passed=0
failed=0
failures=" "
summary=""
leftovers=$root/target/test-leftovers
memory=/dev/shm
memory_kb=4000000

# Hundreds of temporary databases and thousands of files: kept in memory if it has enough free space.
scratch=${TMPDIR:-/tmp}
if [ -z "${TMPDIR:-}" ] && [ -w "$memory" ] && [ "$(df -k --output=avail "$memory" 2>/dev/null | tail -n 1)" -gt "$memory_kb" ]; then
  scratch=$memory
fi
postgres=$(mktemp -d "$scratch/smartcache-postgres.XXXXXX")
TMPDIR=$(mktemp -d "$scratch/smartcache-tests.XXXXXX")
export TMPDIR
trap clear_away EXIT
trap 'exit 130' INT TERM

# Copies the files of failed tests to the disk.
clear_away() {
  scripts/postgres.sh stop "$postgres"
  rm -rf "$leftovers"
  if rmdir "$TMPDIR" 2>/dev/null; then return; fi
  if [ "$failed" = 0 ]; then rm -rf "$TMPDIR"; else mkdir -p target && cp -r "$TMPDIR" "$leftovers" 2>/dev/null; rm -rf "$TMPDIR"; fi
}

# More threads than processors: most of a test is waiting for other processes and for timers.
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$((3 * $(getconf _NPROCESSORS_ONLN)))}"

main() {
  if [ $# = 0 ]; then set -- format direction spelling dependencies clippy types compile tests api site browser; fi
  rm -rf "$logs"
  mkdir -p "$logs"
  for name in "$@"; do stage "$name"; done
  printf '\n%s\n%s passed, %s failed\n' "$summary" "$passed" "$failed"
  [ "$failed" = 0 ]
}

format() { cargo fmt --all --check -- --color never; }
direction() { scripts/check-direction.sh && node scripts/house.mjs check && node scripts/asvs.mjs; }
spelling() { typos --format brief; }
# Licences, bans and sources (deny.toml), and known vulnerabilities where their database can be had.
dependencies() {
  cargo deny --all-features check licenses bans sources || return
  if limited_fetch; then cargo deny --offline check advisories; else echo "advisories: not checked, because their database cannot be fetched"; fi
}
limited_fetch() { timeout 60 cargo deny fetch db >/dev/null 2>&1; }
clippy() { cargo clippy --workspace --all-targets --features smartcache/testing,smartcache-server/otlp -- -D warnings; }
types() { end2end/node_modules/.bin/tsc --noEmit -p end2end; }

# Separate from running the tests, so that later stages know whether the binary is current. Builds the
# server's binary too.
compile() { cargo test "${selection[@]}" --no-run; }

tests() {
  after compile || return
  if [ -z "${SMARTCACHE_TEST_POSTGRES_URL:-}" ]; then
    SMARTCACHE_TEST_POSTGRES_URL=$(scripts/postgres.sh start "$postgres") || return
    export SMARTCACHE_TEST_POSTGRES_URL
  fi
  export SMARTCACHE_STATEMENTS_SEEN=$logs/statements.txt
  cargo test "${selection[@]}" --no-fail-fast && node scripts/statements.mjs "$SMARTCACHE_STATEMENTS_SEEN"
}

# A part of what the description of the REST API allows and forbids; `make fuzz-api` asks more.
api() {
  after compile || return
  if [ ! -x "$SMARTCACHE_TOOLS/schemathesis/bin/schemathesis" ]; then echo "not run, because schemathesis could not be installed"; return; fi
  node scripts/fuzz-api.mjs "$CARGO_TARGET_DIR/debug/smartcache" short
}

# Cargo repeats warnings of crates it need not rebuild, so a warning fails every time.
site() { scripts/build-site.sh && node scripts/weight.mjs && ! grep '^warning: ' "$logs/site.log"; }

browser() {
  after compile && after site && cd end2end &&
    SMARTCACHE_BIN="$CARGO_TARGET_DIR/debug/smartcache" SMARTCACHE_SITE="$root/target/site" node_modules/.bin/playwright test
}

# after STAGE: fails if the stage has failed, since its output is of an earlier run.
after() {
  case $failures in *" $1 "*) echo "not run, because $1 failed"; return 1 ;; esac
}

# stage NAME: runs a stage with output to the terminal and a log, and counts its tests. A check counts as one.
stage() {
  local name=$1 start=$SECONDS verdict=ok good=1 bad=0
  printf '\n== %s\n' "$name"
  if ! "$name" 2>&1 | tee "$logs/$name.log"; then verdict=FAILED good=0; fi
  case $name in tests | browser) read -r good bad < <("count_$name") || true ;; esac
  # A stage that crashed or ran no tests has failed, even if no test has.
  if [ "$bad" = 0 ] && { [ "$verdict" = FAILED ] || [ "$good" = 0 ]; }; then bad=1; fi
  if [ "$bad" != 0 ]; then verdict=FAILED failures+="$name "; fi
  passed=$((passed + good)) failed=$((failed + bad))
  summary+=$(printf '%-10s %-6s %5d passed %3d failed %4d s' "$name" "$verdict" "$good" "$bad" $((SECONDS - start)))$'\n'
}

count_tests() {
  awk '/^test result: / { good += $4; bad += $6 } END { print good + 0, bad + 0 }' "$logs/tests.log"
}

# Skipped tests are not counted; a flaky one, which passes at a second try, counts as failed.
count_browser() {
  node -e 'const { stats } = JSON.parse(require("fs").readFileSync(process.argv[1]));
    console.log(stats.expected, stats.unexpected + stats.flaky)' "$logs/playwright.json" 2>/dev/null || echo 0 0
}

main "$@"
