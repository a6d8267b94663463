#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# proof_p1.sh - the instructions that proofs become in the CPU driver.
#
# Compiled with the kernel's own flags (asked of make), by each compiler there is:
#
#   proof_p1, nonce_fresh     straight through: no branch of any kind but the return, no division
#   proof_rules               no conditional branch
#
# and, when the CPU driver that is built here links proof_p1, the same of the instructions that run. Prints "ok" and "not ok"
# lines. Run from the root; src=DIR checks the sources of another tree.
set -u
src=${src:-.}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
fails=0

# body FUNCTION FILE: mnemonic and operands of each instruction
body() {
    aarch64-linux-gnu-objdump -d --no-show-raw-insn "$2" | awk -v f="<$1>:" '
        $2 == f { on = 1; next }
        /^$/ { on = 0 }
        on { sub(/^[ \t]*[0-9a-f]+:[ \t]*/, ""); print }'
}

# expect NAME FUNCTION FILE PATTERN NUMBER SENTENCE
expect() {
    all=$(body "$2" "$3" | grep -c .)
    got=$(body "$2" "$3" | grep -cE "$4")
    if [ "$all" -gt 0 ] && [ "$got" = "$5" ]; then
        echo "ok - $1: $2, $all instructions: $6"
    else
        echo "not ok - $1: $2, $all instructions: $6 (found $got)"
        fails=1
    fi
}

branch='^(b|b\.[a-z]+|bl|br|blr|cbz|cbnz|tbz|tbnz|svc|brk)[[:space:]]'
conditional='^(b\.[a-z]+|cbz|cbnz|tbz|tbnz)[[:space:]]'

# check NAME MAKE-OPTIONS BUILD: with the command that make would run for this file
check() {
    for f in proof nonce; do
        command=$(MAKEFLAGS='' make -n -B V=1 SETUP=no $2 "$3/k/witness/$f.c.o" 2> /dev/null | grep -E "[-]c witness/$f\.c -o" | tail -n 1)
        [ -n "$command" ] || { echo "not ok - $1: make tells how it compiles witness/$f.c"; fails=1; return; }
        command=$(echo "$command" | sed "s# -I\. # -I$src #; s#-MMD -MP##; s#-c witness/$f\.c -o .*#-c $src/witness/$f.c -o $work/$f.o#")
        sh -c "$command" > "$work/log" 2>&1 || { echo "not ok - $1: witness/$f.c compiles"; tail -n 5 "$work/log"; fails=1; return; }
    done
    expect "$1" proof_p1 "$work/proof.o" "$branch" 0 "no branch"
    expect "$1" proof_p1 "$work/proof.o" '^[su]div' 0 "no division"
    expect "$1" proof_p1 "$work/proof.o" '^ret$' 1 "one way out"
    expect "$1" nonce_fresh "$work/nonce.o" "$branch" 0 "no branch"
    expect "$1" nonce_fresh "$work/nonce.o" '^[su]div' 0 "no division"
    expect "$1" proof_rules "$work/proof.o" "$conditional" 0 "no conditional branch"
}

if command -v aarch64-linux-gnu-gcc > /dev/null && [ -d /usr/lib/picolibc/aarch64-linux-gnu/include ]; then
    check gcc "" build
    command -v clang > /dev/null && check clang CLANG=1 build/clang
    driver=${B:-build}/cpudriver.elf
    if [ "$src" = . ] && [ -f "$driver" ] && [ "$(body proof_p1 "$driver" | grep -c .)" -gt 0 ]; then
        expect "CPU driver" proof_p1 "$driver" "$branch" 0 "no branch"
    fi
else
    echo "ok - # skip: no AArch64 compiler here (make setup brings one)"
fi
exit $fails
