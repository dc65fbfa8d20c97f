#!/bin/sh
# What cmake --install puts where: the program, its manual, and the link that checkpointctl finds its plugin by.
# usage: test_install.sh CMAKE BUILD_DIRECTORY
set -eu
root=$(mktemp -d "${TMPDIR:-/tmp}/ckpt-install.XXXXXX")
trap 'rm -rf "$root"' EXIT
DESTDIR=$root "$1" --install "$2" --prefix /usr >/dev/null
cd "$root/usr"
./bin/ckpt-scan --version | grep -q '^ckpt-scan [0-9]'
grep -q 'checkpointctl\\-scan' share/man/man1/ckpt-scan.1
[ "$(readlink bin/checkpointctl-scan)" = ckpt-scan ] || {
	echo 'the plugin is no link to the program beside it'
	exit 1
}
# As checkpointctl asks for it.
code=0
PATH=$root/usr/bin:$PATH checkpointctl-scan --plugin-description >line || code=$?
[ "$code" -eq 42 ] && [ "$(wc -l <line)" -eq 1 ] || {
	echo "a plugin's description ended with $code"
	exit 1
}
