#!/bin/sh
# What is in checkpoints, without rules: the looking commands as a user runs them, and the plugin of checkpointctl.
# usage: test_cli_look.sh CKPT_SCAN MAKE_CHECKPOINT DATA CHECK_JSON_LINES
# shellcheck source=tests/cli/program.sh
. "$(dirname "$0")/program.sh"

# rows NAME EXIT COMMAND ARGUMENT...: rows of JSON, each as json.md says.
rows() {
	name=$1 want=$2 command=$3
	shift 3
	check "$name" "$want" "$scan" "$command" --json "$@"
	mv out lines
	check "$name, line by line" 0 sh -c "'$check_json' $want rows=$command <lines"
	mv lines out
}
none=$data/podman-zstd.tar

# Each command, as a table and as rows.
for command in show processes maps environment files strings; do
	check "$command" 0 "$scan" $command "$none"
	says out "podman-zstd.tar"
	silent err
	rows "$command in json" 0 $command "$none" "$redis"
	check "$command of nothing" 2 "$scan" $command
	says err 'no checkpoint was given'
	check "$command of what is no checkpoint" 3 "$scan" $command no-checkpoint.tar
	silent out
	says err '[not-a-checkpoint]'
	check "$command of what is not there" 4 "$scan" $command missing.tar
	check "$command of a cut archive shows the rest" 3 "$scan" $command cut.tar "$none"
	says out "podman-zstd.tar"
	check "$command with an option of a scan" 2 "$scan" $command --exit-match "$none"
	says err 'unknown option'
	check "help of $command" 0 "$scan" $command --help
	says out "Usage: ckpt-scan $command"
	check "$command to a full device" 4 sh -c "'$scan' $command '$none' >/dev/full"
	check "$command of standard input" 0 sh -c "'$scan' $command - <'$none'"
done

# What the metadata say.
check 'show' 0 "$scan" show "$none"
says out 'plant'
says out 'podman'
says out 'crun'
says out 'tar,zstd'
rows 'show both' 0 show "$none" "$redis"
says out '"image":"localhost/app:1"'
says out '"criu":2,"processes":1,'
check 'processes are a tree' 0 "$scan" processes "$none"
says out '  1  alive '
says out '  /plant '
check 'mappings' 0 "$scan" maps --pid 1 "$none"
says out '[stack]'
says out '[vdso]'
says out 'memfd'
check 'mappings of a kind' 0 "$scan" maps --vma stack --pid 1 "$none"
says out '[stack]'
says_nowhere out '[vdso]'
check 'environment' 0 "$scan" environment --pid 1 "$none"
says out 'PATH'
says out 'podman'
check 'descriptors' 0 "$scan" files "$redis"
says out 'tcp 0.0.0.0:6379 listen'
check 'strings' 0 "$scan" strings "$redis"
says out 'AKIAIOSFODNN7EXAMPLE'

# Packed pages that pass before anything says that they are packed.
"$make" --seed 1 --processes 2 --size 4M --packed page --pages-first --compress gzip packed.tgz >made
for view in show maps files; do
	check "packed pages before their page map: $view" 0 "$scan" "$view" packed.tgz
	silent err
done
check 'memory in packed pages' 0 "$scan" maps --json packed.tgz
mv out lines
check 'nothing of packed pages is lost' 1 grep '"lost":[1-9]' lines

# A hit's address shows the hit's bytes.
"$scan" --json --search AKIAIOSFODNN7EXAMPLE "$redis" |
	sed -n 's/.*"matches":\[{"string":"$p","address":"\([^"]*\)","length":\([0-9]*\).*/\1+\2/p' >where
printf AKIAIOSFODNN7EXAMPLE >wanted
"$scan" dump --bytes --address "$(cat where)" "$redis" >bytes
check 'the bytes of a hit are what was found' 0 cmp bytes wanted
check 'a hit in hex' 0 "$scan" dump --address "$(cat where)" "$redis"
says out 'IOSF'
rows 'a hit in json' 0 dump --address "$(cat where)" "$redis"
says out '"length":20,"data":"QUtJQUlPU0ZPRE5ON0VYQU1QTEU="'
check 'a dump of one of several' 2 "$scan" dump --address 0x400000+16 "$none"
says err '--pid'
silent out
check 'a dump of nowhere' 2 "$scan" dump --pid 1 "$none"
says err '--address'
check 'a dump of two checkpoints' 2 "$scan" dump --pid 1 --address 1+1 "$none" "$redis"
check 'bytes in json' 2 "$scan" dump --json --bytes --address 1+1 "$redis"
check 'bytes that nobody has' 3 "$scan" dump --address 0x1000+16 "$redis"
says err 'nothing is mapped [nothing-selected] (pid 1, addresses 0x1000-0x1010)'
silent out
# Where only some of it is there, each byte stays where it stood.
gap=0x7f9c69000000-0x7f9c691ef010
check 'a gap in hex' 3 "$scan" dump --address 0x7f9c68fffff0-0x7f9c69000010 "$redis"
says out '7f9c68fffff0: '
says err 'nothing is mapped [truncated] (pid 1, addresses 0x7f9c69000000-0x7f9c69000010)'
check 'a gap before bytes' 3 "$scan" dump --bytes --address "$gap" "$redis"
says err 'nothing is mapped, zeros stand for it [truncated] (pid 1, addresses 0x7f9c69000000-0x7f9c691ef000)'
tail -c 16 out >bytes
check 'a range is as long as was asked for' 0 test "$(wc -c <out)" -eq $((0x1ef010))
check 'what stands behind the gap' 0 "$scan" dump --bytes --address 0x7f9c691ef000+16 "$redis"
mv out behind
check 'bytes behind a gap stand where they stood' 0 cmp behind bytes
check 'a gap behind bytes' 3 "$scan" dump --bytes --address 0x7f9c68fffff0-0x7f9c69000010 "$redis"
check 'zeros behind bytes' 0 test "$(wc -c <out)" -eq 32
check 'more zeros than anybody wants' 2 "$scan" dump --bytes --address 0-0x7fffffffffff "$redis"
says err 'choose a smaller one'
if command -v script >/dev/null; then
	check 'bytes on a terminal' 0 script -qec "'$scan' dump --bytes --address 1+1 '$redis'; echo code \$?" /dev/null
	says out 'a terminal obeys some bytes'
	says out 'code 2'
