#!/bin/sh
# The program as a user runs it: exit codes, what goes where, and that nothing from a checkpoint reaches a
# terminal as control bytes. usage: test_cli.sh CKPT_SCAN MAKE_CHECKPOINT DATA CHECK_JSON_LINES
set -u
scan=$1 make=$2 data=$3 check_json=$4
work=$(mktemp -d "${TMPDIR:-/tmp}/ckpt-cli.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
# Nothing of the user's own is read or left behind.
XDG_CACHE_HOME=$work/cache
export XDG_CACHE_HOME
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

says_nowhere() {
	if grep -qF -- "$2" "$1"; then
		failed=$((failed + 1))
		echo "FAILED: $name: '$2' stands in $1"
	else
		passed=$((passed + 1))
	fi
}
# No byte that a terminal would obey, in the output or the messages of the command before.
tame() {
	if LC_ALL=C tr -d '\n' <out | LC_ALL=C grep -q "[^ -~]" ||
		LC_ALL=C tr -d '\n' <err | LC_ALL=C grep -q "[^ -~]"; then
		failed=$((failed + 1))
		echo "FAILED: $name: bytes that are no printable ASCII"
	else
		passed=$((passed + 1))
	fi
}
# json NAME EXIT EXPECTATIONS COMMAND...: every line is as json.md says. EXPECTATIONS: count no-data context
json() {
	expectations=$3 label=$1 code=$2
	shift 3
	check "$label" "$code" "$@"
	mv out lines
	check "$label, line by line" 0 sh -c "'$check_json' $code $expectations <lines"
	mv lines out
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
# A directory of rules: equal names in different files are no error there, and includes stay where they are.
mkdir -p tree/deep && cp good.yar tree/one.yar
echo 'include "deep/part.inc" rule stored { condition: found }' >tree/two.yara
echo 'rule found { strings: $a = "AKIAIOSFODNN7EXAMPLE" condition: $a }' >tree/deep/part.inc
ln -s .. tree/deep/up
check 'a directory of rules' 0 "$scan" -r tree "$redis"
says out 'one.yar:stored'
says out 'two.yara:stored'
says out 'two.yara:found'
check 'one of its files' 0 "$scan" --rule two.yara:stored -r tree/ "$redis"
says out 'two.yara:stored'
says_nowhere out 'one.yar:stored'
check 'all of it in one namespace' 2 "$scan" -r ns:tree "$redis"
says err 'tree/two.yara:1:30: error: duplicated identifier "stored"'
mkdir strange && cp good.yar "strange/$(printf 'a\033[31mb\377.yar')"
check 'an evil name of a namespace' 0 "$scan" -r strange "$redis"
says out stored
says_nowhere out "$(printf '\033')"
json 'an evil name of a namespace in json' 0 "" "$scan" --json -r strange "$redis"
check 'a directory without rules' 2 "$scan" -r nothing "$redis"
says err 'nothing: no *.yar, *.yara or *.rules below it'

# Rules that use a module without values.
cat >module.yar <<'RULES'
import "pe"
import "dex"
rule asks { condition: pe.machine == pe.MACHINE_AMD64 }
rule stored { strings: $v = "AKIAIOSFODNN7EXAMPLE" condition: $v and dex.ACC_PUBLIC == 1 }
RULES
check 'a module without values' 0 "$scan" -r module.yar "$redis"
says err 'module.yar:1:8: warning: module "pe" is not evaluated: its fields and functions are undefined [module-not-evaluated]'
says_nowhere err '"dex"'
says out stored
says_nowhere out asks
json 'a module without values in json' 0 '' "$scan" --json -r module.yar "$redis"
says out '"code":"module-not-evaluated"'
says out '"not_evaluated":1,"modules_not_evaluated":["pe"]'
check 'a module without values is a warning' 2 "$scan" --fail-on-warnings -r module.yar "$redis"
echo 'import "pe" rule r { condition: pe.number_of_section == 1 }' >misspelt.yar
check 'a misspelt field' 2 "$scan" -r misspelt.yar "$redis"
says err 'invalid field name "number_of_section"'

# What is in rules, and what they cost.
check 'check' 0 "$scan" check -r tree -r module.yar
says out 'sources                          4'
says out 'rules                            6'
says out '  not evaluated                  1  (pe)'
says out 'searched in processes'
says out 'two.yara:found:$a   tree/deep/part.inc:1  by atoms  1 '
says out '  N7EXAMPL'
says err 'module-not-evaluated'
check 'check without warnings' 0 "$scan" check -w -r module.yar
silent err
check 'check with warnings that fail' 2 "$scan" check --fail-on-warnings -r module.yar
silent out
check 'check bad rules' 2 "$scan" check -r bad.yar
says err 'bad.yar:1:41: error: undefined string "$b" [undefined-string]'
silent out
check 'check the cost' 0 "$scan" check --slow -e 'x*' -r good.yar
says out 'STRING '
says out 'every byte'
says out 'good.yar:1'
check 'check takes no operand' 2 "$scan" check -r good.yar "$redis"
says err 'check takes no operand'
check 'check without rules' 2 "$scan" check
says err 'nothing to check: give rules with -r'
check 'check with -r forgotten' 2 "$scan" check good.yar
says err 'check takes no operand: rules are given with -r'
check 'an option of another command' 2 "$scan" check -r good.yar --json
check 'another option of another command' 2 "$scan" --slow -r good.yar "$redis"
check 'help of a command' 0 "$scan" check --help
says out '--slow'
says_nowhere out '--threads'
check 'no room for what check says' 4 sh -c "'$scan' check -r good.yar >/dev/full"

# Compiled once: the same answer, the same warnings.
mkdir parts
echo 'rule inside { strings: $a = "AKIA" condition: $a }' >parts/inside.yar
cat >whole.yar <<'RULES'
import "pe"
include "parts/inside.yar"
rule of_all : tag {
	meta: m = 1
	strings:
		$a = "AKIAIOSFODNN7EXAMPLE" wide ascii xor
		$b = /AKIA[A-Z0-9]{16}/ nocase
		$c = { 41 4b [1-3] 41 49 }
		$d = "redis" base64
	condition:
		want == 7 and any of them and for any i in (1..#a) : (uint8(@a[i]) != 0) and not defined pe.is_dll()
}
RULES
# What must not differ: hits and their ids, warnings about rules, the digest of the rules.
answer() {
	"$scan" --json "$@" "$redis" 2>told | sed -e 's/"run":{[^}]*}//' >all
	grep -e '"type":"hit"' -e '"cause":"rules"' all | sort
	grep -o '"rules":{"sha256":"[0-9a-f]*"' all
	cat told
}
check 'compile' 0 "$scan" compile -r whole.yar -r good.yar -d want=7 --output rules.ckr
silent out
says err 'whole.yar:1:8: warning'
answer --no-cache -r whole.yar -r good.yar -d want=7 >fresh
check 'a hit of these rules' 0 grep -q '"rule":"of_all"' fresh
mv parts elsewhere
answer -r rules.ckr >loaded
check 'the same answer of compiled rules' 0 cmp fresh loaded
check 'other rules beside compiled ones' 0 "$scan" -r rules.ckr -r external.yar -d want=7 -s -e 'AKIA[A-Z0-9]{16}' "$redis"
says out 'pattern_1'
says out 'of_all'
check 'patterns beside compiled rules' 0 "$scan" -s -r rules.ckr -e 'AKIA[A-Z0-9]{16}' "$redis"
says out 'pattern_1'
says out 'of_all'
mv elsewhere parts
answer --no-cache -r whole.yar -r good.yar -d want=8 >fresh
answer -r rules.ckr -d want=8 >loaded
check 'the same answer with another value' 0 cmp fresh loaded
check 'which was another one' 1 grep -q '"rule":"of_all"' loaded
check 'a variable that compiled rules do not know' 2 "$scan" -r rules.ckr -d other=1 "$redis"
says err 'rules.ckr: external variable "other" is not known to the compiled rules'
check 'a variable of another type' 2 "$scan" -r rules.ckr -d want=text "$redis"
says err 'has another type'
check 'compiled rules have their namespaces' 2 "$scan" -r ns:rules.ckr "$redis"
mkdir kept && cp rules.ckr kept/rules.yar
check 'also in a directory' 2 "$scan" -r ns:kept "$redis"
says err 'kept/rules.yar: compiled rules have their namespaces already'
check 'which they are taken from' 0 "$scan" -r kept "$redis"
says out 'of_all'
"$scan" check -w --no-cache -r whole.yar -r good.yar -d want=7 >fresh
"$scan" check -w -r rules.ckr >loaded
check 'check says the same of compiled rules' 0 cmp fresh loaded
head -c 1000 rules.ckr >cut.ckr
check 'compiled rules that are cut' 2 "$scan" -r cut.ckr "$redis"
says err 'cut.ckr: the compiled rules are damaged'
cp rules.ckr flipped.ckr && printf '\377' | dd of=flipped.ckr bs=1 seek=4000 conv=notrunc 2>/dev/null
check 'compiled rules with a wrong byte' 2 "$scan" -r flipped.ckr "$redis"
says err 'do not match their checksum'
check 'compile bad rules' 2 "$scan" compile -r bad.yar --output bad.ckr
says err 'undefined string "$b"'
check 'no file of bad rules' 1 test -e bad.ckr
check 'compile without a file' 2 "$scan" compile -r good.yar
check 'compile with warnings that fail' 2 "$scan" compile --fail-on-warnings -r whole.yar -d want=7 --output bad.ckr
mkfifo compiled
check 'compile into a pipe' 0 sh -c "cat compiled >through & '$scan' compile -w -r whole.yar -r good.yar -d want=7 --output compiled && wait && cmp through rules.ckr"
check 'the pipe is still one' 0 test -p compiled
check 'compile onto a directory' 4 "$scan" compile -r good.yar --output parts
says err 'write parts: Is a directory'
check 'compile to nowhere' 4 "$scan" compile -r good.yar --output "$work/none/good.ckr"
check 'no part of a file is left' 0 sh -c '! ls "$1" | grep -q "\.ckr\."' sh "$work"

# Compiled by an earlier run.
rm -rf cache
i=0
while [ $i -lt 1500 ]; do
	echo "rule many_$i { strings: \$a = \"some text number $i\" nocase wide ascii \$b = /[a-z]{2}text$i[0-9]+/ condition: any of them }"
	i=$((i + 1))
done >many.yar
answer --no-cache -r whole.yar -r many.yar -d want=7 >fresh
check 'nothing is kept with --no-cache' 1 test -e cache/ckpt-scan
answer -r whole.yar -r many.yar -d want=7 >first
check 'the rules are kept' 0 sh -c 'test "$(ls cache/ckpt-scan | wc -l)" -eq 1'
check 'for nobody else' 0 sh -c 'test "$(stat -c %a cache/ckpt-scan cache/ckpt-scan/* | tr "\n" " ")" = "700 600 "'
answer -r whole.yar -r many.yar -d want=7 >second
check 'the same answer when they were not' 0 cmp fresh first
check 'the same answer when they were' 0 cmp fresh second
answer -r whole.yar -r many.yar -d want=8 >second
check 'another value' 1 grep -q '"rule":"of_all"' second
kept=$(echo cache/ckpt-scan/*)
printf '\377' | dd of="$kept" bs=1 seek=4000 conv=notrunc 2>/dev/null
answer -r whole.yar -r many.yar -d want=7 >second
check 'a damaged cache is no matter' 0 cmp fresh second
echo 'rule inside { strings: $a = "nowhere to be found" condition: $a }' >parts/inside.yar
answer -r whole.yar -r many.yar -d want=7 >second
check 'another included file' 1 grep -q '"rule":"inside"' second
chmod 770 cache/ckpt-scan && rm cache/ckpt-scan/*
answer -r whole.yar -r many.yar -d want=7 >second
check 'a directory that others may write is not used' 0 sh -c 'test "$(ls cache/ckpt-scan | wc -l)" -eq 0'

# Warnings about rules.
cat >warned.yar <<'RULES'
rule warned { strings: $a = "AKIAIOSFODNN7EXAMPLE" condition: $a and not 2 of them }
RULES
check 'a warning about rules' 0 "$scan" -r warned.yar "$redis"
says err 'warned.yar:1:'
says err 'expression always false - requesting 2 of 1.'
check 'no warnings about rules' 0 "$scan" -w -r warned.yar "$redis"
says_nowhere err 'always false'
says err 'not searched'
check 'fail on warnings' 2 "$scan" --fail-on-warnings -r warned.yar "$redis"
says err 'always false'
says err '1 warning about the rules'
silent out
check 'fail on warnings that are not shown' 2 "$scan" -w --fail-on-warnings -r warned.yar "$redis"
says_nowhere err 'always false'
check 'nothing to fail on' 0 "$scan" --fail-on-warnings -r good.yar "$redis"
check 'a warning about rules in json' 0 "$scan" --json -r warned.yar "$redis"
says out '"code":"rule-warning"'
check 'none in json' 0 "$scan" --json -w -r warned.yar "$redis"
says_nowhere out '"code":"rule-warning"'

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
evil=$(printf 'a\033[31m\n\342\200\256\377.tar')
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

# Plain files, as yara takes them.
cat >raw.yar <<'RULES'
rule size { condition: filesize > 0 and filesize < 100MB }
rule empty { condition: filesize == 0 }
rule elf : bin { strings: $m = { 7f 45 4c 46 } condition: $m at 0 and uint16(0x10) < 4 }
rule words { strings: $a = "the" nocase fullword $b = "lib" ascii wide $c = { 6c 69 (62|6e) [1-3] 2? } condition: any of them }
rule regex { strings: $r = /[a-z]{3,8}\.so(\.[0-9]+)+/ $s = /^#!/ $t = /\n$/ condition: any of them }
rule xored { strings: $x = "program" xor(1-255) $y = "line" xor condition: any of them }
rule counts { strings: $e = "ea" condition: #e > 3 and @e[2] > @e[1] and $e in (filesize - 4096..filesize) }
rule last { condition: uint8(filesize - 1) == 10 }
rule absent { strings: $n = "this stands nowhere at all" condition: not $n }
RULES
: >raw-empty
printf a >raw-byte
printf '#!/bin/sh\nthe line\nThe LINE\n' >raw-script
awk 'BEGIN { for (i = 0; i < 20000; i++) print "line " i " reads the lib" i ".so.1" }' >raw-long
if command -v yara >/dev/null; then
	for file in raw-empty raw-byte raw-script raw-long /bin/sh "$redis"; do
		check "yara scans $file" 0 yara raw.yar "$file"
		mv out theirs
		"$scan" --raw -r raw.yar "$file" >ours 2>messages
		check "yara's rules in $file" 0 cmp theirs ours
		yara -s raw.yar "$file" 2>messages |
			awk '/^0x[0-9a-f]+:\$/ { split($1, place, ":"); print place[1], place[2]; next } { print }' >theirs
		"$scan" --raw -s --max-listed 1000000 --match-bytes 0 -r raw.yar "$file" 2>messages |
			awk '/^  0x/ { print $1, $2; next } { print }' >ours
		check "yara's matches in $file" 0 cmp theirs ours
	done
else
	echo 'yara is not installed: plain files are not compared with it'
fi
check 'several plain files' 0 "$scan" --raw -r raw.yar raw-empty raw-script
says out 'empty raw-empty'
says out 'regex raw-script'
check 'offsets in a plain file' 0 "$scan" --raw -s --context 4 -r raw.yar raw-script
says out '  0x0   $s  2  #!'
check 'a plain file on standard input' 0 sh -c "'$scan' --raw -r raw.yar - <raw-script"
says out 'regex -'
check 'a plain file in a pipe' 0 sh -c "cat raw-script | '$scan' --raw -r raw.yar -"
says out 'regex -'
check 'a pipe beyond the memory' 0 sh -c "cat raw-long | '$scan' --raw --memory 1 -r raw.yar -"
says out 'counts -'
check 'a pipe beyond the memory, and no disk' 3 sh -c "cat raw-long | '$scan' --raw --memory 1 --no-spill -r raw.yar -"
says err '[limit]'
check 'a file of /proc' 0 "$scan" --raw --search 'Pid:' /proc/self/status
says out 'command_line:pattern_1 /proc/self/status'
check 'a directory is no plain file' 3 "$scan" --raw -r raw.yar nothing raw-byte
says err 'nothing: a directory'
says out 'size raw-byte'
check 'a plain file that is not there' 4 "$scan" --raw -r raw.yar raw-missing raw-byte
says out 'size raw-byte'
check 'processes of plain files' 2 "$scan" --raw --pid 1 -r raw.yar raw-byte
check 'hits in plain files' 1 "$scan" --raw --exit-match -r raw.yar raw-byte
check 'how many hits a plain file has' 0 "$scan" --raw -c -r raw.yar raw-byte
says out 'raw-byte:2'
json 'plain files in json' 0 '' "$scan" --json --raw -r raw.yar raw-empty raw-script /bin/sh
says out '"form":"raw"'
json 'context in a plain file' 0 context "$scan" --json --raw --context 9 -r raw.yar raw-script
json 'what is no plain file in json' 4 '' "$scan" --json --raw -r raw.yar nothing raw-missing raw-script
cp raw-script "$evil.raw"
check 'an evil name of a plain file' 0 "$scan" --raw -s -r raw.yar "$evil.raw"
tame

# What rules log, of every rule that is evaluated.
cat >said.yar <<'RULES'
import "console"
rule loud { condition: console.log("size ", filesize) and filesize > 3 }
private rule hidden { condition: console.log("a\x1b\xff\n b") and false }
RULES
check 'rules that log' 0 "$scan" --raw --rule loud -r said.yar raw-script raw-byte
says out 'loud raw-script'
says_nowhere out 'size'
says err 'ckpt-scan: log: raw-script: loud: size 28'
says err 'ckpt-scan: log: raw-script: hidden: a\x1b\xff\x0a b'
says err 'ckpt-scan: log: raw-byte: loud: size 1'
tame
check 'rules that log about a process' 0 "$scan" -r said.yar "$redis"
says err ': pid 1: hidden: a'
silent out
json 'logs in json' 0 '' "$scan" --json --raw -r said.yar raw-script raw-byte
says out '"namespace":"default","rule":"loud","message":"size 28"}'
silent err
json 'logs about processes in json' 0 '' "$scan" --json -r said.yar "$redis" "$podman"
json 'logs are no numbers' 0 count "$scan" --json -c --raw -r said.yar raw-script

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
check 'ended while bytes are read a second time' 4 \
	timeout --preserve-status -k 20 -s TERM 2 "$scan" --json --pid 1 --rule-timeout 300 -r slow-bytes.yar "$redis"
says out '"incomplete":["interrupted"]'
says err 'second pass: told to stop'

# The README shows what the program says.
root=$data/../..
(cd "$root" && "$scan" -s -r examples/iocs.yar tests/data/redis-zstd.tar) >session
check 'the session in the README is real' 0 sh -c "grep -vxFf '$root/README.md' session; test \$? -eq 1"

if command -v mandoc >/dev/null && [ -e "$(dirname "$scan")/ckpt-scan.1" ]; then
	check 'a clean manual' 0 mandoc -T lint -W warning "$(dirname "$scan")/ckpt-scan.1"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
