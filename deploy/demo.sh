#!/bin/bash
#  demo.sh - from a bare Debian 12 to the demo: installs what is missing, builds, plays.
#
#      deploy/demo.sh              leaves bank and node running until Ctrl-C
#      deploy/demo.sh --exit       ends with exit status 0 if all went right

set -euo pipefail
cd "$(dirname "$0")/.."
source deploy/packages.sh

install_missing "${BUILD_PACKAGES[@]}"
build=${BUILD_ROOT:-.}/build
echo "==> building a Release in $build"
configure "$build" -DCMAKE_BUILD_TYPE=Release
cmake --build "$build" --parallel "$(nproc)" --target happypay >"$build/build.log" 2>&1 || {
    tail -n 40 "$build/build.log"
    echo "the build failed; all of it is in $build/build.log" >&2
    exit 1
}
exec "$build/happypay" demo "$@"
