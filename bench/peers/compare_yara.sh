#!/bin/bash
# Compares ckpt-scan with yara, match by match: the same rules over the same plain files.
#
# usage: compare_yara.sh [-d NAME=VALUE]... [-r [NS:]RULES]... FILE...
#
# Prints a line for each difference, with tabs between:
#
#	FILE  TOOL  NS:RULE  STRING  OFFSET  WHY
#
# TOOL is the one that found it, ckpt-scan or yara. STRING and OFFSET are `-` where a rule is true in one and false in
# the other. A string's differences in a file are cut after MOST (5) lines, and their number is said. WHY names the
# paragraph of docs/differences.md that may explain it, as far as the text of the string tells:
#
#	both-forms      a regex that is `ascii wide`: yara tries one form where an atom fits both
#	fullword-regex  `fullword` tests a length, and yara's length of a regex depends on its atom
#	long            a match of more than 4,096 bytes: yara goes so far each way from its atom
#	gap             a chain of parts, of each of which yara keeps a million places
#	jumps-in-a-row  two jumps of a hex string with nothing between them
#	million         more matches than are counted
#	limit           ckpt-scan had no room for all of them, and said so; give it more with MEMORY
#	module          the condition looks into a module that is declared, not evaluated
#	follows         the rule is true or false for a string of it that differs
#	UNEXPLAINED     all else
#
# At last: `N rules, N files, N matches compared, N differences, N unexplained`. Exit code 0: nothing unexplained, 1:
# something is, 2: one of the two failed, or refused rules that the other took.
#
# CKPT_SCAN, YARA and YARAC name the programs; MEMORY is what --memory gets. Needs jq. yara before 4.3 has no negated bytes, no text in loops and no
# `at` behind a set: it refuses such rules.
set -u -o pipefail
export LC_ALL=C
ckpt_scan=${CKPT_SCAN:-ckpt-scan} yara=${YARA:-yara} yarac=${YARAC:-yarac} most=${MOST:-5}

fail() {
	echo "compare_yara.sh: $*" >&2
	exit 2
}

defines=() rules=() sources=()
while getopts d:r: option; do
	case $option in
	d) defines+=(-d "$OPTARG") ;;
	r) rules+=("$OPTARG") sources+=("${OPTARG#*:}") ;;
	*) fail "usage: compare_yara.sh [-d NAME=VALUE]... [-r [NS:]RULES]... FILE..." ;;
	esac
