#!/bin/sh
# Installs what is missing, builds with warnings as errors, and runs all tests: the release build, then
# the same under the address and undefined behaviour sanitizers.
set -eu
cd "$(dirname "$0")"
./install-packages.sh tests
echo "Checking the layout of the sources"
sources=$(git -c safe.directory="$PWD" ls-files '*.c' '*.h')
[ -n "$sources" ] || { echo "git names no sources" >&2; exit 1; }
# shellcheck disable=SC2086
clang-format --dry-run --Werror $sources
for preset in release asan; do
	echo "Building and testing: $preset"
	cmake --preset $preset -DBUILD_TESTING=ON -DCKPT_WARNINGS_AS_ERRORS=ON >/dev/null
	cmake --build --preset $preset
	ctest --preset $preset
done
