#!/usr/bin/env bash
# Runs a command with a PostgreSQL of its own, at SMARTCACHE_TEST_POSTGRES_URL: with-postgres.sh COMMAND…
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
postgres=$(mktemp -d "${TMPDIR:-/tmp}/smartcache-postgres.XXXXXX")
trap 'scripts/postgres.sh stop "$postgres"' EXIT
trap 'exit 130' INT TERM

SMARTCACHE_TEST_POSTGRES_URL=$(scripts/postgres.sh start "$postgres")
export SMARTCACHE_TEST_POSTGRES_URL
"$@"
