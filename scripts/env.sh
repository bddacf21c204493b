# shellcheck shell=bash
# Sourced by every script: paths, and the compiler to use.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export SMARTCACHE_TOOLS="${SMARTCACHE_TOOLS:-$HOME/.cache/smartcache/tools}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}"
export PATH="$SMARTCACHE_TOOLS/bin:$root/style/node_modules/.bin:$PATH"

# Linked by setup.sh if rustup has no wasm target to download. One compiler must build server and site.
if [ -z "${RUSTUP_TOOLCHAIN:-}" ] && [ -e "${RUSTUP_HOME:-$HOME/.rustup}/toolchains/smartcache" ]; then
  export RUSTUP_TOOLCHAIN=smartcache
fi

if [ -z "${CHROMIUM:-}" ]; then
  for candidate in chromium-headless-shell chromium chromium-browser google-chrome \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
    if CHROMIUM=$(command -v "$candidate"); then break; fi
  done
fi
export CHROMIUM
