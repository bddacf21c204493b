#!/usr/bin/env bash
# Runs parts of the benchmark of live connections, with a PostgreSQL of its own: one|two|broadcast|SOCKETS…
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
postgres=$(mktemp -d "${TMPDIR:-/tmp}/smartcache-postgres.XXXXXX")
trap 'scripts/postgres.sh stop "$postgres"' EXIT
trap 'exit 130' INT TERM

SMARTCACHE_TEST_POSTGRES_URL=$(scripts/postgres.sh start "$postgres")
export SMARTCACHE_TEST_POSTGRES_URL
cargo bench -p smartcache-server --bench live -- "$@" "$SMARTCACHE_TOOLS/channels/bin/python"
