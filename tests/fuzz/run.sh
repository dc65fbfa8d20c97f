#!/bin/sh
# Builds the fuzz targets and runs each of them, or those named: tests/fuzz/run.sh [SECONDS [TARGET...]].
# A finding ends the run with the input's file name. What was learnt is kept in build/fuzz/corpus.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-600}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- rules hex regex compiled image core_dump container images operand
build=${FUZZ_BUILD:-build/fuzz}
cmake --preset fuzz -B "$build" >/dev/null
for target; do
	cmake --build "$build" --target "fuzz_$target"
done

# Files that this build compiled: those of another one are refused by their first bytes.
make_compiled_seeds()
{
	cmake --build "$build" --target ckpt-scan
	mkdir -p "$build/seeds/compiled"
	for rules in tests/fuzz/seeds/rules/*.yar; do
		"$build/ckpt-scan" compile -w -d number=7 -d word=w -r "$rules" \
			--output "$build/seeds/compiled/$(basename "$rules" .yar).ckr"
	done
}

for target; do
	seeds=tests/fuzz/seeds/$target
	words=tests/fuzz/rules.dict
	most=4096
	case $target in
	core_dump) most=32768 ;;
	images|operand) most=20000 ;;
	esac
	[ ! -f "tests/fuzz/$target.dict" ] || words=tests/fuzz/$target.dict
	if [ "$target" = compiled ]; then
		make_compiled_seeds
		seeds=$build/seeds/compiled
		most=65536
	fi
	mkdir -p "$build/corpus/$target"
	echo "fuzz_$target: $seconds s"
	"$build/tests/fuzz_$target" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=4096 \
		-max_len="$most" -dict="$words" -print_final_stats=1 \
		-artifact_prefix="$build/$target-" "$build/corpus/$target" "$seeds"
done
