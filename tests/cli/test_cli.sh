#!/bin/sh
# The program as a user runs it: exit codes, what goes where, and that nothing from a checkpoint reaches a
# terminal as control bytes.
# usage: test_cli.sh CKPT_SCAN MAKE_CHECKPOINT DATA CHECK_JSON_LINES
# shellcheck source=tests/cli/program.sh
. "$(dirname "$0")/program.sh"

check 'hits and a complete scan' 0 "$scan" -r good.yar "$redis"
says out stored
says out redis-server
check 'no hits, no output' 0 "$scan" --search 'this stands nowhere at all' "$redis"
silent out
check 'hits with --exit-match' 1 "$scan" --exit-match -r good.yar "$redis"
check 'no hits with --exit-match' 0 "$scan" --exit-match --search 'this stands nowhere at all' "$redis"
check 'the same as a command' 0 "$scan" scan -r good.yar "$redis"
says out stored
check 'strings with their places' 0 "$scan" -s -m -g -r good.yar "$redis"
says out AKIAIOSFODNN7EXAMPLE
says out 0x
says out secret
says out author
check 'count' 0 "$scan" -c -r good.yar "$redis"
says out "$redis:1"
check 'count of none' 0 "$scan" -c --search 'this stands nowhere at all' "$redis"
says out "$redis:0"
check 'negate' 0 "$scan" -n -r good.yar "$redis"
says out nowhere
check 'json' 0 "$scan" --json -r good.yar "$redis"
says out '"type":"hit"'
says out '"type":"summary"'
says out '"type":"end"'
check 'how the work went' 0 "$scan" --stats -q -r good.yar "$redis"
says out stored
says err "stats: $redis: bytes by node "
says err ' steals, '
check 'how the work went, in json' 0 env HWLOC_SYNTHETIC='pack:2 numa:1 core:2 pu:1' "$scan" --stats --json -r good.yar "$redis"
says out '"stats":{"bytes_by_node":['
says_nowhere err 'stats:'
check 'nothing of it when nobody asks' 0 "$scan" --json -r good.yar "$redis"
says_nowhere out '"stats"'
check 'mapped' 0 "$scan" -c --read mmap -r good.yar "$redis"
says out "$redis:1"
check 'no such way to read' 2 "$scan" --read dd -r good.yar "$redis"
says err 'none of auto, mmap, ring'
check 'two checkpoints' 0 "$scan" -c -F -e AKIAIOSFODNN7EXAMPLE "$redis" "$podman"
says out "$podman:0"
check 'standard input' 0 sh -c "'$scan' -r good.yar - <'$redis'"
says out stored
check 'a regex' 0 "$scan" -s -e 'AKIA[A-Z0-9]{16}' "$redis"
says out AKIAIOSFODNN7EXAMPLE
check 'ignored case finds' 1 "$scan" --exit-match -i -F -e akiaiosfodnn7example "$redis"
printf 'AKIAIOSFODNN7EXAMPLE\n\nnot there\n' >list
check 'a list of patterns' 1 "$scan" --exit-match -F --patterns list "$redis"
check 'by rule' 0 "$scan" --rule nowhere -r good.yar "$redis"
silent out
check 'by tag' 1 "$scan" --exit-match -t secret -r good.yar "$redis"
check 'by process name' 1 "$scan" --exit-match --process 'redis-*' -r good.yar "$redis"
check 'by pid' 1 "$scan" --exit-match --pid 1 -r good.yar "$redis"
check 'an external variable' 1 "$scan" --exit-match -d want=7 -r external.yar "$redis"
check 'a namespace' 0 "$scan" -r ns:good.yar "$redis"
says out ns

check 'no rules' 2 "$scan" "$redis"
check 'no checkpoint named' 2 "$scan" -r good.yar

