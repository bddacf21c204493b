#!/usr/bin/env bash
# Runs parts of the catalogue benchmark with its own databases: scale|feeds|parse…; about 10 GB of disk.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
# Kept between two runs, since filling it takes minutes.
ground=$root/target/bench-catalogue
postgres=$(mktemp -d "${TMPDIR:-/tmp}/smartcache-postgres.XXXXXX")
trap 'scripts/postgres.sh stop "$postgres"' EXIT
trap 'exit 130' INT TERM

main() {
  mkdir -p "$ground"
  for part in "$@"; do "$part"; done
}

bench() { cargo bench -p smartcache-server --bench catalogue -- "$@"; }

scale() { bench scale "sqlite://$ground/scale.db?mode=rwc" "$(scripts/postgres.sh start "$postgres")"; }
feeds() { bench feeds hang; }
parse() { bench parse "$SMARTCACHE_TOOLS/feedparser/bin/python"; }

main "$@"
