#!/usr/bin/env bash
# Runs the drills that take minutes, one after the other, with a PostgreSQL of their own.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
postgres=$(mktemp -d "${TMPDIR:-/tmp}/smartcache-postgres.XXXXXX")
trap 'scripts/postgres.sh stop "$postgres"' EXIT
trap 'exit 130' INT TERM

SMARTCACHE_TEST_POSTGRES_URL=$(scripts/postgres.sh start "$postgres")
export SMARTCACHE_TEST_POSTGRES_URL
cargo test -p smartcache-server --features smartcache/testing --test http -- drills:: --include-ignored --nocapture --test-threads=1
