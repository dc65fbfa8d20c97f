#!/bin/sh
# What each stage of a scan is worth on this machine, as a user asks for it; never how much that is.
# usage: test_cli_bench.sh CKPT_SCAN MAKE_CHECKPOINT DATA CHECK_JSON_LINES
# shellcheck source=tests/cli/program.sh
. "$(dirname "$0")/program.sh"

# rows NAME ARGUMENT...: rows of JSON, each as json.md says.
rows() {
	name=$1
	shift
	check "$name" 0 "$scan" bench --json "$@"
	mv out lines
	check "$name, line by line" 0 sh -c "'$check_json' 0 rows=bench <lines"
	mv lines out
}
# stages NAME WANTED: those of the warm rows of the command before, with their threads, in order.
stages() {
	sed -n 's/.*"stage":"\([^"]*\)","threads":\([0-9]*\),"cache":"warm".*/\1*\2/p' out |
		tr '\n' ' ' >stages
	printf '%s' "$2" >wanted
	mv out lines
	check "$1" 0 diff stages wanted
	mv lines out
}
mkdir temporary
"$make" --seed 3 --size 4M plain.tar
"$make" --seed 3 --size 4M --directory plain
"$make" --seed 3 --size 4M --compress zstd packed.tar.zst
before=$(find . | sort)

check 'a table' 0 "$scan" bench -p 2 -e 'needle[0-9]{4}' plain.tar
says out 'plain.tar: container made'
says out 'STAGE           THREADS  CACHE         BYTES    SECONDS       RATE'
says out 'Limit with 2 threads: '
check 'a table for 80 columns' 1 sh -c "'$scan' bench -p 2 -e x1y2z3 plain.tar | grep -E '.{81}'"
in_place='reading*1 mapping*1 candidates*1 confirm*1 conditions*1 scan*1 '
rows 'an archive in place' -p 1 -r good.yar plain.tar
stages 'stages of an archive in place' "$in_place"
says out '"checkpoint":{"id":'
says out '"path":"plain.tar","member":"checkpoint","form":"tar"'
says out '"container":{'
rows 'a directory' -p 1 -F -e 'a text' plain
stages 'stages of a directory' "$in_place"
rows 'an archive that is inflated' -p 1 --search needle packed.tar.zst
stages 'stages of one that is inflated' 'inflating_zstd*1 mapping*1 candidates*1 confirm*1 conditions*1 scan*1 '
rows 'three threads' -p 3 -e 'needle[0-9]{4}' plain.tar
stages 'threads are doubled up to the most' 'reading*1 reading*2 reading*3 mapping*1 candidates*1 candidates*2 candidates*3 confirm*1 confirm*2 confirm*3 conditions*1 conditions*2 conditions*3 scan*1 scan*2 scan*3 '
rows 'two checkpoints' -p 1 -e 'needle[0-9]{4}' plain.tar "$redis"
stages 'stages of two' "${in_place}inflating_zstd*1 mapping*1 candidates*1 confirm*1 conditions*1 scan*1 "
check 'a table for each' 0 "$scan" bench -q -p 1 -e 'needle[0-9]{4}' plain.tar "$redis"
[ "$(grep -c '^STAGE ' out)" -eq 2 ] && passed=$((passed + 1)) || {
	failed=$((failed + 1))
	echo 'FAILED: two checkpoints have not two tables'
}
silent err
mkdir both && cp -r plain both/one && cp -r plain both/two && tar cf both.tar both && rm -r both
rows 'an archive with two' -p 1 -e 'needle[0-9]{4}' both.tar
stages 'stages of an archive with two' "$in_place"
says out '"checkpoint":{"path":"both.tar","form":"tar"}'
rm both.tar
rows 'mapped' -p 1 --read mmap -e 'needle[0-9]{4}' plain.tar
stages 'stages of mapped files' "$in_place"
# Rules that look at bytes, and say something, which nobody is to hear.
cat >talk.yar <<'RULES'
import "console"
rule talks { strings: $a = "needle" condition: console.log("said") and #a >= 0 and uint8(0x1000) >= 0 and want == 7 }
RULES
rows 'rules with a variable' -p 1 -r talk.yar -d want=7 packed.tar.zst
says_nowhere out 'said'
says_nowhere err 'said'

# Nothing is given: both are made, and nothing is left.
check 'without anything' 0 env TMPDIR="$work/temporary" "$scan" bench -p 1 --json
mv out lines
check 'without anything, line by line' 0 sh -c "'$check_json' 0 rows=bench <lines"
mv lines out
stages 'stages without anything' 'reading*1 inflating_zstd*1 inflating_gzip*1 mapping*1 candidates*1 confirm*1 conditions*1 scan*1 '
says_nowhere out '"checkpoint"'
check 'rules that are made are told' 0 "$scan" bench -p 1 plain.tar
says err 'no rules were given: 240 strings are made'
check 'nothing stays in TMPDIR' 0 rmdir temporary
mkdir temporary
TMPDIR=$work/temporary "$scan" bench -q -p 1 >told 2>said &
pid=$!
tries=0
while [ ! -s told ] && [ $tries -lt 300 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
check 'nothing has a name while it works' 0 rmdir temporary
kill -TERM $pid
wait $pid
code=$?
check 'told to stop' 0 test $code -eq 4
check 'that it was stopped is told' 0 grep -F 'stopped before all was measured' said
check 'a directory that is not there' 4 env TMPDIR="$work/temporary" "$scan" bench
says err 'temporary'

# What is wrong.
check 'standard input' 2 "$scan" bench -
says err 'standard input can be read once only'
check 'rules that do not compile' 2 "$scan" bench -r bad.yar plain.tar
silent out
check 'no such rules' 2 "$scan" bench -r missing.yar plain.tar
check 'what is no checkpoint' 3 "$scan" bench -e abcdefg no-checkpoint.tar
silent out
says err '[not-a-checkpoint]'
check 'what is not there' 4 "$scan" bench -e abcdefg missing.tar
silent out
check 'a cut one is measured as far as it goes' 3 "$scan" bench -p 1 -e abcdefg cut.tar
says err '[truncated]'
says out 'scan  '
check 'one of two is none' 3 "$scan" bench -p 1 -e abcdefg no-checkpoint.tar plain.tar
says out 'plain.tar: container made'
check 'a full device' 4 sh -c "'$scan' bench -q -p 1 -e abcdefg plain.tar >/dev/full"
says err 'write to standard output'
check 'an option of a scan' 2 "$scan" bench --exit-match plain.tar
check 'help' 0 "$scan" bench --help
says out 'Usage: ckpt-scan bench [OPTION]... [CHECKPOINT]...'
says out '--threads'
check 'almost' 2 "$scan" bnech plain.tar
says err 'did you mean bench?'
cp plain.tar "$evil"
check 'an evil name' 0 "$scan" bench -p 1 -e abcdefg "$evil"
tame
rm "$evil"
after=$(find . ! -name 'told' ! -name said ! -name stages ! -name wanted ! -name lines ! -name talk.yar ! -name out ! -name err | sort)
check 'no file is left anywhere' 0 test "$(printf '%s\n' "$before" | grep -vxF -e ./temporary -e ./out -e ./err)" = "$(printf '%s\n' "$after" | grep -vF ./cache)"

finish
