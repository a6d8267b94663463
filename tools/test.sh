#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# test.sh - run test programs, one line each, and close with the count.
#
#   tools/test.sh [--unit PROGRAM...] [--model PROGRAM...] [--litmus PROGRAM...]
#                 [--fuzz SECONDS PROGRAM...] [--step NAME COMMAND] [--system TABLE [ROW]]
#
# A program reports as a Check suite ("100%: Checks: 12, Failures: 0, Errors: 0") or as "ok" and "not ok" lines;
# one that does neither is one test, passed when it exits 0. A program that dies counts one failure more. What each
# printed stays in out/test/<name>.log. Exit status 0 if all passed, else 1.
#
# Programs find in SKERRY_SEED the seed of their random choices and in SKERRY_SECONDS how long they may go on
# (0: their own short round).
set -u
cd "$(dirname "$0")/.." || exit 1
LC_ALL=C
export LC_ALL
SKERRY_SEED=${SKERRY_SEED:-1}
SKERRY_SECONDS=${SKERRY_SECONDS:-0}
CK_DEFAULT_TIMEOUT=${CK_DEFAULT_TIMEOUT:-60}
export SKERRY_SEED SKERRY_SECONDS CK_DEFAULT_TIMEOUT
out=out/test
mkdir -p "$out"
# Each program's counts, "passed failed", are lines of this file: several may run at once.
TALLY=${TALLY:-$out/tally}
export TALLY

# count LOG EXIT-STATUS: sets p and f
count() {
    set -- $(awk -v status="$2" '
        /^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+/ {
            gsub(/,/, ""); p += $3 - $5 - $7; f += $5 + $7; seen = 1
        }
        /^ok( |$)/     { p++; seen = 1 }
        /^not ok( |$)/ { f++; seen = 1 }
        END { if (!seen) { p = status == 0; f = status != 0 } else if (status != 0 && f == 0) f = 1; print p + 0, f + 0 }' "$1")
    p=$1
    f=$2
}

# report KIND NAME LOG EXIT-STATUS SECONDS
report() {
    count "$3" "$4"
    echo "$p $f" >> "$TALLY"
    if [ "$f" = 0 ]; then
        printf '  ok    %-7s %-32s %7d passed %6s s\n' "$1" "$2" "$p" "$5"
    else
        printf '  FAIL  %-7s %-32s %7d passed, %d failed (%s)\n' "$1" "$2" "$p" "$f" "$3"
        grep -aE '^not ok|:[FE]:|ERROR: |WARNING: ThreadSanitizer|runtime error|Assertion|^SUMMARY' "$3" | head -n 12 | sed 's/^/          /'
    fi
}

# run KIND NAME COMMAND...
run() {
    kind=$1
    name=$2
    shift 2
    log=$out/$kind-$name.log
    start=$(date +%s)
    # --foreground: what is typed at the terminal, Ctrl-C, reaches the program too
    timeout --foreground -k 5 "${LIMIT:-300}" "$@" > "$log" 2>&1 < /dev/null
    status=$?
    [ "$status" != 124 ] || echo "not ok - ended by test.sh after ${LIMIT:-300} s" >> "$log"
    report "$kind" "$name" "$log" "$status" $(($(date +%s) - start))
}

# A fuzzer goes on from the corpus in the tree (read only) into one of its own, and keeps what breaks it.
fuzz() {
    name=$(basename "$1")
    corpus=build/corpus/$name
    mkdir -p "$corpus" "$out/crash"
    seeds=
    [ ! -d "tests/fuzz/corpus/$name" ] || seeds=tests/fuzz/corpus/$name
    # shellcheck disable=SC2086
    LIMIT=$((seconds + 60)) run fuzz "$name" "$1" -seed="$SKERRY_SEED" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -artifact_prefix="$out/crash/$name-" -print_final_stats=1 "$corpus" $seeds
}

# at_once JOBS KIND PROGRAM...: this script again for each, so many at a time
at_once() {
    jobs=$1
    kind=$2
    shift 2
    [ $# = 0 ] || printf '%s\n' "$@" | xargs -P "$jobs" -n 1 tools/test.sh --one "$kind"
}

if [ "${1:-}" = --one ]; then
    case $2 in
    fuzz:*) seconds=${2#fuzz:}; fuzz "$3" ;;
    *) run "$2" "$(basename "$3")" "$3" ;;
    esac
    exit 0
fi

: > "$TALLY"
cores=$(nproc)
while [ $# -gt 0 ]; do
    option=$1
    shift
    case $option in
    --model) jobs=$cores kind=model ;;
    --unit | --litmus) jobs=1 kind=${option#--} ;;   # some have threads that must meet each other
    --fuzz) jobs=$cores kind=fuzz:$1; shift ;;
    --step) LIMIT=3000 run step "$1" sh -c "exec $2"; shift 2; continue ;;
    --system)
        rows=$1
        shift
        only=
        case ${1:-} in '' | --*) ;; *) only=$1; shift ;; esac
        tools/system.sh "$rows" $only || echo "0 1" >> "$TALLY"
        continue ;;
    *) echo "test.sh: '$option' is not known" >&2; exit 2 ;;
    esac
    programs=
    while [ $# -gt 0 ]; do
        case $1 in --*) break ;; esac
        programs="$programs $1"
        shift
    done
    # shellcheck disable=SC2086
    at_once "$jobs" "$kind" $programs
done

awk '{ p += $1; f += $2 } END { print p + 0 " passed, " f + 0 " failed"; exit f != 0 || p == 0 }' "$TALLY"
