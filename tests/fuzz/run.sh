#!/bin/sh
# Builds the fuzz targets and runs each of them, or those named: tests/fuzz/run.sh [SECONDS [TARGET...]].
# A finding ends the run with the input's file name. What was learnt is kept in build/fuzz/corpus.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- rules hex regex
build=${FUZZ_BUILD:-build/fuzz}
cmake --preset fuzz -B "$build" >/dev/null
for target; do
	cmake --build "$build" --target "fuzz_$target"
done
for target; do
	mkdir -p "$build/corpus/$target"
	echo "fuzz_$target: $seconds s"
	"$build/tests/fuzz_$target" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=4096 \
		-max_len=4096 -dict=tests/fuzz/rules.dict -print_final_stats=1 \
		-artifact_prefix="$build/$target-" "$build/corpus/$target" "tests/fuzz/seeds/$target"
done
