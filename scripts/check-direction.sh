#!/usr/bin/env bash
# Checks beyond the compiler: direction of dependencies, vague names, TODO notes, and files that are too long.
set -euo pipefail
cd "$(dirname "$0")/.."
broken=0

main() {
  crates_not domain/src 'axum|leptos|tokio|sqlx|reqwest|smartcache'
  crates_not src/engine 'axum|leptos|smartcache_app|smartcache_server'
  crates_not app 'smartcache_server'
  crates_not device/src 'axum|leptos|tokio|smartcache'
  never "a crate under crates/ stands on nothing else of ours but text" '\bsmartcache(_app|_server|_migrations|_domain)?::' crates/*/src
  report "the domain knows the database only in its folder db" "$(types_of_database)"
  never "pages and REST ask the engine, not the database" '(smartcache|domain)::db\b|smartcache::\{.*\bdb\b' app server/src/rest server/src/rest.rs
  report "titles and text areas are written by PageTitle and Area, which escape them" "$(unescaped)"
  report "say it in the tracker, not in the code" "$(sources | xargs grep -nE '\b(TODO|FIXME|XXX)\b' /dev/null || true)"
  report "a name that says nothing" "$(sources | grep -E '/(mod|utils?|helpers?|common|manager|service)\.[a-z]+$' || true)"
  report "above 400 lines, and its first line gives no reason as (long: …)" "$(too_long)"
  exit "$broken"
}

# crates_not DIRECTORY CRATES: fails if the directory or the file of the same name uses them.
crates_not() { never "$1 does not use $2" "(^|[^[:alnum:]_:.])($2)[a-z_]*(::|;| as )" "$1" "$1.rs"; }

# never RULE PATTERN PATH…: fails on a match outside of comments. A path need not exist yet.
never() {
  local rule=$1 pattern=$2
  shift 2
  report "$rule" "$(grep -rnE --include='*.rs' "$pattern" "$@" 2>/dev/null | grep -vE '^[^:]+:[0-9]+: *//' || true)"
}

report() { # RULE FINDINGS
  if [ -z "$2" ]; then return; fi
  printf '%s:\n%s\n' "$1" "$2" | sed '2,$s/^/  /'
  broken=1
}

types_of_database() {
  grep -rnE 'sea_orm|crate::db\b|\bsql::' domain/src --include='*.rs' | grep -v '^domain/src/db' || true
}

# Leptos escapes the content of every element but these.
unescaped() {
  grep -rnE '<(leptos_meta::)?Title\b|leptos_meta::.*\bTitle\b|<textarea\b' app/src |
    grep -vE '^app/src/components/(title|area)\.rs:' || true
}

sources() {
  find src app crates device domain frontend migrations server style end2end scripts \( -name node_modules -o -name check-direction.sh \) -prune \
    -o -type f \( -name '*.rs' -o -name '*.ts' -o -name '*.sh' -o -name '*.mjs' -o -name '*.css' \) -print
}

too_long() {
  local file
  sources | while IFS= read -r file; do
    if [ "$(wc -l <"$file")" -gt 400 ] && ! head -n 2 "$file" | grep -q '(long: '; then wc -l "$file"; fi
  done
}

main
