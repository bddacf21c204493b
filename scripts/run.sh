#!/usr/bin/env bash
# Builds the release server and the site, migrates the database, loads the directory of feeds and serves.
# Settings: SMARTCACHE_* in the environment.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"

scripts/build-site.sh release
export SMARTCACHE_SITE="${SMARTCACHE_SITE:-$root/target/site}"
"$CARGO_TARGET_DIR/release/smartcache" migrate
# Adds known feeds to the directory; none is fetched before a user follows it.
"$CARGO_TARGET_DIR/release/smartcache" seed
exec "$CARGO_TARGET_DIR/release/smartcache" serve
