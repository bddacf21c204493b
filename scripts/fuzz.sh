#!/usr/bin/env bash
# fuzz.sh SECONDS [TARGET…]: fuzzes the parsers of feeds, lists and volumes. Interesting inputs stay in crates/*/fuzz/corpus.
set -euo pipefail
. "$(dirname "$0")/env.sh"
cd "$root"
seconds=${1:-60}
shift || true
if [ $# = 0 ]; then set -- feed json_feed opml header volume record; fi
# A separate directory: everything is compiled with the fuzzer's flags.
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/fuzz

for target in "$@"; do
  case $target in
    header | volume | record) folder=crates/bundle/fuzz ;;
    *) folder=crates/feed/fuzz ;;
  esac
  mkdir -p "$folder/corpus/$target"
  # The program has no unsafe code of its own, so a sanitizer is not worth its cost.
  cargo fuzz run --fuzz-dir "$folder" --sanitizer none "$target" "$folder/corpus/$target" "$folder/seeds/$target" -- \
    -max_total_time="$seconds" -max_len=1048576 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
done
