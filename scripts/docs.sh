#!/usr/bin/env bash
# docs.sh: builds the documentation of all crates, with a page that lists them.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --workspace --exclude smartcache-frontend --features smartcache-domain/db

{
  echo '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
  echo '<title>SmartCache: the code</title><style>body{font:1rem/1.5 system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem}dt{font-weight:600;margin-top:.75rem}dd{margin:0}</style>'
  echo '<h1>SmartCache: the code</h1><p>How it fits together: ARCHITECTURE.md. The crates, from the libraries up:</p><dl>'
  while IFS=$'\t' read -r crate about; do
    printf '<dt><a href="%s/index.html">%s</a></dt><dd>%s</dd>\n' "${crate//-/_}" "$crate" "$about"
  done <<'CRATES'
smartcache-text	HTML to text, words, sentences, folding: one tokenizer for search, rules, topics and ranking
smartcache-feed	feeds and subscription lists, read and written; feeds found on web pages
smartcache-sql	SQL text on SQLite and PostgreSQL, and fair write transactions
smartcache-jobs	durable background jobs: a lease table with fencing tokens
smartcache-egress	the HTTP client with an SSRF guard
smartcache-blobs	content-addressed storage in tiers
smartcache-team	round robin over agents and nested teams
smartcache-domain	words, states and pure rules; with the feature db, the queries
smartcache	the engine: what the program does
smartcache-app	the pages
smartcache-server	command line, routes, REST, WebSocket, Demo Station
CRATES
  echo '</dl></html>'
} >"$CARGO_TARGET_DIR/doc/index.html"
echo "$CARGO_TARGET_DIR/doc/index.html"
