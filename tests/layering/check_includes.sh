#!/bin/sh
# Reads every #include of the tree and fails on one that the table of floors does not allow.
# usage: check_includes.sh ROOT
set -eu
cd "$1"

# FOLDER  what it may include, as extended regular expressions of paths; the first folder that fits counts.
floors='
engine/base   engine/base/.*
engine        engine/.*
rules         rules/.* engine/base/.* engine/(pattern|regex|match_table|database)\.h
scanners      scanners/.* proto/.*\.pb-c\.h rules/[^/]*\.h engine/base/.* engine/read/[^/]*\.h engine/[^/]*\.h
delivery      delivery/.* engine/base/.*
report        report/.* scanners/(hit|outline)\.h rules/rule\.h delivery/record\.h engine/base/.*
service       service/.* scanners/[^/]*\.h delivery/[^/]*\.h rules/compiled_rules\.h engine/base/.* engine/read/[^/]*\.h engine/[^/]*\.h
cli           cli/.* library/.* service/[^/]*\.h report/[^/]*\.h delivery/[^/]*\.h scanners/[^/]*\.h rules/[^/]*\.h engine/base/.* engine/read/[^/]*\.h engine/[^/]*\.h bench/[^/]*\.h
library       library/.* service/[^/]*\.h report/[^/]*\.h scanners/[^/]*\.h rules/[^/]*\.h engine/base/.* engine/[^/]*\.h
bench         .*
tests         .*
'
find engine rules scanners delivery report service cli library bench tests \
	\( -name '*.c' -o -name '*.h' -o -name '*.l' -o -name '*.y' \) 2>/dev/null | sort |
	xargs awk -v floors="$floors" '
	BEGIN {
		count = split(floors, lines, "\n")
		for (i = 1; i <= count; i++)
			if (split(lines[i], words, " ") > 1) {
				folder[++known] = words[1]
				allowed[known] = lines[i]
				sub(/^[^ ]+ +/, "", allowed[known])
			}
	}
	function floor_of(path,	i) {
		for (i = 1; i <= known; i++)
			if (index(path, folder[i] "/") == 1)
				return i
		return 0
	}
	function may(floor, include,	i, n, words) {
		n = split(allowed[floor], words, " ")
		for (i = 1; i <= n; i++)
			if (include ~ "^" words[i] "$")
				return 1
		return 0
	}
	/^[ \t]*#[ \t]*include[ \t]*["<]/ {
		include = $0
		sub(/^[^"<]*["<]/, "", include)
		sub(/[">].*$/, "", include)
		seen++
		if (include ~ /^hs(\/.*)?\.h$/ && FILENAME !~ /^(engine|bench)\//)
			problem(FILENAME ": only engine/ and bench/ may include " include)
		if ($0 ~ /</ && include !~ /^(engine|rules|scanners|delivery|report|service|cli|library|bench|tests)\//)
			next
		if (include !~ /\//) {
			if (FILENAME !~ /\/(parse|criu)\// && FILENAME !~ /^tests\//)
				problem(FILENAME ": \"" include "\" is not written from the root")
			next
		}
		if (!(floor = floor_of(FILENAME)))
			problem(FILENAME ": lies in no floor")
		else if (!may(floor, include))
			problem(FILENAME ": may not include " include)
	}
	function problem(text) {
		print text
		bad++
	}
	END {
		if (!seen) {
			print "no include was read"
			exit 1
		}
		printf "%d includes read, %d not allowed\n", seen, bad
		exit bad > 0
	}'
