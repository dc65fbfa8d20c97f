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
json 'all memory' 0 '' "$scan" --json --targets process -e $needle "$redis"
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
# Beside the memory of three processes: what was captured of their files, and bytes in flight. The planted texts.
planted='IOC~[!-~]{20}~'
json 'everything' 0 '' "$scan" --json -e "$planted" "$podman"
says out '"narrowed":false'
says out '"bytes_not_selected":0,'
says out '"targets":{"process":3,"file":9,"pipe":1,"socket":1,"terminal":0,"message":0}'
everything=$(described)
for kind in process file pipe socket; do
	json "targets of kind $kind" 0 '' "$scan" --json --targets $kind -e "$planted" "$podman"
	says out "\"target\":{\"kind\":\"$kind\""
	says out '"narrowed":true'
	same "bytes described with --targets $kind" "$(described)" "$everything"
done
json 'files and pipes' 0 '' "$scan" --json --targets file,pipe -e "$planted" "$podman"
says out '"targets":{"process":0,"file":9,"pipe":1,"socket":0,"terminal":0,"message":0}'
says out '"path":"/root/dropped.sh","origin":"rootfs-diff"'
says out '"origin":"deleted"'
says out '"held_by":[{"pid":1,"fd":7},{"pid":3,"fd":7},{"pid":4,"fd":7}],"held_by_count":3'
json 'nothing in terminals' 3 '' "$scan" --json --targets terminal -e "$planted" "$podman"
same 'bytes described where there is no terminal' "$(described)" "$everything"
json 'a process and what it holds' 0 '' "$scan" --json --pid 3 -e "$planted" "$podman"
says out '"kind":"pipe"'
says_nowhere out '"path":"/root/dropped.sh"'
says_nowhere out '"target":{"kind":"process","pid":1,'
same 'bytes described with --pid' "$(described)" "$everything"
json 'memory and what is captured' 0 '' "$scan" --json --vma heap --targets process,pipe -e "$planted" "$podman"
says out '"kind":"pipe"'
says out '"kind":"heap"'
says_nowhere out '"kind":"anonymous"'
same 'bytes described with --vma and --targets' "$(described)" "$everything"
check 'captured targets, as text' 0 "$scan" -s --targets file,pipe,socket -e "$planted" "$podman"
says out 'command_line:pattern_1 /root/dropped.sh (rootfs-diff)'
says out 'command_line:pattern_1 /tmp/ghost.bin (deleted #1, pid 1 fd 7, pid 3 fd 7, pid 4 fd 7)'
says out 'command_line:pattern_1 pipe 727872 (pid 1 fd 8, pid 1 fd 9, pid 3 fd 8, and 3 more)'
says out 'command_line:pattern_1 socket 727873 unix received (pid 1 fd 10'
tame
check 'files without memory' 2 "$scan" --targets file --vma heap -e x "$redis"
says err '--vma has no effect'
check 'a kind that there is not' 2 "$scan" --targets memory -e x "$redis"
check 'kinds of plain files' 2 "$scan" --raw --targets file -e x good.yar
says err '--targets has no effect'
finish
