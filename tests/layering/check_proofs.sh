#!/bin/sh
# Reads docs/formats-tested.md and fails on a test that is not there: a file, a function in it, a row of its table.
# usage: check_proofs.sh ROOT
set -eu
cd "$1"
list=docs/formats-tested.md
found=$(mktemp)
trap 'rm -f "$found"' EXIT
find tests -name 'test_*' -type f >"$found"

awk -v found="$found" '
BEGIN {
	while ((getline path < found) > 0) {
		name = path
		sub(/.*\//, "", name)
		if (name in paths)
			twice[name] = 1
		paths[name] = path
	}
}
function problem(text) {
	print FILENAME ":" NR ": " text
	bad++
}
# The whole of a file, read once.
function content(name,	line) {
	if (!(name in texts)) {
		texts[name] = "\n"
		while ((getline line < paths[name]) > 0)
			texts[name] = texts[name] line "\n"
		close(paths[name])
	}
	return texts[name]
}
function quoted(text, word) {
	return index(text, "\"" word "\"") || index(text, "\047" word "\047")
}
# Changes no place that match() left.
function look_up(mark, word) {
	if (mark == "`" && word ~ /^test_.*\.(c|sh)$/) {
		file = word
		if (!(file in paths))
			problem("no file " file)
		else if (file in twice)
			problem("several files " file)
	} else if (!(file in paths))
		problem("no file for " word)
	else if (mark == "`" && content(file) !~ "[^a-z0-9_]" word "[^a-z0-9_]")
		problem("no " word " in " paths[file])
	else if (mark == "\"" && !quoted(content(file), word))
		problem("no row \"" word "\" in " paths[file])
}
/^\|---/ || /^\| rule \|/ {
	next
}
/^\|/ {
	if (!match($0, /\| [^|]*\|$/)) {
		problem("no proof")
		next
	}
	rest = substr($0, RSTART + 2)
	file = ""
	proofs = 0
	while (match(rest, /`[^`]+`|"[^"]+"/)) {
		look_up(substr(rest, RSTART, 1), substr(rest, RSTART + 1, RLENGTH - 2))
		rest = substr(rest, RSTART + RLENGTH)
		proofs++
	}
	if (!proofs)
		problem("no proof")
	rules++
}
END {
	if (!rules) {
		print "no rule was read"
		exit 1
	}
	printf "%d rules read, %d proofs missing\n", rules, bad
	exit bad > 0
}' "$list"