check 'an unknown option' 2 "$scan" --jsn -r good.yar "$redis"
says err json
check 'an option without effect' 2 "$scan" -i -r good.yar "$redis"
check 'a near miss of a command' 2 "$scan" scna
says err scan
check 'bad rules' 2 "$scan" -r bad.yar "$redis"
says err 'bad.yar:1:'
says err 'bad.yar:2:'
says err '^'
silent out
check 'a missing rule file' 2 "$scan" -r missing.yar "$redis"
says err missing.yar
check 'a rule file that cannot be read to its end' 4 "$scan" -r /proc/self/mem "$redis"
says err '/proc/self/mem: Input/output error'
few="exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n"
check 'no descriptor left for signals' 4 sh -c "$few 4; '$scan' -r good.yar '$redis'"
says err 'listen to signals: Too many open files'
check 'no descriptor left for rules' 4 sh -c "$few 5; '$scan' -r good.yar '$redis'"
says err 'good.yar: Too many open files'
check 'an empty rule file' 2 "$scan" -r empty.yar "$redis"
says err 'no rule in empty.yar'
check 'rule files that are all empty' 2 "$scan" -r empty.yar -r ns:./empty.yar --patterns empty.yar "$redis"
says err 'no rule in empty.yar, no rule in ns:./empty.yar, no pattern in empty.yar'
check 'a binary rule file' 2 "$scan" -r binary.yar "$redis"
truncate -s 1G huge.yar
check 'a huge rule file' 2 "$scan" -r huge.yar "$redis"
says err huge.yar
check 'a rule that is not there' 2 "$scan" --rule nobody -r good.yar "$redis"
says err 'no rule is chosen by --rule nobody'
check 'a tag that is not there' 2 "$scan" -t nobody -r good.yar "$redis"
says err 'no rule is chosen by --tag nobody'
check 'a rule and a tag of which one is not there' 2 "$scan" --rule stored -t nobody -r good.yar "$redis"
says err 'no rule is chosen by --tag nobody'
check 'a rule without that tag' 2 "$scan" --rule nowhere -t secret -r good.yar "$redis"
says err 'no rule is chosen by --rule nowhere together with --tag secret'
check 'a bad regex' 2 "$scan" -e '(' "$redis"

check 'an empty file' 3 "$scan" -r good.yar empty.tar
says err empty.tar
check 'a text file' 3 "$scan" -r good.yar text.tar
says err text.tar
check 'no checkpoint in an archive' 3 "$scan" -r good.yar no-checkpoint.tar
check 'a cut archive' 3 "$scan" --search IOC~ cut.tar
says err cut.tar
check 'a cut archive beside a good one' 3 "$scan" -r good.yar cut.tar "$redis"
says out stored
check 'a pid that is not there' 3 "$scan" --pid 4711 -r good.yar "$redis"
check 'nothing is called that' 3 "$scan" --process 'no-such-*' -r good.yar "$redis"
check 'a missing checkpoint' 4 "$scan" -r good.yar missing.tar
says err missing.tar
check 'a missing one and a cut one' 4 "$scan" -r good.yar missing.tar cut.tar
check 'a full disk' 4 sh -c "'$scan' --json -r good.yar '$redis' >/dev/full"

check 'help' 0 "$scan" --help
says out --rules
says out 'Exit codes'
check 'help of a command' 0 "$scan" scan -h
check 'help, whatever else is said' 0 "$scan" -r nowhere -h --no-such-option
check 'version' 0 "$scan" -V
says out 'ckpt-scan '

"$make" --size 64K --processes 1 made.tar
printf 'rule r { strings: $a = "MADE~" condition: $a }' >made.yar
check 'a made checkpoint' 1 "$scan" --exit-match -s --context 32 -r made.yar made.tar
check 'control bytes of memory' 0 "$scan" -s --color always --context 16 -e '[\x01-\x1f\x7f-\xff]{4,8}' "$redis"
if LC_ALL=C tr -d '\033\n\t' <out | LC_ALL=C grep -q '[[:cntrl:]]' || LC_ALL=C sed 's/\x1b\[[0-9;]*m//g' out | LC_ALL=C grep -q "$(printf '\033')"; then
	failed=$((failed + 1))
	echo 'FAILED: control bytes in the output'
