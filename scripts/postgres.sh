#!/usr/bin/env bash
# A private PostgreSQL for one test run: postgres.sh start DIR prints its URL, stop DIR stops and removes it. crash DIR kills
# it and recover DIR starts it again; SMARTCACHE_POSTGRES_DURABLE=1 at its start makes it keep what it has committed.
set -euo pipefail

main() {
  case "${1:-} ${2:+DIR}" in
    "available ") [ -x "$(bin)/initdb" ] ;;
    "start DIR") start "$2" ;;
    "stop DIR") stop "$2" ;;
    "crash DIR") as_owner "$(bin)/pg_ctl" -D "$2/data" -m immediate -w stop >/dev/null ;;
    "recover DIR") as_owner "$(bin)/pg_ctl" -D "$2/data" -l "$2/server.log" -w -t 60 -o "$(cat "$2/settings")" start >/dev/null ;;
    *) echo "usage: scripts/postgres.sh available | start DIR | stop DIR | crash DIR | recover DIR" >&2; exit 2 ;;
  esac
}

start() { # DIR
  local dir=$1 port attempt
  mkdir -p "$dir"
  if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
  if ! as_owner test -w "$dir"; then
    echo "PostgreSQL does not run as root, and its user cannot reach $dir" >&2
    exit 1
  fi
  as_owner "$(bin)/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir.log"
  # Another process may take the free port before PostgreSQL binds it; then another port is tried.
  for attempt in 1 2 3 4 5; do
    port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
    settings "$port" >"$dir/settings"
    if as_owner "$(bin)/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 30 -o "$(settings "$port")" start >>"$dir.log"; then
      rm -f "$dir.log"
      echo "postgres://postgres@127.0.0.1:$port/postgres"
      return
    fi
  done
  echo "PostgreSQL did not start after $attempt attempts:" >&2
  cat "$dir.log" "$dir/server.log" >&2
  rm -f "$dir.log"
  exit 1
}

stop() { # DIR
  if [ -f "$1/data/postmaster.pid" ]; then
    as_owner "$(bin)/pg_ctl" -D "$1/data" -m immediate -w stop >/dev/null
  fi
  rm -rf "$1"
}

# Durability is off unless it is asked for: no data outlives the run.
settings() { # PORT
  printf '%s' "-p $1 -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300"
  if [ -z "${SMARTCACHE_POSTGRES_DURABLE:-}" ]; then printf '%s' " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"; fi
}

as_owner() { (cd / && if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi); }

bin() {
  local newest
  newest=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  if [ -n "$newest" ]; then echo "$newest"; else pg_config --bindir 2>/dev/null; fi
}

main "$@"
