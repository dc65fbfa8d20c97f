#!/bin/sh
# Installs the Debian packages that building (and with "tests": testing) needs, if any is missing.
set -eu
packages='gcc libc6-dev cmake ninja-build pkg-config flex bison protobuf-c-compiler libprotobuf-c-dev
	libhyperscan-dev libarchive-dev libhwloc-dev libssl-dev libzstd-dev liblzma-dev liblz4-dev libisal-dev
	libjansson-dev liburing-dev'
[ "${1:-}" != tests ] || packages="$packages git clang-format libcmocka-dev libyara-dev yara libasan8 libubsan1 mandoc
	zstd xz-utils"

missing=
for package in $packages; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