else
	passed=$((passed + 1))
fi

# The words of a call that go wrong most often.
printf 'x' >one.yar
check 'a directory of rules' 2 "$scan" -r nothing "$redis"
says err 'nothing: no '
check 'a list of patterns that is not there' 2 "$scan" --patterns nowhere "$redis"
says err 'nowhere: No such file'
check 'a list without patterns' 2 "$scan" --patterns empty.yar "$redis"
check 'nothing at all' 2 "$scan"
says err "Try 'ckpt-scan --help'"
check 'an empty pattern' 2 "$scan" -e '' "$redis"
check 'no thread' 2 "$scan" -p 0 -e x "$redis"
says err 'from 1 to 4096'
check 'a colour that is none' 2 "$scan" --color=ever -e x "$redis"
says err 'auto, always, never'
check 'a list of numbers with a hole' 2 "$scan" --pid 1,,2 -e x "$redis"
check 'an argument for a flag' 2 "$scan" --json=yes -e x "$redis"
check 'two formats on one output' 2 "$scan" --json -o text -e x "$redis"
check 'standard input twice' 2 "$scan" -e x - -
check 'an operand that looks like an option' 4 "$scan" -e x -- --json
says err '--json: cannot open'
for option in -F -i --wide '-d a=1' -s -m -g '--match-bytes 3' '--max-listed 3'; do
	case $option in
	-s | -m | -g) about=--json ;;
	*) about= ;;
	esac
	case $option in
	-F | -i | --wide) what='-r good.yar' ;;
	*) what='-e x' ;;
	esac
	# shellcheck disable=SC2086
	check "no effect: $option" 2 "$scan" $option $about $what "$redis"
	says err 'has no effect'
	silent out
done
check 'negate in json' 2 "$scan" -n --json -e x "$redis"
check 'context with count' 2 "$scan" --context 3 -c -e x "$redis"
mkfifo pipe
check 'rules through a pipe' 0 sh -c "cat good.yar >pipe & '$scan' -r pipe '$redis'"
says out stored
check 'rules on standard input' 0 sh -c "cat good.yar | '$scan' -r /dev/stdin '$redis'"
says out stored
chmod 000 one.yar
if [ "$(id -u)" != 0 ]; then
	check 'rules that may not be read' 2 "$scan" -r one.yar "$redis"
	says err 'Permission denied'
fi

# Where the output goes.
check 'a reader that went away' 0 sh -c "{ '$scan' -s -e '[a-z]' '$redis' '$redis' '$redis'; echo \$? >code; } | head -n 1 >first; grep -q '^[04]$' code"
check 'standard output closed' 4 sh -c "'$scan' -r good.yar '$redis' >&-"
check 'standard error closed' 0 sh -c "'$scan' -r good.yar '$redis' 2>&-"
says out stored
check 'help on a full disk' 4 sh -c "'$scan' --help >/dev/full"
check 'a second report on a full disk' 4 "$scan" --json -o text=/dev/full -r good.yar "$redis"
check 'a report in a folder that is not there' 4 "$scan" -o json=nowhere/report -r good.yar "$redis"
check 'a report in a file' 0 sh -c "umask 0; '$scan' -o json=report -r good.yar '$redis'"
silent out
check 'the file is its owner'"'"'s' 0 sh -c 'ls -l report | grep -q "^-rw-------"'
check 'appended to the file' 0 "$scan" -o text -o json=report -r good.yar "$redis"
says out stored
check 'both runs stand in the file' 0 sh -c 'test "$(grep -c "\"type\":\"end\"" report)" -eq 2'
check 'colour when it is wanted' 0 env NO_COLOR=1 "$scan" --color always -r good.yar "$redis"
says out "$(printf '\033[')"
check 'no colour where there is no terminal' 0 "$scan" -r good.yar "$redis"
says_nowhere out "$(printf '\033[')"
check 'no more than 80 columns of help' 0 sh -c "! '$scan' --help | grep -q '.\{81\}'"
check 'a dump within 80 columns' 0 "$scan" --context 40 -r good.yar "$redis"
says out '4149 4f53 464f'
mv out dump
check 'a dump line is that narrow' 1 grep '^    [0-9a-f].\{76\}' dump

