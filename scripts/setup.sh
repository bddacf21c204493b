#!/usr/bin/env bash
# Installs missing tools, idempotently: setup.sh [run|check|test|bench|bench-web|bench-device|bench-agents|bench-catalogue|bench-live|fuzz|fuzz-api|oidc|tarball|dist|packaging|dev].
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
purpose=${1:-run}

main() {
  need_basics
  need_wasm_target
  need_wasm_bindgen
  need_splitter
  npm_packages style
  case $purpose in
    run) ;;
    check) need_checkers ;;
    test) need_checkers; need_chromium; need_postgres; need_redis; need_programs gpo:gpodder sqlite3 openssl
      (need_programs age) || say "age could not be installed: its test of volumes is left out"
      # A process of its own, because a failure is no reason to test nothing.
      scripts/setup.sh fuzz-api || say "schemathesis could not be installed: its stage is left out"
      scripts/setup.sh oidc || say "oidc-provider-mock could not be installed: its browser tests are left out" ;;
    bench-web) npm_packages end2end; need_chromium; npm_packages scripts/bench ;;
    bench-device) need_chromium; need_programs curl ;;
    bench-agents) need_autogen ;;
    bench-catalogue) need_feedparser; need_postgres; need_programs gpo:gpodder ;;
    bench-live) need_channels; need_postgres; need_redis ;;
    bench) need_programs aria2c:aria2 curl wget ;;
    fuzz) need_cargo_fuzz ;;
    fuzz-api) need_schemathesis ;;
    oidc) need_oidc_provider ;;
    tarball) have cargo-cyclonedx || cargo_tool cargo-cyclonedx@0.5.9 --locked ;;
    dist) have cargo-deb || cargo_tool cargo-deb --locked ;;
    packaging) have cargo-deb || cargo_tool cargo-deb --locked; need_packaging_checkers ;;
    dev) need_cargo_leptos ;;
    *) die "usage: scripts/setup.sh [run|check|test|bench|bench-web|bench-device|bench-agents|bench-catalogue|bench-live|fuzz|fuzz-api|dist|packaging|dev]" ;;
  esac
}

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
limited() { if have timeout; then timeout "$@"; else shift; "$@"; fi; }
on_debian() { (. /etc/os-release && [ "$ID" = debian ]) 2>/dev/null; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# apt PACKAGE…: installs Debian packages; without Debian or root, prints the names and stops.
apt() {
  on_debian || die "please install: $*  (these are Debian's names), then run make again"
  [ "$(id -u)" = 0 ] || have sudo || die "please run as root: apt-get install $*"
  say "installing $*"
  refresh_lists
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "$@" >/dev/null
}

lists_are_fresh=
refresh_lists() {
  if [ -n "$lists_are_fresh" ]; then return; fi
  # An unreachable third-party list is no error; the packages needed are looked up right after.
  as_root apt-get update -qq || say "some package lists could not be refreshed"
  lists_are_fresh=yes
}

need_basics() {
  have cc || apt build-essential
  have git || apt git
  have cargo || die "please install Rust 1.94 or newer from https://rustup.rs, then run make again"
  have npm || die "please install Node.js 20 or newer from https://nodejs.org, then run make again"
  [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || die "please install Node.js 20 or newer: found $(node --version)"
}

wasm_libraries() { printf '%s/lib/rustlib/wasm32-unknown-unknown/lib' "$(rustc --print sysroot)"; }

need_wasm_target() {
  if [ "${RUSTUP_TOOLCHAIN:-}" = smartcache ]; then use_debian_toolchain; return; fi
  if compgen -G "$(wasm_libraries)/libcore-*.rlib" >/dev/null; then return; fi
  have rustup || die "this Rust has no wasm32-unknown-unknown target: please install Rust from https://rustup.rs"
  say "adding the WebAssembly target"
  if RUST_BACKTRACE=0 limited 60 rustup target add wasm32-unknown-unknown >&2; then return; fi
  if on_debian; then refresh_lists; fi
  if ! on_debian || [ -z "$(apt-cache search --names-only '^rustc-web$')" ]; then
    die "rustup could not download the wasm target. Please run: rustup target add wasm32-unknown-unknown"
  fi
  say "rustup's server does not answer; taking the compiler from Debian"
  use_debian_toolchain
}

# Debian's newest rustc has no standard library for wasm, but its source: built once per package version.
use_debian_toolchain() {
  local version lib stamp build
  if [ ! -x /usr/bin/rustc ] || [ ! -x /usr/bin/rust-lld ] || [ ! -d /usr/lib/rustlib/src/rust/library ]; then
    on_debian || die "please remove what is linked to a missing compiler: rustup toolchain uninstall smartcache"
    refresh_lists
    apt rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy rustfmt-web "$(wasm_linker)"
  fi
  rustup toolchain link smartcache /usr
  export RUSTUP_TOOLCHAIN=smartcache
  version=$(dpkg-query -W -f '${Version}' rustc-web)
  lib=$(wasm_libraries)
  stamp=$lib/.built-from
  if [ "$(cat "$stamp" 2>/dev/null)" = "$version" ]; then return; fi

  say "building the standard library for WebAssembly (a minute)"
  build=$SMARTCACHE_TOOLS/wasm-std
  rm -rf "$build"
  mkdir -p "$build/src"
  printf '[package]\nname = "wasm-std"\nedition = "2024"\n' >"$build/Cargo.toml"
  : >"$build/src/lib.rs"
  (cd "$build" && CARGO_TARGET_DIR="$build/target" RUSTC_BOOTSTRAP=1 \
    cargo build --quiet -Z build-std=std,panic_abort --target wasm32-unknown-unknown --release)
  as_root mkdir -p "$lib"
  # Two copies of one crate would be ambiguous, and artifacts compiled against the old ones no longer link.
  as_root find "$lib" -name '*.rlib' -delete
  rm -f "$build"/target/wasm32-unknown-unknown/release/deps/libwasm_std-*.rlib
  as_root cp "$build"/target/wasm32-unknown-unknown/release/deps/*.rlib "$lib/"
  printf '%s\n' "$version" | as_root tee "$stamp" >/dev/null
  rm -rf "$build" "$CARGO_TARGET_DIR/wasm32-unknown-unknown"
}

# The linker must have the LLVM version that the compiler was built with.
wasm_linker() { apt-cache depends rust-web-llvm | sed -n 's/^ *Depends: llvm-\([0-9]*\)$/lld-\1/p' | head -n 1; }

need_checkers() {
  need_rust_component fmt rustfmt
  need_rust_component clippy clippy
  npm_packages end2end
  have typos || cargo_tool typos-cli --locked
  have cargo-deny || cargo_tool cargo-deny --locked
}

need_rust_component() { # SUBCOMMAND COMPONENT
  if cargo "$1" --version >/dev/null 2>&1; then return; fi
  if [ "${RUSTUP_TOOLCHAIN:-}" = smartcache ]; then apt rust-web-clippy rustfmt-web; return; fi
  rustup component add "$2" >&2 || die "please install the Rust component $2: rustup component add $2"
}

# cargo_tool CRATE[@VERSION] CARGO-INSTALL-FLAG…: installs a prebuilt tool, or else compiles one, optimised
# for build time.
cargo_tool() {
  local crate=$1
  shift
  if have cargo-binstall &&
    limited 120 cargo binstall --no-confirm --disable-strategies compile --root "$SMARTCACHE_TOOLS" "$crate" >&2; then
    return
  fi
  say "compiling $crate (once)"
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
    CARGO_TARGET_DIR="$SMARTCACHE_TOOLS/build" cargo install --quiet --force --root "$SMARTCACHE_TOOLS" "$crate" "$@"
  rm -rf "$SMARTCACHE_TOOLS/build"
}

# The tool refuses output of any other version of the crate.
need_wasm_bindgen() {
  local version
  version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/^version = "\(.*\)"$/\1/p;}' Cargo.lock)
  if [ "$(wasm-bindgen --version 2>/dev/null)" = "wasm-bindgen $version" ]; then return; fi
  cargo_tool "wasm-bindgen-cli@$version"
}

# Compiled once for each version of its source, in half a minute.
need_splitter() {
  local version
  version=$(cat tools/split/Cargo.lock tools/split/src/main.rs | git hash-object --stdin)
  if [ "$(cat "$SMARTCACHE_TOOLS/split-version" 2>/dev/null)" = "$version" ]; then return; fi
  say "compiling tools/split (once)"
  CARGO_PROFILE_RELEASE_OPT_LEVEL=2 CARGO_TARGET_DIR="$SMARTCACHE_TOOLS/build" \
    cargo install --quiet --force --locked --root "$SMARTCACHE_TOOLS" --path tools/split
  rm -rf "$SMARTCACHE_TOOLS/build"
  echo "$version" >"$SMARTCACHE_TOOLS/split-version"
}

need_cargo_leptos() {
  if have cargo-leptos; then return; fi
  say "make dev needs cargo-leptos; where it has to be compiled, that takes a quarter of an hour"
  # Without its own downloads it uses the wasm-bindgen, wasm-opt and tailwindcss that this script put on PATH.
  cargo_tool cargo-leptos --features no_downloads
}

# The fuzzer itself is written in C++ and included in the crate.
need_cargo_fuzz() {
  have c++ || apt build-essential
  have cargo-fuzz || cargo_tool cargo-fuzz --locked
}

# Programs to compare with in benchmarks, each in its own Python environment.
need_autogen() { python_packages autogen autogen-agentchat==0.7.5 "autogen-ext[openai]==0.7.5"; }
need_channels() { python_packages channels channels==4.3.2 channels_redis==4.3.0 daphne==4.2.3; }
need_feedparser() { python_packages feedparser feedparser==6.0.14; }

# Asks a server for what its OpenAPI document allows and forbids.
need_schemathesis() { python_packages schemathesis schemathesis==4.32.5; }

# Signs users in, as an OpenID Connect provider of another make.
need_oidc_provider() { python_packages oidc-provider-mock oidc-provider-mock==0.3.4; }

python_packages() { # NAME PACKAGE…
  local home=$SMARTCACHE_TOOLS/$1
  shift
  if [ "$(cat "$home/.version" 2>/dev/null)" = "$*" ]; then return; fi
  python3 -c 'import ensurepip' 2>/dev/null || apt python3 python3-venv
  python3 -m venv "$home"
  "$home/bin/pip" install --quiet "$@"
  printf '%s\n' "$*" >"$home/.version"
}

npm_packages() { # DIRECTORY
  local lock
  lock=$(git hash-object --no-filters "$1/package-lock.json")
  if [ "$(cat "$1/node_modules/.installed-from" 2>/dev/null)" = "$lock" ]; then return; fi
  say "installing the npm packages of $1/"
  (cd "$1" && npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >&2)
  printf '%s\n' "$lock" >"$1/node_modules/.installed-from"
}

need_programs() { # PROGRAM[:PACKAGE]…
  local one
  for one in "$@"; do have "${one%%:*}" || apt "${one##*:}"; done
}

need_chromium() {
  # The tests take half the time without a display, so Debian's headless shell is preferred to its Chromium.
  if [ -n "$CHROMIUM" ] && [ "$CHROMIUM" != /usr/bin/chromium ]; then return; fi
  on_debian || [ -n "$CHROMIUM" ] || die "please install Chrome or Chromium, or set CHROMIUM to its path"
  # Without a font, a browser lays out text with zero width.
  (apt chromium-headless-shell fonts-dejavu-core) || [ -n "$CHROMIUM" ]
}

# Installs packages of servers without starting these.
apt_idle() { # PACKAGE…
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then apt "$@"; return; fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod +x "$policy"
  (apt "$@") || { as_root rm -f "$policy"; exit 1; }
  as_root rm -f "$policy"
}

need_redis() { have redis-server || apt_idle redis-server; }

need_packaging_checkers() {
  have nginx || [ -x /usr/sbin/nginx ] || apt_idle nginx-light
  have caddy || apt_idle caddy
  have promtool || apt_idle prometheus
  need_programs lintian openssl curl systemd-analyze:systemd docker-compose
}

need_postgres() {
  if scripts/postgres.sh available; then return; fi
  on_debian || die "please install PostgreSQL 14 or newer, so that pg_config is on PATH"
  # Only the programs are needed: the package must not create a cluster that starts at boot.
  local no_cluster=/etc/postgresql-common/createcluster.d/smartcache.conf
  as_root mkdir -p "${no_cluster%/*}"
  printf 'create_main_cluster = false\n' | as_root tee "$no_cluster" >/dev/null
  apt postgresql
  as_root rm -f "$no_cluster"
}

main
