#!/bin/sh
# What is searched, as a user chooses it: kinds of target, processes, memory by kind, protection and address.
# usage: test_cli_targets.sh PROGRAM MAKE_CHECKPOINT DATA CHECK_JSON_LINES
# shellcheck disable=SC1091
. "$(dirname "$0")/program.sh"

# field NAME: a number of the summary in out
field() {
	sed -n "s/.*\"type\":\"summary\".*\"$1\":\\([0-9]*\\).*/\\1/p" out
}
# same NAME LEFT RIGHT
same() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $1: '$2' is not '$3'"
	fi
}
described() {
	echo $(($(field bytes_scanned) + $(field bytes_lost) + $(field bytes_not_selected)))
}

needle=AKIAIOSFODNN7EXAMPLE
json 'all of it' 0 '' "$scan" --json --targets process -e $needle "$redis"
says out '"hits":1'
all=$(described) memory=$(field bytes_scanned)

# Each byte of memory is in a VMA of one kind, and unmapped is one.
json 'anonymous memory' 0 '' "$scan" --json --vma anonymous -e $needle "$redis"
anonymous=$(field bytes_scanned) sum=0
for kind in heap stack anonymous file shared memfd sysv vdso other unmapped; do
	json "memory of kind $kind" 0 '' "$scan" --json --vma $kind --vma anonymous -e $needle "$redis"
	says out '"narrowed":true'
	same "bytes described with --vma $kind" "$(described)" "$all"
	sum=$((sum + $(field bytes_scanned) - anonymous))
done
same 'the memory of all kinds' $((sum + anonymous)) "$memory"

json 'where it stands' 0 '' "$scan" --json --vma anonymous -e $needle "$redis"
says out '"match_count":2'
says out '"kind":"anonymous"'
json 'where it does not stand' 0 '' "$scan" --json --vma heap,stack -e $needle "$redis"
says out '"hits":0'
json 'memory that can be written' 0 '' "$scan" --json --protection w -e $needle "$redis"
says out '"match_count":2'
json 'memory that can be run' 0 '' "$scan" --json --protection x -e $needle "$redis"
says out '"hits":0'

# An address range holds a match as a whole or not at all.
json 'an address' 0 '' "$scan" --json --address 0x7f9c68cc4243+20 -e $needle "$redis"
says out '"match_count":1,'
says out '"address":"0x7f9c68cc4243"'
says out '"bytes_scanned":20,'
same 'bytes described with an address' "$(described)" "$all"
json 'an address, one byte short' 0 '' "$scan" --json --address 0x7f9c68cc4243+19 -e $needle "$redis"
says out '"hits":0'
json 'an address, one byte late' 0 '' "$scan" --json --address 0x7f9c68cc4244-0x7f9c68cc5000 -e $needle "$redis"
says out '"hits":0'
json 'all above an address' 0 '' "$scan" --json --address 0x7f9c68cc4243-0x10000000000000000 -e $needle "$redis"
says out '"match_count":2,'
# What a filter cuts is no end of a line.
json 'the ends of a range' 0 '' "$scan" --json --address 0x7f9c68cc4243+20 -e "^$needle" -e "$needle\$" \
	-e "\\bAKIA" -e "EXAMPLE\\b" "$redis"
says_nowhere out '"rule":"pattern_1"'
says_nowhere out '"rule":"pattern_2"'
says out '"rule":"pattern_3"'
says out '"rule":"pattern_4"'

# Conditions read what strings are not searched in.
cat >reads.yar <<'RULES'
rule reads { strings: $v = "AKIAIOSFODNN7EXAMPLE" condition: $v and uint32(@v - 8) != 0 or uint8(0x7f9c68cc4243) == 0x41 }
RULES
json 'a condition reads all memory' 0 '' "$scan" --json --vma stack -r reads.yar "$redis"
says out '"rule":"reads"'

json 'nothing in that range' 3 '' "$scan" --json --address 0x1000-0x2000 -e $needle "$redis"
says out '"code":"nothing-selected"'
says out '"exit":3'
same 'bytes described where nothing is chosen' "$(described)" "$all"
json 'nothing of that kind' 3 '' "$scan" --json --vma sysv -e $needle "$redis"
says out '"process":0,'
check 'nothing selected, as text' 3 "$scan" --vma sysv -e $needle "$redis"
says err 'the filters select nothing at all'
check 'files without memory' 2 "$scan" --targets file --vma heap -e x "$redis"
says err '--vma has no effect'
check 'a kind that there is not' 2 "$scan" --targets memory -e x "$redis"
check 'kinds of plain files' 2 "$scan" --raw --targets file -e x good.yar
says err '--targets has no effect'
finish