# Names that want to be more than names.
cp "$redis" "$evil"
check 'a file with an evil name' 0 "$scan" -s -r good.yar "$evil"
says out 'a\x1b[31m\n\u202e\xff.tar: container'
tame
json 'an evil name in json' 0 '' "$scan" --json -r good.yar "$evil"
says out '"path_b64":"'
truncate -s 30000 "$evil"
check 'an evil name in a warning' 3 "$scan" -r good.yar "$evil"
tame
check 'an evil name that is not there' 4 "$scan" -r good.yar "$evil.not"
tame
check 'an evil option' 2 "$scan" "--$evil" -r good.yar "$redis"
tame
check 'an evil rule file' 2 "$scan" -r "$evil" "$redis"
tame
mkdir unpacked
zstd -qdc "$redis" | tar xf - -C unpacked
LC_ALL=C sed -i 's/redis-server/\x1b[31mX\xe2\x80\xae\r\n\x9b/' unpacked/checkpoint/core-*.img
LC_ALL=C sed -i 's#/usr/bin/redis-check-rdb#/u\x1b]0;own\x07/\xe2\x80\xae\xe2\x81\xa6\xc2\x9b31m\xff\n#' \
	unpacked/checkpoint/files.img
sed -i 's/"name": *"redis"/"name":"re\\u001b[31m\\u202e\\n"/' unpacked/config.dump
check 'evil names in images' 0 "$scan" -s -m -g --context 16 -r good.yar unpacked
says out 'pid 1 (\x1b[31mX\u202e\r\n\x9b) /u\x1b]0;own\x07/\u202e\u2066\u009b31m\xff\n'
says out 'container re\x1b[31m\u202e\n'
tame
json 'evil names in images, in json' 0 '' "$scan" --json -r good.yar unpacked
says out '"name_b64":'
says out '"executable_b64":'

# Every line of json by json.md's tables.
cat >many.yar <<'RULES'
global rule always { condition: true }
rule many : a b {
	meta: author = "x" author = 1 hash = true
	strings: $a = "redis" nocase $x = "AKIA" xor $w = "AKIA" ascii wide $h = /[a-z]{4,9}:/ private $z = { 41 4b }
	condition: any of them and #h > 0
}
RULES
json 'everything in json' 0 '' "$scan" --json -r many.yar -e 'a+' "$redis" "$podman"
json 'everything of a directory' 0 '' "$scan" --json -r many.yar unpacked
json 'statistics in json' 0 '' "$scan" --json --stats -r many.yar "$redis" "$podman"
json 'context in json' 0 context "$scan" --json --context 9 -r many.yar "$redis"
json 'no bytes in json' 0 no-data "$scan" --json --match-bytes 0 -r many.yar "$redis"
json 'all matches in json' 0 '' "$scan" --json --max-listed 100000 -r many.yar "$redis"
json 'numbers in json' 0 count "$scan" --json -c -r many.yar "$redis" "$podman"
says_nowhere out '"type":"hit"'
json 'hits and --exit-match in json' 1 '' "$scan" --json --exit-match -r many.yar "$redis"
json 'what is no checkpoint in json' 3 '' "$scan" --json -r many.yar empty.tar text.tar no-checkpoint.tar "$redis"
json 'damage in json' 3 '' "$scan" --json -r many.yar cut.tar "$redis"
json 'what is not there in json' 4 '' "$scan" --json -r many.yar missing.tar "$redis"
json 'nothing selected in json' 3 '' "$scan" --json --pid 4711 -r many.yar "$redis"
says_nowhere out '"file":"'
json 'a made checkpoint in json' 0 '' "$scan" --json -r made.yar -r many.yar made.tar
json 'a process of several in json' 0 '' "$scan" --json --process plant -r many.yar "$podman" "$redis"
# The tables find what is wrong: a report with one thing changed is refused.
"$scan" --json -r many.yar "$redis" >right.json
for change in 's/"form":"tar",//' 's/"rule":/"ruel":/' 's/"schema":1/"schema":"1"/' '$d' '2!{$!d}' \
	's/"type":"hit","id":"../&00/;s/\("id":"[^"]*\)[^"][^"]"/\1"/' 's/"tags":\[[^]]*\],//' \
	's/"match_count"/"match_count":1,&/' 's/"whole":false/"whole":true/' 's/"length":5/"length":-5/' \
	's/,"vma":{/,"vma":null,"x":{/' 's/\("namespace":"default",\)\("rule_hash":"[^"]*",\)/\2\1/' \
	's/"complete":true/"complete":false/' 's/"kind":"anonymous"/"kind":"anonymus"/' 's/"uid":0/"uid":null/' \
	's/"matches_listed":/&1/' 's/"exit":0/"exit":3/' 's/"hits":/&1/' 's/"time_source":"file"/"node":"x"/'; do
	check "refused: $change" 1 sh -c "sed '$change' right.json | '$check_json' 0"
