#  shellcheck shell=bash disable=SC2034
#  packages - what Debian 12 must have, and how it is configured. Sourced by demo.sh
#  and tests/run.sh from the project's root.

BUILD_PACKAGES=(gcc cmake ninja-build ccache pkg-config libc6-dev libczmq-dev libzmq3-dev
    liblmdb-dev libmsgpack-dev libmicrohttpd-dev libgnutls28-dev libjansson-dev libsodium-dev libjwt-dev
    libcurl4-gnutls-dev)
TEST_PACKAGES=(chromium clang clang-format clang-tidy git libclang-rt-dev libcmocka-dev openssl python3 util-linux)

#  Debian's npm is some 300 packages; any other does as well.
command -v npm >/dev/null || TEST_PACKAGES+=(nodejs npm)

is_installed () {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

#  install_missing PACKAGE... - asks apt for those that are not there; needs root or sudo.
install_missing () {
    local package missing=() sudo=()
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        return
    fi
    echo "==> installing by apt: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "not root and no sudo: please install ${missing[*]}" >&2
            exit 1
        }
        sudo=(sudo)
    fi
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

#  configure FOLDER OPTION... - quick if nothing changed; quiet unless it fails.
configure () {
    local folder=$1 generator=()
    shift
    mkdir -p "$folder"
    [ -f "$folder/CMakeCache.txt" ] || generator=(-G Ninja)
    cmake -S . -B "$folder" "${generator[@]}" -DCMAKE_C_COMPILER_LAUNCHER=ccache "$@" \
        >"$folder/configure.log" 2>&1 || {
        cat "$folder/configure.log"
        exit 1
    }
}
