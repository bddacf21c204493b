#!/usr/bin/env bash
# Packages the release build in target/dist: dist.sh tarball | deb.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
dist=target/dist
version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
host=$(rustc -vV | sed -n 's/^host: //p')
# The same commit gives the same tarball.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

main() {
  case ${1:-} in
    tarball) scripts/build-site.sh release; tarball ;;
    deb) scripts/build-site.sh release; deb ;;
    *) echo "usage: scripts/dist.sh tarball | deb" >&2; exit 2 ;;
  esac
}

tarball() {
  local name=smartcache-$version-$host
  local tree=$dist/$name
  rm -rf "$tree"
  mkdir -p "$tree/docs"
  cp "$CARGO_TARGET_DIR/release/smartcache" "$tree/"
  cp -R target/site "$tree/site"
  cp -R packaging/systemd packaging/nginx packaging/caddy packaging/smartcache.env "$tree/"
  cp README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$tree/"
  cp docs/operating.md "$tree/docs/"
  node scripts/sbom.mjs "$tree/sbom"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$dist" -cf - "$name" | gzip -n9 >"$dist/$name.tar.gz"
  rm -rf "$tree"
  (cd "$dist" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
  echo "$dist/$name.tar.gz"
}

# The path of the package is the last line.
deb() {
  mkdir -p "$dist"
  cargo deb -p smartcache-server --no-build --output "$dist/"
  (cd "$dist" && for one in *.deb; do sha256sum "$one" >"$one.sha256"; done)
}

main "$@"