done
shift $((OPTIND - 1))
if [ ${#rules[@]} -eq 0 ] || [ $# -eq 0 ]; then
	fail "needs rules and files"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/compare.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT

# NS:RULE, STRING, what is remarkable about it; `!` in place of a string speaks of the condition.
describe_rules() {
	local source namespace
	for source in "${rules[@]}"; do
		namespace=default
		[ "$source" = "${source#*:}" ] || namespace=${source%%:*}
		awk -v namespace="$namespace" '
		function remember(string, text) {
			if (text ~ /^\/.*ascii/ && text ~ /wide/)
				print rule "\t" string "\tboth-forms"
			if (text ~ /^\/.*fullword/)
				print rule "\t" string "\tfullword-regex"
			if (text ~ /^\/.*\{[0-9]*,([0-9][0-9][0-9]+)?\}\?/)
				print rule "\t" string "\tgap"
			if (text ~ /^\{.*(-[ \t]*\]|[0-9][0-9][0-9][ \t]*\])/)
				print rule "\t" string "\tgap"
			if (text ~ /^\{.*\][ \t]*\[/)
				print rule "\t" string "\tjumps-in-a-row"
		}
		{
			line = $0
			if (match(line, /(^|[ \t}])rule[ \t]+[A-Za-z0-9_]+/)) {
				rule = substr(line, RSTART, RLENGTH)
				sub(/.*rule[ \t]+/, "", rule)
				rule = namespace ":" rule
			}
			if (line ~ /[^A-Za-z0-9_](pe|dotnet|macho|dex|magic|cuckoo)\./)
				print rule "\t!\tmodule"
			while (match(line, /\$[A-Za-z0-9_]*[ \t]*=[ \t]*["\/{]/)) {
				string = substr(line, RSTART, RLENGTH)
				text = substr(line, RSTART + RLENGTH - 1)
				sub(/[ \t]*=.*/, "", string)
				next_string = match(substr(text, 2), /[ \t]\$[A-Za-z0-9_]*[ \t]*=[ \t]*["\/{]/)
				line = next_string ? substr(text, next_string + 1) : ""
				remember(string, next_string ? substr(text, 1, next_string) : text)
			}
		}' "${source#*:}"
	done | sort -u
}

# What yara says: FILE, NS:RULE, STRING, OFFSET.
ask_yara() {
	local file
	for file; do
		"$yara" -C -w -s -e "$work/compiled" "$file" >"$work/said" 2>>"$work/yara-errors" ||
			fail "yara: $(tail -n 1 "$work/yara-errors")"
		awk -v file="$file" '
		/^0x[0-9a-f]+:\$/ {
			split($0, part, ":")
			print file "\t" rule "\t" part[2] "\t" part[1]
			next
		}
		{
			rule = substr($0, 1, index($0, " ") - 1)
			print file "\t" rule "\t-\t-"
		}' "$work/said"
	done
}

ask_ckpt_scan() {
	local each arguments=()
	for each in "${rules[@]}"; do
		arguments+=(-r "$each")
	done
	"$ckpt_scan" --raw --json -q --match-bytes 0 --max-listed 1000000 "${defines[@]}" "${arguments[@]}" \
		${MEMORY:+--memory "$MEMORY"} "$@" 2>"$work/ckpt-errors" >"$work/lines"
	case $? in
	0 | 1 | 3) ;;
	*) fail "ckpt-scan: $(head -n 1 "$work/ckpt-errors")" ;;
	esac
	jq -r 'select(.type == "hit") | .checkpoint.path as $file | "\(.namespace):\(.rule)" as $rule |
		([$file, $rule, "-", "-"] | @tsv),
		(.matches[] | [$file, $rule, .string, .offset, .length] | @tsv)' "$work/lines" |
		awk -F '\t' -v long="$work/long" 'BEGIN { OFS = "\t" }
		$4 != "-" { $4 = sprintf("0x%x", $4) }
		$5 > 4096 { print $1, $2, $3, $4 >long }
		{ print $1, $2, $3, $4 }'
}

"$yarac" -w "${defines[@]}" "${rules[@]}" "$work/compiled" 2>"$work/yarac-errors" ||
	yara_refused=$(grep -v '^warning' "$work/yarac-errors" | head -n 1)
if [ -n "${yara_refused:-}" ]; then
	"$ckpt_scan" check -w "${defines[@]}" "${rules[@]/#/-r}" >/dev/null 2>&1 &&
		fail "only yara refuses: $yara_refused"
	fail "both refuse: $yara_refused"
fi
touch "$work/long"
ask_ckpt_scan "$@" | sort >"$work/ours" || exit 2
ask_yara "$@" | sort >"$work/theirs" || exit 2
{
	describe_rules
	jq -r 'select(.type == "warning" and .code == "limit").message' "$work/lines" |
		sed -n 's/.* of \(\$[A-Za-z0-9_]*\) of rule \([^ ]*\) .*/\2\t\1\tlimit/p'
} >"$work/described"

# A rule whose string differs is false for one of them, and then that one lists none of its strings.
{
	comm -23 "$work/ours" "$work/theirs" | sed 's/\t/\tckpt-scan\t/'
	comm -13 "$work/ours" "$work/theirs" | sed 's/\t/\tyara\t/'
} | sort >"$work/differences"

awk -F '\t' -v most="$most" '
BEGIN { OFS = "\t" }
pass == 1 {
	why[$1, $2] = why[$1, $2] ? why[$1, $2] "," $3 : $3
	some[$1] = $2 == "!" ? some[$1] : 1
	next
}
pass == 2 {
	if ($4 == "-")
		verdict[$1, $3] = 1
	next
}
pass == 3 {
	if ($4 != "-" && ++found[$1, $2, $3] >= 1000000)
		why[$2, $3] = "million"
	next
}
pass == 4 {
	why_long[$1, $2, $3, $4] = "long"
	next
}
{
	reason = why_long[$1, $3, $4, $5] ? "long" : why[$3, $4]
	if (!reason && verdict[$1, $3])
		reason = why[$3, "!"] ? why[$3, "!"] : some[$3] ? "follows" : ""
	if (!reason) {
		reason = "UNEXPLAINED"
		unexplained++
	}
	differences++
	if (++shown[$1, $2, $3, $4] <= most)
		print $1, $2, $3, $4, $5, reason
	else
		more[$1 OFS $2 OFS $3 OFS $4] = shown[$1, $2, $3, $4] - most
}
END {
	for (each in more)
		print each, "and " more[each] " more", ""
	exit unexplained > 0
}' pass=1 "$work/described" pass=2 "$work/differences" pass=3 "$work/ours" pass=4 "$work/long" \
	pass=5 "$work/differences"
status=$?

count() { wc -l | tr -d ' '; }
echo "$(cat "${sources[@]}" | grep -oE '(^|[ 	}])rule[ 	]+[A-Za-z0-9_]+' | count) rules, $# files," \
	"$(awk -F '\t' '$4 != "-"' "$work/theirs" | count) matches compared," \
	"$(count <"$work/differences") differences$([ $status -eq 0 ] && echo ', none unexplained' || echo ', some UNEXPLAINED')"
exit $status
