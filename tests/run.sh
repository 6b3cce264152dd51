#!/bin/bash
#  run.sh - every test there is, from a bare Debian 12: what is missing is installed.
#
#      tests/run.sh [--all] [PATTERN]      only steps whose name matches the pattern;
#                                          --all: also the step that takes minutes
#
#  BUILD_ROOT: where the build folders are made (the project's root). Each step has
#  a log in BUILD_ROOT/build-logs; a step that fails shows the end of its log, and
#  the others go on. The last line is "N passed, N failed"; a program of ctest and
#  a Python file count as one each.

set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
source deploy/packages.sh

all=
if [ "${1:-}" = --all ]; then
    all=yes
    shift
fi
pattern=${1:-.}
root=$(realpath -m "${BUILD_ROOT:-.}")
logs=$root/build-logs
passed=0
failed=0
export HAPPY_BIN=$root/build/happypay
export CTEST_OUTPUT_ON_FAILURE=1
export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp halt_on_error=1"
export ASAN_OPTIONS="detect_stack_use_after_return=1"
mkdir -p "$logs"

#  step NAME COMMAND... - runs it, says how it went and how long it took.
step () {
    local name=$1 log began=$SECONDS status=0 ran bad
    shift
    [[ $name =~ $pattern ]] || return 0
    log=$logs/${name//[^a-z0-9]/-}.log
    "$@" >"$log" 2>&1 || status=$?
    ran=$(sed -n 's/.*tests passed, [0-9]* tests failed out of \([0-9]*\)$/\1/p' "$log" | tail -n 1)
    bad=$(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of [0-9]*$/\1/p' "$log" | tail -n 1)
    if [ -z "$ran" ] || { [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
        ran=1
        bad=$((status != 0))
    fi
    passed=$((passed + ran - bad))
    failed=$((failed + bad))
    if [ "$status" -eq 0 ]; then
        printf 'ok    %4d s  %s\n' $((SECONDS - began)) "$name"
        grep -h "skipped" "$log" | sed 's/^/              /' || true
    else
        printf 'FAIL  %4d s  %s  (%s)\n' $((SECONDS - began)) "$name" "$log"
        tail -n 40 "$log" | sed 's/^/      | /'
    fi
}

#  build FOLDER TARGETS OPTION... - TARGETS is one word, split here.
build () {
    local folder=$root/$1 targets=$2
    shift 2
    # shellcheck disable=SC2086
    configure "$folder" "$@" && cmake --build "$folder" --parallel "$(nproc)" --target $targets
}

run_ctest () {
    ctest --test-dir "$root/$1" --parallel "$(nproc)" "${@:2}"
}

#  Every branch of the rules, asserts apart, is taken by their tests or by histories.
branches_of_actors () {
    find "$root/build-coverage" -name '*.gcda' -delete
    run_ctest build-coverage -R '^actors/' && "$root/build-coverage/histories" --steps 200000 \
        && /usr/bin/python3 -B tests/branches.py "$root/build-coverage" actors --at-least 95 --missing
}

#  The names of the unit tests of one layer, as targets.
targets_of () {
    find "tests/$1" -name '*_test.c' 2>/dev/null | sed 's|^tests/||; s|\.c$||; s|/|_|g' | sort
}

python_tests () {
    local file
    for file in tests/"$1"/*_test.py; do
        [ -e "$file" ] && step "$1: $(basename "$file" _test.py)" /usr/bin/python3 -B "$file"
    done
}

#  clang_tidy [CHECKS] - the product's sources, as clang compiles them; CHECKS instead of
#  those of .clang-tidy.
clang_tidy () {
    local folder=$root/build-clang
    configure "$folder" -DCMAKE_C_COMPILER=clang \
        && run-clang-tidy -quiet -p "$folder" -j "$(nproc)" ${1:+-checks="$1"} \
            "^$PWD/(actors|store|runtime|edge|deploy)/" 2>/dev/null \
        | awk '/^clang-tidy/ { files++; next } NF { print } END { print files + 0, "files"; exit !files }'
}

#  What tests from outside take from npm, by the versions of its lock file.
npm_packages () {
    (cd tests/client && npm ci --no-audit --no-fund)
}

install_missing "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"

python_tests tidy
step "build: gcc" build build "all unit_tests"
step "unit: gcc" run_ctest build
step "build: clang" build build-clang "all unit_tests" -DCMAKE_C_COMPILER=clang
step "tidy: clang-tidy" clang_tidy
if [ -n "$all" ]; then
    step "tidy: clang-analyzer" clang_tidy '-*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.*,-clang-analyzer-optin.performance.Padding'
fi
step "build: address and undefined" build build-asan unit_tests -DSANITIZE=address,undefined
step "unit: address and undefined" run_ctest build-asan
runtime_targets=$(targets_of runtime | tr '\n' ' ')
if [ -n "$runtime_targets" ]; then
    step "build: thread" build build-tsan "$runtime_targets" -DSANITIZE=thread
    step "unit: thread" run_ctest build-tsan -R '^runtime/'
fi
step "build: coverage" build build-coverage "$(targets_of actors | tr '\n' ' ') histories" -DCOVERAGE=ON
step "unit: branches of actors" branches_of_actors
step "npm packages" npm_packages
step "fuzz" tests/fuzz/run.sh
python_tests e2e
python_tests sim
python_tests fault
step "demo" deploy/demo.sh --exit

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
