#!/bin/sh
# Plain files on the command line, beside yara where it is installed, and what rules log.
# usage: test_cli_raw.sh CKPT_SCAN MAKE_CHECKPOINT DATA CHECK_JSON_LINES
# shellcheck source=tests/cli/program.sh
. "$(dirname "$0")/program.sh"

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
check 'rules that log about a process' 0 "$scan" -r said.yar --targets process "$redis"
says err ': pid 1: hidden: a'
silent out
json 'logs in json' 0 '' "$scan" --json --raw -r said.yar raw-script raw-byte
says out '"namespace":"default","rule":"loud","message":"size 28"}'
silent err
json 'logs about processes in json' 0 '' "$scan" --json -r said.yar "$redis" "$podman"
json 'logs are no numbers' 0 count "$scan" --json -c --raw -r said.yar raw-script

finish
