#!/bin/sh
# The program as a user runs it: exit codes, what goes where, and that nothing from a checkpoint reaches a
# terminal as control bytes. usage: test_cli.sh CKPT_SCAN MAKE_CHECKPOINT DATA
set -u
scan=$1 make=$2 data=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/ckpt-cli.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0

# check NAME EXIT COMMAND...: leaves out and err behind.
check() {
	name=$1 want=$2
	shift 2
	"$@" >out 2>err </dev/null
	got=$?
	if [ "$got" -eq "$want" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $name: exit $got, not $want"
		sed 's/^/	/' out err | head -n 12
	fi
}
# says FILE TEXT: of the command before.
says() {
	if grep -qF -- "$2" "$1"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $name: '$2' does not stand in $1"
		sed 's/^/	/' "$1" | head -n 12
	fi
}
silent() {
	if [ ! -s "$1" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $name: $1 is not empty"
		sed 's/^/	/' "$1" | head -n 12
	fi
}

redis=$data/redis-zstd.tar podman=$data/podman-zstd.tar
cat >good.yar <<'RULES'
rule stored : secret { meta: author = "x" strings: $v = "AKIAIOSFODNN7EXAMPLE" condition: $v }
rule nowhere { strings: $v = "this stands nowhere at all" condition: $v }
RULES
cat >bad.yar <<'RULES'
rule one { strings: $a = "x" condition: $b }
rule two { strings: $a = { 4 } condition: $a }
RULES
printf 'ELF\000\001\002\377\376 not rules' >binary.yar
: >empty.yar
: >empty.tar
echo 'some text' >text.tar
mkdir nothing && echo x >nothing/file
tar cf no-checkpoint.tar nothing
cp "$podman" cut.tar && truncate -s 20000 cut.tar

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
echo 'rule e { condition: want == 7 }' >external.yar
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
check 'an empty rule file' 2 "$scan" -r empty.yar "$redis"
check 'a binary rule file' 2 "$scan" -r binary.yar "$redis"
truncate -s 1G huge.yar
check 'a huge rule file' 2 "$scan" -r huge.yar "$redis"
says err huge.yar
check 'a rule that is not there' 2 "$scan" --rule nobody -r good.yar "$redis"
check 'a tag that is not there' 2 "$scan" -t nobody -r good.yar "$redis"
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
check 'version' 0 "$scan" -V

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

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
