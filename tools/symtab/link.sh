#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# link.sh OUTPUT WORKDIR LD-ARGUMENTS... - link the CPU driver with the table of its own symbols.
#
# The table names places in the image and is itself part of the image: link with an empty table, make the
# table from the result, link again. The second table must equal the first, or every name in a backtrace
# would be a lie; if it moved the text (it lies behind it, so it should not), one more round is tried.
set -eu
out=$1
work=$2
shift 2
mkdir -p "$work"
here=$(dirname "$0")

table() { $NM -n "$1" | awk -f "$here/symtab.awk" > "$2"; }
link() { # with table $1, into $2
    $CC -c "$1" -o "$work/symtab.o"
    shift
    elf=$1
    shift
    $LD "$@" "$work/symtab.o" -o "$elf"
}

awk -f "$here/symtab.awk" < /dev/null > "$work/0.S"
for round in 1 2 3; do
    link "$work/$((round - 1)).S" "$work/$round.elf" "$@"
    table "$work/$round.elf" "$work/$round.S"
    if cmp -s "$work/$((round - 1)).S" "$work/$round.S"; then
        mv "$work/$round.elf" "$out"
        exit 0
    fi
done
echo "symtab: the symbol table still moves the symbols after three links ($work)" >&2
exit 1
