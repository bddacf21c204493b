#!/usr/bin/env bash
# Builds the browser's files into target/site, after the server if named: build-site.sh [release|dev|none].
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
site=target/site
# Files of this build under constant names, before they are published under the build's own.
stage=target/site-stage
stamps=target/site-stamps

main() {
  case ${1:-none} in
    release) cargo build -p smartcache-server --release ;;
    dev) cargo build -p smartcache-server ;;
    none) ;;
    *) echo "usage: scripts/build-site.sh [release|dev|none]" >&2; exit 2 ;;
  esac
  cargo build -p smartcache-frontend --target wasm32-unknown-unknown --profile wasm-release
  cargo build -p smartcache-device --target wasm32-unknown-unknown --profile wasm-release
  compiled=$CARGO_TARGET_DIR/wasm32-unknown-unknown/wasm-release/smartcache_frontend.wasm
  worker=$CARGO_TARGET_DIR/wasm32-unknown-unknown/wasm-release/smartcache_device.wasm

  if [ ! -d "$stage" ]; then rm -rf "$stamps"; fi
  mkdir -p "$site/pkg" "$stage" "$stamps"
  when_changed wasm "$compiled" scripts/split.mjs scripts/bundle.mjs scripts/anneal.mjs tools/split/src Cargo.lock style/package-lock.json
  when_changed device "$worker" device/device-worker.js Cargo.lock style/package-lock.json
  when_changed css style app/src
  when_changed assets style/assets
  publish
  node scripts/shell.mjs "$site" "$(cat "$site/pkg/current")"
}

# Copies the files to pkg/BUILD, a name that stands for their content, and makes it the current build. The one before stays:
# pages that an older server rendered load it.
publish() {
  local build current
  build=$( (cd "$stage" && find . -type f | LC_ALL=C sort | while IFS= read -r file; do echo "$file"; cat "$file"; done) | git hash-object --stdin | cut -c 1-16)
  current=$(cat "$site/pkg/current" 2>/dev/null || true)
  if [ "$build" = "$current" ] && [ -d "$site/pkg/$build" ]; then return; fi
  rm -rf "$site/pkg/$build.new"
  cp -R "$stage" "$site/pkg/$build.new"
  rm -rf "${site:?}/pkg/$build"
  mv "$site/pkg/$build.new" "$site/pkg/$build"
  echo "$build" >"$site/pkg/current.new"
  mv "$site/pkg/current.new" "$site/pkg/current"
  find "$site/pkg" -mindepth 1 -maxdepth 1 ! -name current ! -name "$build" ! -name "${current:-none}" -exec rm -rf {} +
}

# Splits the WebAssembly, under the names that leptos' HydrationScripts requests, given LEPTOS_OUTPUT_NAME at
# its compilation.
wasm() {
  local new=target/site-new
  rm -rf "$new" "$stage/snippets" "$stage"/smartcache*.wasm*
  node scripts/split.mjs "$compiled" "$new"
  compress "$new"
  cp -R "$new/." "$stage/"
  rm -rf "$new"
}

# The device worker (crate device), which loads no other code.
device() {
  local new=target/site-device
  rm -rf "$new"
  wasm-bindgen --target web --no-typescript --out-name device --out-dir "$new" "$worker"
  wasm-opt -Oz "$new/device_bg.wasm" -o "$new/device_bg.wasm"
  cp device/device-worker.js "$new/"
  compress "$new"
  cp -R "$new/." "$stage/"
  rm -rf "$new"
}

css() {
  tailwindcss -i style/main.css -o "$stage/smartcache.css" --minify
  node scripts/compress.mjs "$stage/smartcache.css"
  local figtree=style/node_modules/@fontsource-variable/figtree range
  for range in latin latin-ext; do cp "$figtree/files/figtree-$range-wght-normal.woff2" "$stage/figtree-$range.woff2"; done
  cp "$figtree/LICENSE" "$stage/figtree-LICENSE.txt"
}

assets() {
  find "$site" -mindepth 1 -maxdepth 1 ! -name pkg ! -name _shell -exec rm -rf {} +
  if [ ! -d style/assets ]; then return; fi
  cp -R style/assets/. "$site/"
  compress style/assets "$site"
}

# compress DIRECTORY [COPY]: compresses every file of the directory, or the same names in its copy.
compress() {
  (cd "$1" && find . -type f) | while IFS= read -r file; do
    node scripts/compress.mjs "${2:-$1}/$file"
  done
}

# when_changed STEP INPUT…: runs the step unless its stamp matches these inputs and this script.
when_changed() {
  local step=$1 key
  shift
  # An input need not exist: there may be no assets.
  key=$( (find "$@" scripts/build-site.sh scripts/compress.mjs -name node_modules -prune -o -type f -print 2>/dev/null || true) |
    LC_ALL=C sort | while IFS= read -r file; do echo "$file"; cat "$file"; done | git hash-object --stdin)
  if [ "$(cat "$stamps/$step" 2>/dev/null)" = "$key" ]; then return; fi
  # A step that was killed leaves no stamp, whatever its inputs become.
  rm -f "$stamps/$step"
  "$step"
  echo "$key" >"$stamps/$step"
}

main "$@"