done

# Stopped in the middle: what was found is told, and that it is not all.
(head -c 200000 "$redis" && exec sleep 60) >pipe &
writer=$!
"$scan" --json -r good.yar - missing.tar <pipe >stopped 2>messages &
process=$!
sleep 2
kill -TERM $process
wait $process
code=$?
kill $writer 2>/dev/null
check 'ended by SIGTERM' 0 test "$code" -eq 4
check 'a report of what was done until then' 0 sh -c "'$check_json' 4 <stopped"
check 'it says that it is not all' 0 grep -q '"incomplete":\["interrupted"\]' stopped
check 'and so do the messages' 0 grep -q 'told to stop \[interrupted\]' messages
check 'no progress bar where standard error is no terminal' 1 grep -q "$(printf '\033')" messages
check 'what was not reached is said' 0 grep -q 'before all checkpoints' messages

# No condition holds a stop up, however long it takes.
cat >slow.yar <<'RULES'
rule slow {
	strings: $a = /[a-z]/
	condition: for all i in (1..#a) : (for all j in (1..#a) : (for all k in (1..#a) : (@a[k] > 0)))
}
RULES
check 'ended while a condition is judged' 4 \
	timeout --preserve-status -k 20 -s TERM 2 "$scan" --json --pid 1 --rule-timeout 300 -r slow.yar "$redis"
says out '"incomplete":["interrupted"]'
mv err messages
check 'said once' 0 sh -c 'test "$(grep -c "\[interrupted\]" messages)" -eq 1'
sed 's/@a\[k\]/uint8(@a[k])/' slow.yar >slow-bytes.yar
# How soon the second pass begins depends on the machine.
cat >stop-late <<'SCRIPT'
for seconds in 2 6 18; do
	timeout --preserve-status -k 20 -s TERM $seconds "$@" >late.out 2>late.err
	code=$?
	grep -q 'second pass' late.err && break
done
cat late.out
cat late.err >&2
exit $code
SCRIPT
check 'ended while bytes are read a second time' 4 \
	sh stop-late "$scan" --json --pid 1 --rule-timeout 300 -r slow-bytes.yar "$redis"
says out '"incomplete":["interrupted"]'
says err 'second pass: told to stop'

# The README shows what the program says.
root=$data/../..
(cd "$root" && "$scan" -s -r examples/iocs.yar tests/data/redis-zstd.tar) >session 2>messages
check 'the session in the README is real' 0 sh -c "grep -vxFf '$root/README.md' session; test \$? -eq 1"

if command -v mandoc >/dev/null && [ -e "$(dirname "$scan")/ckpt-scan.1" ]; then
	check 'a clean manual' 0 mandoc -T lint -W warning "$(dirname "$scan")/ckpt-scan.1"
fi

finish
