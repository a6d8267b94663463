#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# urpc_order.sh - what the compilers make of the memory order of urpc on AArch64, per function.
#
# The fast path is one store-release to send and one load-acquire to receive, and never a barrier;
# the sleep protocol is a full barrier on each side, also for a core with LDAPR. No exclusive, no LSE.
# Prints "ok" and "not ok" lines. Run from the root; src=DIR checks the sources of another tree.
set -u
src=${src:-.}
picolibc=/usr/lib/picolibc/aarch64-linux-gnu/include
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
fails=0

# count FUNCTION FILE PATTERN: instructions of that function whose mnemonic and operands match
count() {
    awk -v f="<$1>:" -v pattern="$3" '
        $2 == f { on = 1; next }
        /^$/ { on = 0 }
        on { line = $0; sub(/^[^\t]*\t[^\t]*\t/, "", line); if (line ~ pattern) n++ }
        END { print n + 0 }' "$2"
}

# expect COMPILER FUNCTION FILE PATTERN NUMBER SENTENCE  (NUMBER: exactly so many, or "some")
expect() {
    got=$(count "$2" "$3" "$4")
    case $5 in
        some) [ "$got" -ge 1 ] ;;
        *) [ "$(count "$2" "$3" .)" -gt 0 ] && [ "$got" = "$5" ] ;;
    esac
    if [ $? = 0 ]; then
        echo "ok - $1: $2: $6"
    else
        echo "not ok - $1: $2: $6 (found $got)"
        fails=1
    fi
}

# check NAME COMPILER...
check() {
    name=$1
    shift
    for f in ring wait chan call bulk; do
        "$@" -std=c11 -O2 -ffreestanding -ffunction-sections -isystem "$picolibc" -I"$src" \
            -c "$src/urpc/$f.c" -o "$work/$f.o" 2> "$work/log" || { echo "not ok - $name: urpc/$f.c compiles"; cat "$work/log"; fails=1; return; }
        aarch64-linux-gnu-objdump -d "$work/$f.o" > "$work/$f.s"
    done
    ring=$work/ring.s
    wait=$work/wait.s
    acquire='^lda(r|pr)[[:space:]]'
    release='^stlr[[:space:]]'
    barrier='^(dmb|dsb|isb)'

    expect "$name" urpc_commit "$ring" "$release" 1 "one store-release"
    expect "$name" urpc_commit "$ring" "$acquire" 0 "no load-acquire"
    expect "$name" urpc_peek "$ring" "$acquire" 1 "one load-acquire"
    expect "$name" urpc_peek "$ring" "$release" 1 "one store-release, for an ack each quarter lap"
    expect "$name" urpc_reserve "$ring" "$acquire" 1 "one load-acquire, when credit is spent"
    expect "$name" urpc_ack "$ring" "$release" 1 "one store-release"
    expect "$name" urpc_release "$ring" "$release" 0 "no store-release"
    for f in reserve commit send peek release recv ack ready; do
        expect "$name" urpc_$f "$ring" "$barrier" 0 "no barrier"
    done
    expect "$name" urpc_must_ring "$wait" '^dmb[[:space:]]+ish$' 1 "one full barrier"
    expect "$name" urpc_must_ring "$wait" "$barrier" 1 "and no other"
    expect "$name" urpc_may_sleep_all "$wait" '^dmb[[:space:]]+ish$' some "a full barrier"
    expect "$name" urpc_may_sleep_all "$wait" '^(dsb|isb|dmb[[:space:]]+(ish.|[^i]))' 0 "and no other kind"

    atomics=$(cat "$work"/*.s | grep -cE '[[:space:]](ld(a)?x[rp]|st(l)?x[rp]|cas|swp|ld(add|set|clr|eor|smax|umax))[a-z]*[[:space:]]|__aarch64_')
    if [ "$atomics" = 0 ]; then echo "ok - $name: no exclusive and no LSE instruction"; else echo "not ok - $name: $atomics exclusive or LSE instructions"; fails=1; fi
    for f in reserve commit peek release must_ring; do
        file=$ring
        [ $f != must_ring ] || file=$wait
        echo "# $name: urpc_$f is $(count urpc_$f "$file" .) instructions, its slow path and checks included"
    done
}

if command -v aarch64-linux-gnu-gcc > /dev/null && [ -d "$picolibc" ]; then
    check gcc aarch64-linux-gnu-gcc -march=armv8-a -mno-outline-atomics
    check "gcc, cortex-a76" aarch64-linux-gnu-gcc -mcpu=cortex-a76 -mno-outline-atomics
    command -v clang > /dev/null && check "clang, cortex-a76" clang --target=aarch64-none-elf -mcpu=cortex-a76
    command -v clang > /dev/null && check clang clang --target=aarch64-none-elf -march=armv8-a
else
    echo "ok - # skip: no AArch64 compiler here (make setup brings one)"
fi
exit $fails
