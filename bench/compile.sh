#!/bin/sh
# Seconds and peak memory of compiling generated rules: 6,000 rules with 33,000 strings, and 100,000 rules. The target
# is a checkpoint of one page, so that little but compiling is left; where yarac is installed, it compiles the
# same rules for comparison.
#
# usage: compile.sh BUILD
#
# REPEAT (3) can be set; the least time counts. Needs GNU time at /usr/bin/time.
set -eu
build=$1
repeat=${REPEAT:-3}

work=$(mktemp -d "${TMPDIR:-/tmp}/compile.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$build/bench/make_checkpoint" --directory --size 4K "$work/checkpoint"

# Exit codes tell of hits and warnings; only what time says counts.
timed() { # COMMAND...: seconds, of which by this process, and KiB
	/usr/bin/time -o "$work/time" -f '%e %U %M' "$@" >/dev/null 2>&1 || true
	tail -n 1 "$work/time" >>"$work/times"
}
report() { # NAME
	sort -g "$work/times" | head -n 1 |
		awk -v name="$1" '{ printf "  %-10s %7.2f s (%.2f s of CPU) %7.0f MiB\n", name, $1, $2, $3 / 1024 }'
	rm "$work/times"
}
repeated() { # NAME COMMAND...
	name=$1
	shift
	i=0
	while [ $i -lt "$repeat" ]; do
		timed "$@"
		i=$((i + 1))
	done
	report "$name"
}
measure() { # RULES STRINGS
	"$build/bench/generate_rules" --rules "$1" --strings "$2" --seed "$1" >"$work/rules.yar"
	printf '%d rules, %d strings, %d bytes\n' "$1" "$2" "$(wc -c <"$work/rules.yar")"
	repeated ckpt-scan "$build/ckpt-scan" -q $uncached -r "$work/rules.yar" "$work/checkpoint"
	if command -v yarac >/dev/null; then
		repeated yarac yarac -w "$work/rules.yar" "$work/compiled"
	fi
}

# What was compiled before must not be found again.
uncached=
if "$build/ckpt-scan" --help | grep -q -e --no-cache; then
	uncached=--no-cache
fi
measure 6000 33000
measure 100000 "${STRINGS:-300000}"
