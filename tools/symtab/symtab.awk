# SPDX-License-Identifier: MIT OR Apache-2.0
#
# symtab.awk - the table of function names that the CPU driver carries for its panic backtrace.
#
# Input:  the lines of "nm -n" of the linked CPU driver (image base 0, sorted by address).
# Output: assembly of the three objects that cpudriver/ksym.h declares, in section .symtab_skerry. Offsets
#         count from the image start. Only functions in text: where a fault can be.

NF == 3 && $2 ~ /^[tTwW]$/ && $3 !~ /^[$.]/ {
    if ($1 == last)
        next                              # two names for one place: the first is enough
    last = $1
    n++
    offset[n] = $1
    name[n] = $3
}

END {
    print "        .section .symtab_skerry, \"a\", %progbits"
    print "        .balign 8"
    print "        .global ksyms, nksyms, ksym_names"
    print "        .hidden ksyms, nksyms, ksym_names"
    print "ksyms:"
    for (i = 1; i <= n; i++) {
        printf "        .long   0x%s, %d\n", substr(offset[i], length(offset[i]) - 7), at
        at += length(name[i]) + 1
    }
    print "nksyms: .long   " n + 0
    print "ksym_names:"
    for (i = 1; i <= n; i++)
        print "        .asciz  \"" name[i] "\""
    print "        .balign 8"
}
