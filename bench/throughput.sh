#!/bin/sh
# Throughput of the whole program beside two yardsticks on the same bytes in the page cache: reading memory,
# and the naive use of Hyperscan (one expression per string, empty callback).
#
# usage: throughput.sh BUILD [CHECKPOINT_DIRECTORY]
#
# Without a directory it makes two checkpoints, of SMALL and LARGE bytes (1G and 4G), below $TMPDIR and compares by
# slope: time for the large one less time for the small one, so that start-up does not count. With one (CRIU images,
# such as an unpacked archive's checkpoint/) it scans that as a whole. THREADS (1) and REPEAT (5) can be set; the
# least time of each counts, and the programs take turns.
set -eu
build=$1
threads=${THREADS:-1} repeat=${REPEAT:-5} small=${SMALL:-1G} large=${LARGE:-4G}
literals='AKIAIOSFODNN7 BEGIN_RSA_PRIVATE xmrig_stratum /etc/shadow_copy wget_http_evil LD_PRELOAD_hook meterpreter_rev cobaltstrike_b'

work=$(mktemp -d "${TMPDIR:-/tmp}/throughput.XXXXXX")
trap 'rm -rf "$work"' EXIT
for literal in $literals; do
	printf '%s\n' "$literal"
done >"$work/patterns"

now() { date +%s.%N; }
least() { sort -g "$1" | head -n 1; }
timed() { # NAME COMMAND...: adds the seconds of one run to $work/NAME
	name=$1
	shift
	start=$(now)
	"$@" >/dev/null
	echo "$start $(now)" | awk '{ printf "%.6f\n", $2 - $1 }' >>"$work/$name"
}
measure() { # DIRECTORY LABEL
	i=0
	while [ $i -le "$repeat" ]; do
		timed "read-$2" "$build/bench/raw_hyperscan" read "$1" "$threads"
		# shellcheck disable=SC2086
		timed "naive-$2" "$build/bench/raw_hyperscan" scan "$1" "$threads" $literals
		timed "ckpt-$2" "$build/ckpt-scan" -q --threads "$threads" -F --patterns "$work/patterns" "$1"
		# The first round warms the page cache.
		[ $i -gt 0 ] || rm "$work"/read-"$2" "$work"/naive-"$2" "$work"/ckpt-"$2"
		i=$((i + 1))
	done
}
bytes_of() { cat "$1"/pages-*.img | wc -c; }
report() { # BYTES READ NAIVE CKPT
	echo "$1 $2 $3 $4" | awk -v threads="$threads" '{
		printf "%.0f bytes, %d thread(s), 8 literals, page cache\n", $1, threads
		printf "  memory read    %8.0f MB/s\n", $1 / $2 / 1e6
		printf "  naive hs_scan  %8.0f MB/s\n", $1 / $3 / 1e6
		printf "  ckpt-scan      %8.0f MB/s\n", $1 / $4 / 1e6
		printf "  ckpt-scan / memory read   %.2f\n", $2 / $4
		printf "  ckpt-scan / naive hs_scan %.2f\n", $3 / $4
	}'
}

if [ $# -gt 1 ]; then
	measure "$2" one
	report "$(bytes_of "$2")" "$(least "$work/read-one")" "$(least "$work/naive-one")" "$(least "$work/ckpt-one")"
	exit 0
fi
"$build/bench/make_checkpoint" --directory --size "$small" "$work/small"
"$build/bench/make_checkpoint" --directory --size "$large" "$work/large"
measure "$work/small" small
measure "$work/large" large
slope() { echo "$(least "$work/$1-large") $(least "$work/$1-small")" | awk '{ print $1 - $2 }'; }
report $(($(bytes_of "$work/large") - $(bytes_of "$work/small"))) "$(slope read)" "$(slope naive)" "$(slope ckpt)"
