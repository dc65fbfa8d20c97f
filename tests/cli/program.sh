# What the tests of the program share: source it. It takes the tests' arguments, enters a folder of its own with good and
# bad rules and inputs in it, and has the words that tests are made of.
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
echo 'rule e { condition: want == 7 }' >external.yar
# A name that wants to be more than a name.
evil=$(printf 'a\033[31m\n\342\200\256\377.tar')
# The last command of a test: its result.
finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
