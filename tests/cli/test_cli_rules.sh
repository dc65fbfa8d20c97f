#!/bin/sh
# Rules on the command line: directories, warnings, check, compiled and kept rules.
# usage: test_cli_rules.sh CKPT_SCAN MAKE_CHECKPOINT DATA CHECK_JSON_LINES
# shellcheck source=tests/cli/program.sh
. "$(dirname "$0")/program.sh"

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
check 'compiled rules are no patterns' 2 "$scan" --patterns rules.ckr "$redis"
says err 'rules.ckr: compiled rules, which -r reads, and not from a pipe'
check 'compiled rules through a pipe' 2 sh -c "cat rules.ckr | '$scan' -r /dev/stdin '$redis'"
says err '/dev/stdin: compiled rules, which'
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

finish
