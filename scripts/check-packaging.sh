#!/usr/bin/env bash
# Checks every file of packaging/ with the tool that will read it: check-packaging.sh [systemd|nginx|caddy|compose|metrics|debian]…
# The last two need what scripts/dist.sh deb builds.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/smartcache-packaging.XXXXXX")
failed=0
trap 'rm -rf "$scratch"' EXIT

main() {
  [ $# -gt 0 ] || set -- systemd nginx caddy compose metrics debian
  for name; do
    if "check_$name" >"$scratch/$name.log" 2>&1; then
      printf '%-8s ok\n' "$name"
    else
      printf '%-8s FAILED\n' "$name"
      sed 's/^/  /' "$scratch/$name.log"
      failed=1
    fi
  done
  echo "image    not built: that takes a container engine and its registry"
  [ "$failed" = 0 ]
}

# The units name an installed program: they are checked with one in its place.
check_systemd() {
  local unit
  mkdir -p "$scratch/units"
  for unit in packaging/systemd/*; do
    sed 's|^ExecStart=/usr/bin/smartcache|ExecStart=/bin/true|' "$unit" >"$scratch/units/${unit##*/}"
  done
  for unit in smartcache.service smartcache-web@3001.service smartcache-worker@1.service; do
    case $unit in *@*) cp "$scratch/units/${unit%%@*}@.service" "$scratch/units/$unit" ;; esac
    systemd-analyze verify --man=no "$scratch/units/$unit" 2>&1 | tee "$scratch/verify" || return
    ! grep -q "$unit" "$scratch/verify" || return
    # 0 is locked down, 10 is open.
    systemd-analyze security --offline=true --threshold=25 --no-pager "$scratch/units/$unit" || return
  done
}

check_nginx() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=smartcache.example.org \
    -keyout "$scratch/site.key" -out "$scratch/site.pem" 2>/dev/null || return
  sed -e "s|/etc/ssl/certs/smartcache.pem|$scratch/site.pem|" -e "s|/etc/ssl/private/smartcache.key|$scratch/site.key|" \
    packaging/nginx/smartcache.conf >"$scratch/site.conf"
  printf 'pid %s/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\n  access_log off;\n  include %s/site.conf;\n}\n' \
    "$scratch" "$scratch" >"$scratch/nginx.conf"
  "$(command -v nginx || echo /usr/sbin/nginx)" -t -p "$scratch" -c "$scratch/nginx.conf"
}

check_caddy() { HOME=$scratch caddy validate --adapter caddyfile --config packaging/caddy/Caddyfile; }

check_compose() {
  export POSTGRES_PASSWORD=x REDIS_PASSWORD=x S3_KEY=x S3_SECRET=x
  docker-compose -f packaging/compose.yaml config -q && docker-compose -f packaging/compose.scale.yaml config -q
}

# The metrics of a server that runs for this check.
check_metrics() {
  local port pid
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
  "$CARGO_TARGET_DIR/release/smartcache" serve --addr "127.0.0.1:$port" --data-dir "$scratch/data" >/dev/null &
  pid=$!
  for _ in $(seq 100); do
    if curl -fs "http://127.0.0.1:$port/ready" >/dev/null; then break; fi
    sleep 0.1
  done
  curl -fs "http://127.0.0.1:$port/metrics" >"$scratch/metrics.txt" || { kill "$pid"; return 1; }
  kill "$pid"
  wait "$pid" || return
  promtool check metrics <"$scratch/metrics.txt"
}

check_debian() {
  local package
  package=$(find target/dist -name '*.deb' | sort | tail -n 1)
  [ -n "$package" ] || { echo "there is no package: make deb"; return 1; }
  # The program is not Debian's: it has no bug of Debian to close and no manual page yet, and its crates are linked statically.
  lintian --fail-on error --suppress-tags initial-upload-closes-no-bugs,no-manual-page,statically-linked-binary "$package"
}

main "$@"
