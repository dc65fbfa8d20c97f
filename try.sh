#!/bin/sh
# Installs what is missing, builds a release, and scans a real checkpoint with the example rules.
set -eu
cd "$(dirname "$0")"
./install-packages.sh
echo "Building build/release/ckpt-scan"
cmake --preset release -DBUILD_TESTING=OFF >/dev/null
cmake --build --preset release --target ckpt-scan
set -x
build/release/ckpt-scan -s -r examples/iocs.yar tests/data/redis-zstd.tar