fi

# Filters that choose nothing.
for command in processes maps environment files strings; do
	check "$command of no process" 3 "$scan" $command --pid 4711 "$none"
	silent out
	says err 'nothing at all [nothing-selected]'
	check "$command of no such name" 3 "$scan" $command --process 'nobody*' "$none"
	check "$command of a name" 0 "$scan" $command --process 'plant' "$none"
done
check 'no such mapping' 3 "$scan" maps --address 0x1000+1 "$none"
check 'a process in one of two' 0 "$scan" processes --process 'redis*' "$none" "$redis"
says err '[nothing-selected]'
check 'quietly' 0 "$scan" processes -q --process 'redis*' "$none" "$redis"
silent err
check 'no such member' 3 "$scan" show --member elsewhere "$none"
silent out
check 'a member' 0 "$scan" show --member checkpoint "$none"
mkdir -p shelf && cp "$redis" shelf/one.tar
check 'a directory of archives' 3 "$scan" show shelf
says err 'archives in it are operands of their own'
check 'a member as a shell completes it' 0 "$scan" show --member ./checkpoint/ "$none"
check 'a scan of a member as a shell completes it' 0 "$scan" --member checkpoint/. --search PLANT "$none"
check 'a scan of a member' 0 "$scan" --member checkpoint --search PLANT "$none"
check 'a scan of no member' 3 "$scan" --member elsewhere --search PLANT "$none"
check 'a member of a plain file' 2 "$scan" --raw --member x --search PLANT "$none"

# Names that want to be more than names.
cp "$redis" "$evil"
for command in show processes maps environment files strings; do
	check "$command with an evil name" 0 "$scan" $command "$evil"
	tame
done
rows 'an evil name in json' 0 show "$evil"

# A command's name is one only as the first argument.
check 'an almost' 2 "$scan" proceses "$none"
says err 'did you mean processes?'
check 'a command behind' 4 "$scan" maps show
says err 'show'
cp "$redis" show
check 'a file of that name' 0 "$scan" scan --search AKIAIOSFODNN7EXAMPLE show
says out 'redis-server'
check 'a command and a file of its name' 0 "$scan" show show
says out '  show  checkpoint'

# A core dump is a checkpoint of one process.
KEY=value-of-the-environment sleep 100 &
sleeper=$!
tries=0
while ! grep -q '\[heap\]' /proc/$sleeper/maps && [ $tries -lt 100 ]; do
	tries=$((tries + 1))
	sleep 0.05
done
if command -v gcore >/dev/null && gcore -o core $sleeper >/dev/null 2>&1; then
	mv core.$sleeper core
	check 'a core dump' 0 "$scan" processes core
	says out "$sleeper"
	says out 'sleep 100'
	rows 'a core dump in json' 0 show core
	says out '"form":"core"'
	check 'the environment in a core dump' 0 "$scan" environment core
	says out 'value-of-the-environment'
	check 'a scan of a core dump' 0 "$scan" -s --search value-of-the-environment core
	says out '[stack]'
	if command -v zstd >/dev/null; then
		zstd -q core -o core.zst
		check 'a core dump that is packed' 0 "$scan" environment core.zst
		says out 'value-of-the-environment'
		check 'one on standard input' 0 sh -c "'$scan' environment - <core.zst"
		says out 'value-of-the-environment'
	fi
	# Text that gcore leaves out, from the file that is still there: the same build id.
	text=$("$scan" maps --json core | sed -n 's/.*"start":"\([^"]*\)","end":"[^"]*","protection":"r--p","kind":"file","path":"\/[^"]*\/libc.so.6","offset":[1-9].*"bytes":{"dump":0.*/\1/p' | head -n 1)
	if [ -n "$text" ]; then
		check 'text that is not in a core dump' 3 "$scan" dump --address "$text+64" core
		check 'text of a core dump from its file' 0 "$scan" dump --rootfs / --address "$text+64" core
		says out '.'
	fi
	head -c 20000 core >core.cut
	check 'a core dump that is cut' 3 "$scan" maps core.cut
	says err '[truncated]'
else
	echo 'no gcore, or it may not look into other processes: no core dump is shown'
fi
kill $sleeper

# The plugin.
ln -s "$scan" checkpointctl-scan
check 'a plugin says what it is' 42 ./checkpointctl-scan --plugin-description
[ "$(wc -l <out)" -eq 1 ] && passed=$((passed + 1)) || {
	failed=$((failed + 1))
	echo 'FAILED: the description is not one line'
}
silent err
check 'a plugin scans' 0 ./checkpointctl-scan --search AKIAIOSFODNN7EXAMPLE "$redis"
says out 'redis-server'
check 'a plugin has no commands' 0 ./checkpointctl-scan --search AKIAIOSFODNN7EXAMPLE show
check 'help of a plugin' 0 ./checkpointctl-scan --help
says out 'Usage:'
check 'no description among arguments' 2 ./checkpointctl-scan --plugin-description "$redis"
check 'no plugin by another name' 2 "$scan" --plugin-description

finish
